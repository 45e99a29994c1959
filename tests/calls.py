"""This module owns the reading of an strace log (`-f -y -xx`): lines become the steps of a trace.

A call that was interrupted is in two lines: its promise counts from the first, its effect from the second; a sync
covers only what was finished when it began.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from tracing import FOLDER, Cut, Names, Sync, Trace, TraceError, Write, promises

_LINE = re.compile(rb"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$", re.S)
_ENDED = re.compile(rb"\) += (-?\d+|0x[0-9a-f]+|\?)")
_STRING = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')
_HANDLE = re.compile(rb"(-?\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")
_UNFINISHED = b" <unfinished ...>"


class Reader:
    """Turns lines into steps; follows names, handles and offsets as the kernel did."""

    def __init__(self, folder: Path, trace: Trace) -> None:
        """`trace` holds the folder as it was before; its steps are added to."""
        self._root = str(folder.resolve())
        self._trace, self._steps = trace, trace.steps
        self._live: dict[str, int | str] = dict(trace.names)
        self._sizes = {file: len(data) for file, data in trace.contents.items()}
        self._gone: dict[str, int] = {}
        self._offsets: dict[tuple[bytes, str], int] = {}
        self._appends: set[tuple[bytes, str]] = set()
        self._begun: dict[bytes, tuple[bytes, int]] = {}

    def read(self, lines: Iterable[bytes]) -> None:
        """All lines of a log. Raises TraceError."""
        for line in lines:
            found = _LINE.match(line.rstrip(b"\n"))
            if found is None:
                continue
            pid, resumed, called, rest = found.groups()
            if resumed:
                begun, since = self._begun.pop(pid, (b"", len(self._steps)))
                self._ended(resumed.decode(), begun + rest, since)
            elif rest.endswith(_UNFINISHED):
                arguments = rest.removesuffix(_UNFINISHED)
                self._promises(called.decode(), arguments)
                self._begun[pid] = (arguments, len(self._steps))
            else:
                self._promises(called.decode(), rest)
                self._ended(called.decode(), rest, len(self._steps))

    def _promises(self, call: str, arguments: bytes) -> None:
        if call in ("write", "writev", "sendto", "sendmsg"):
            self._steps += promises(b"".join(_strings(arguments)))

    def _ended(self, call: str, rest: bytes, began: int) -> None:
        found = next(reversed(list(_ENDED.finditer(rest))), None)
        if found is None or found[1].startswith((b"-1", b"?")) or b"(INJECTED)" in rest[found.end() :]:
            return
        if (act := getattr(self, f"_{call}", None)) is not None:
            act(rest[: found.start()], rest[found.start(1) :], began)

    def _path(self, text: bytes) -> str | None:
        """A path as text, relative to the folder; None outside it, or where nothing durable lives."""
        path = text.decode("utf-8", "surrogateescape")
        if not path.startswith(self._root + "/") or path.endswith("-shm"):
            return "" if path == self._root else None
        return path[len(self._root) + 1 :]

    def _handle(self, arguments: bytes) -> tuple[tuple[bytes, str], int] | None:
        """The file behind the first handle of a call: its key for offsets, and its number."""
        found = _HANDLE.match(arguments)
        path = self._path(_bytes(found[2])) if found else None
        if found is None or not path:
            return None
        file = self._gone.get(path) if found[3] else self._live.get(path)
        if not isinstance(file, int) or file == FOLDER:
            return None
        return (found[1], path), file

    def _named(self, arguments: bytes) -> list[str | None]:
        """The paths that a call names, each relative to the folder handle before it, where it has one."""
        paths, base = [], b""
        for part in re.finditer(_HANDLE.pattern + rb"|" + _STRING.pattern, arguments):
            if part[2] is not None:
                base = _bytes(part[2])
            else:
                text = _bytes(part[4])
                paths.append(self._path(text if text.startswith(b"/") else base + b"/" + text))
        return paths

    def _openat(self, arguments: bytes, result: bytes, _began: int) -> None:
        handle = _HANDLE.match(result)
        path = self._path(_bytes(handle[2])) if handle else None
        if handle is None or not path:
            return
        if path not in self._live:
            if b"O_CREAT" not in arguments:
                return
            self._sizes[number := len(self._sizes)] = 0
            self._name((path, number))
        file = self._live[path]
        if isinstance(file, int) and file != FOLDER:
            self._offsets[handle[1], path] = 0
            self._appends.discard((handle[1], path))
            if b"O_APPEND" in arguments:
                self._appends.add((handle[1], path))
            if b"O_TRUNC" in arguments and self._sizes[file]:
                self._cut(file, 0)

    def _write(self, arguments: bytes, _result: bytes, _began: int) -> None:
        if (target := self._handle(arguments)) is None:
            return
        (key, file), size = target, int(_result.split()[0])
        at = self._sizes[file] if key in self._appends else self._offsets.get(key, 0)
        self._put(file, at, b"".join(_strings(arguments))[:size])
        self._offsets[key] = at + size

    _writev = _write

    def _pwrite64(self, arguments: bytes, result: bytes, _began: int) -> None:
        if (target := self._handle(arguments)) is not None:
            at = int(arguments.rsplit(b", ", 1)[1])
            self._put(target[1], at, b"".join(_strings(arguments))[: int(result.split()[0])])

    _pwritev = _pwrite64

    def _lseek(self, arguments: bytes, result: bytes, _began: int) -> None:
        if (target := self._handle(arguments)) is not None:
            self._offsets[target[0]] = int(result.split()[0])

    def _ftruncate(self, arguments: bytes, _result: bytes, _began: int) -> None:
        if (target := self._handle(arguments)) is not None:
            self._cut(target[1], int(arguments.rsplit(b", ", 1)[1]))

    def _fsync(self, arguments: bytes, _result: bytes, began: int) -> None:
        found = _HANDLE.match(arguments)
        path = self._path(_bytes(found[2])) if found else None
        if found is None or path is None:
            return
        target = self._gone.get(path) if found[3] else self._live.get(path, FOLDER)
        if target is not None:
            self._steps.append(Sync(path if target == FOLDER or isinstance(target, str) else target, began))

    _fdatasync = _fsync

    def _rename(self, arguments: bytes, _result: bytes, _began: int) -> None:
        old, new = self._named(arguments)
        if old is None or new is None:
            if old is new:
                return
            raise TraceError(f"{old or new} was renamed into or out of the folder that is recorded")
        if self._live[old] == FOLDER:
            raise TraceError(f"the folder {old} was renamed, which is not modelled")
        self._name((new, self._live[old]), (old, None))

    _renameat = _renameat2 = _rename

    def _unlink(self, arguments: bytes, _result: bytes, _began: int) -> None:
        for path in self._named(arguments):
            if path:
                self._name((path, None))

    _unlinkat = _rmdir = _unlink

    def _mkdir(self, arguments: bytes, _result: bytes, _began: int) -> None:
        for path in self._named(arguments):
            if path:
                self._name((path, FOLDER))

    _mkdirat = _mkdir

    def _symlink(self, arguments: bytes, _result: bytes, _began: int) -> None:
        target, path = _strings(arguments)[0], self._named(arguments)[-1]
        if path:
            self._name((path, target.decode()))

    _symlinkat = _symlink

    def _link(self, arguments: bytes, _result: bytes, _began: int) -> None:
        if any(self._named(arguments)):
            raise TraceError("a file got a second name, which is not modelled")

    _linkat = _link

    def _mmap(self, arguments: bytes, _result: bytes, _began: int) -> None:
        found = _HANDLE.search(arguments)
        if found and b"PROT_WRITE" in arguments and b"MAP_SHARED" in arguments and self._path(_bytes(found[2])):
            raise TraceError(f"{_bytes(found[2]).decode()} is written through a mapping, which strace does not see")

    def _unseen(self, arguments: bytes, _result: bytes, _began: int) -> None:
        if self._handle(arguments) is not None:
            raise TraceError(f"{self._handle(arguments)[0][1]} is written by a call that is not modelled")

    _sendfile = _copy_file_range = _fallocate = _pwritev2 = _unseen

    def _put(self, file: int, at: int, data: bytes) -> None:
        self._steps.append(Write(file, at, data))
        self._sizes[file] = max(self._sizes[file], at + len(data))

    def _cut(self, file: int, size: int) -> None:
        self._steps.append(Cut(file, size))
        self._sizes[file] = size

    def _name(self, *changes: tuple[str, int | str | None]) -> None:
        for path, node in changes:
            before = self._live.pop(path, None)
            if isinstance(before, int) and before != FOLDER:
                self._gone[path] = before
            if node is not None:
                self._live[path] = node
        self._steps.append(Names(changes))


def _bytes(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode())


def _strings(arguments: bytes) -> list[bytes]:
    return [_bytes(found) for found in _STRING.findall(arguments)]
