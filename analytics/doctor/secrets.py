"""This module owns the doctor's look at senders and their secrets: all there, none empty, none for others to read."""

from collections.abc import Iterator

from analytics.config import AnalyticsSettings
from analytics.status.health import Finding
from ingest.config import ConfigError
from ingest.senders.origin import TRIAL_SECRET, origins


def senders(settings: AnalyticsSettings) -> Iterator[Finding]:
    """Every sender can be posted to."""
    try:
        count = len(origins(settings))
    except (ConfigError, OSError) as error:
        yield Finding("senders", False, str(error), _fix(str(error)))
        return
    hint = "Add a [senders.<name>] section, or run: whichad init"
    yield Finding("senders", count > 0, f"{count} configured", hint)


def files(settings: AnalyticsSettings) -> Iterator[Finding]:
    """What holds a secret is readable by its owner alone, and holds one."""
    paths = sorted({settings.base_dir / told[5:] for told in _told(settings) if told.startswith("file:")})
    literal = any(not told.startswith(("file:", "env:")) and told != TRIAL_SECRET for told in _told(settings))
    if settings.config_path and literal:
        paths.append(settings.config_path)
    for path in (each for each in paths if each.is_file()):  # one that is missing is the senders' finding
        if path != settings.config_path and not path.read_bytes().strip():
            yield Finding("secret", False, f"{path} is empty", "Write the secret into it, as the platform shows it.")
        if path.stat().st_mode & 0o077:
            what = "holds secrets" if path == settings.config_path else "is a secret"
            yield Finding(
                "secret", False, f"{path} {what}, and others on this machine can read it", f"chmod 600 {path}"
            )


def _told(settings: AnalyticsSettings) -> list[str]:
    return [
        told
        for sender in settings.senders.values()
        for told in (*sender.secrets, *([sender.verify_token] if sender.verify_token else []))
    ]


def _fix(said: str) -> str:
    if "is not set in the environment" in said:
        return "Set it where whichad is started (systemd: EnvironmentFile=, Docker: env_file), or use file: instead."
    if "does not exist" in said:
        return "Write the secret into that file, then: chmod 600 it. Or make a new one: whichad ingest senders add"
    return "Mend whichad.toml."
