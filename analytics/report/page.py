"""This module owns the whole page: its head, its totals, its sections in order, and how it was worked out."""

from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

from analytics.report import judged, sections
from analytics.report.amounts import count, factor, money
from analytics.report.markup import Content, Html, tag
from analytics.report.reading import Read

# Nothing may be asked for, whatever an ad text says: no script, no picture, no font, no frame, no form.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_OBJECTIVES = {
    "profit_per_click": "profit per click of at least {target} {currency}",
    "roas": "ROAS of at least {target}",
    "cpa": "cost per conversion of at most {target} {currency}",
}
_THRESHOLDS = (("name", "Threshold", ""), ("value", "Value", "n"), ("what", "Decides", "wide"))
_METHOD = (
    "Verdicts use clicks on mature days only, {maturity_days} days old or more, when their conversions have come. Net"
    " per click is what a click brings above what the target asks. Its bar is a 95 % interval, the broken line the"
    " target. Money has heavy tails: intervals widen by how amounts spread; below a minimum sample nothing is said.",
    "A comparison with the rest of a campaign is observational: within day, country, device and placement, where both"
    " ran, and never a proof of cause. Only a declared experiment is one. Verdicts are made once per closed day, by"
    " evidence that may be looked at every day, over all creatives of a campaign together; leaving one needs the"
    " reverse evidence.",
    "Spend and revenue are what platforms and feeds stated, in {currency}, settled where settled, less refunds,"
    " credited by the rule {headline_rule}. What no creative can be named for is in the totals and in no list.",
)
_FOOT = (
    "whichad; version {version}. This page is one file and asks nothing of any other machine. The scorecard lies beside"
    " it as CSV."
)


def page(found: Read) -> str:
    """The report as one HTML document."""
    style = files("analytics").joinpath("report", "style.css").read_text(encoding="utf-8")
    head = tag(
        "head", tag("meta", charset="utf-8"), tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"), tag("title", f"Which ad performs: {_span(found)}"),
        tag("style", Html(style)),
    )  # fmt: skip
    main = tag(
        "main", judged.lists(found), sections.maturing(found), sections.experiments(found), sections.fatigue(found),
        sections.texts(found), sections.track_record(found), _thresholds(found), _method(found),
    )  # fmt: skip
    foot = _FOOT.format(version=found.about["version"])
    body = tag("body", tag("header", *_head(found)), main, tag("footer", tag("p", foot)))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _head(found: Read) -> list[Content]:
    about = found.about
    told = _OBJECTIVES.get(about["objective"], "{target}")
    objective = told.format(target=f"{about['target']:,.2f}", currency=found.currency)
    as_of, newest = (_moment(about[name], about["timezone"]) for name in ("as_of", "newest_event"))
    return [
        tag("h1", "Which ad performs"), tag("p", f"{_span(found)} · objective: {objective}"),
        tag("p", f"Data as of {as_of}, newest interaction {newest}; {about['timezone']}", class_="soft"),
        _totals(found), _nobodys(found), judged.todo(found),
    ]  # fmt: skip


def _totals(found: Read) -> Html:
    totals, currency = found.totals, found.currency
    cost, revenue = totals["cost"] or 0, totals["revenue"] or 0
    amounts = {"Spend": cost, "Revenue": revenue, "Profit": revenue - cost}
    told = {name: f"{money(value)} {currency}" for name, value in amounts.items()}
    told |= {"ROAS": factor(revenue / cost if cost else None), "Clicks": count(totals["clicks"])}
    if found.about["kind"] == "arbitrage":
        told["Ad clicks"] = count(totals["ad_clicks"])
    else:
        told["Conversions"] = count(totals["conversions"])
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in told.items()), class_="totals")


def _nobodys(found: Read) -> Html | None:
    """Money that belongs to no creative is in the totals, and in none of the lists."""
    cost, revenue = (found.totals[name] or 0 for name in ("cost_nobodys", "revenue_nobodys"))
    if not cost and not revenue:
        return None
    parts = f"{money(cost)} {found.currency} of the spend and {money(revenue)} {found.currency} of the revenue"
    return tag("p", f"No creative can be named for {parts}.", class_="soft")


def _thresholds(found: Read) -> Html:
    rows = found.others.get("thresholds")
    version = f" Version {rows[0]['version']}, in force since {rows[0]['since']}." if rows else ""
    return sections.plain("Thresholds", f"The numbers that decide verdicts.{version}", rows, _THRESHOLDS)


def _method(found: Read) -> Html:
    told = [tag("p", words.format(**found.about)) for words in _METHOD]
    return tag("section", tag("h2", "How this was worked out"), *told)


def _span(found: Read) -> str:
    days = {0: "All days", 1: "Today"}.get(found.window, f"{found.window} days")
    return f"{days}, {found.first.isoformat()} to {found.last.isoformat()}"


def _moment(moment: datetime | None, zone: str) -> str:
    return f"{moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if moment else "unknown"
