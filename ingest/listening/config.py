"""This module owns what a service manager says of the sockets that it holds for us: systemd's LISTEN_FDS protocol."""

import os

FIRST_FD = 3  # https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
_NAMES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


def handed() -> dict[str, int]:
    """The file descriptors that were handed to this very process, by name; {} where there are none.

    What says so is taken out of the environment, for no child of ours was handed them. A socket that its unit gives no
    name is called like the unit, such as `whichad.socket`.
    """
    said = {name: os.environ.pop(name, "") for name in _NAMES}
    if said["LISTEN_PID"] != str(os.getpid()) or not said["LISTEN_FDS"].isdigit():
        return {}
    count = int(said["LISTEN_FDS"])
    names = said["LISTEN_FDNAMES"].split(":") if said["LISTEN_FDNAMES"] else []
    names += [f"socket{number}" for number in range(len(names), count)]
    return {name: FIRST_FD + place for place, name in enumerate(names[:count])}
