"""This module owns what is said of an import: what was accepted, and each thing that was not, with why."""

from ingest.importing.load import Imported


def summary(done: Imported, dry_run: bool = False) -> list[str]:
    """What became of a file, in sentences."""
    checked, refused = done.checked, sum(done.checked.quarantined.values())
    would = "would be " if dry_run else ""
    counts = f"{checked.accepted} items {would}accepted, {refused} quarantined, {checked.ignored} ignored"
    lines = [f"{checked.rows} rows: {counts}."]
    lines += [f"  quarantined, {code}: {count}" for code, count in checked.quarantined.most_common()]
    lines += [f"    {example}" for example in checked.examples]
    lines += [f"  ignored, {why}: {count}" for why, count in checked.reasons.most_common()]
    if checked.without_network:
        lines.append(
            f"  {checked.without_network} reports name no network, so their cost finds no ad: add such a column, or "
            'network = "facebook" (or another) to the sender in whichad.toml, then: whichad ingest replay --sender …'
        )
    if done.already:
        lines.append(
            f"{done.already} of {done.already + done.deliveries} deliveries were in the journal already, from an "
            "earlier import of this file. (To read them by a profile that was mended: whichad ingest replay --sender …)"
        )
    return lines
