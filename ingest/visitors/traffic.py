"""This module owns the question who counts: what a visitor's user agent says about who that was.

The list of bots is `crawler-user-agents` (MIT, 1,500 signatures with examples, checked by its own tests); the few
lines below say which of them review ads, add what the list lacks, and correct it where people match.
"""

import re
from collections import defaultdict
from functools import cache, lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA as SIGNATURES  # type: ignore[import-untyped]  # ships no types

USER_AGENT_CHARS_MAX = 512  # longer ones are no browser's, and 100,000 characters take a third of a second
REVIEW_TAGS = frozenset({"advertising", "social-preview"})
# Fetchers of ad reviews and previews that the list lacks or files elsewhere; any case. Sources: public landing-page
# code, which tests for these words, and the platforms' own pages about their fetchers.
REVIEWERS = (
    "facebookexternalhit", "facebookcatalog", "meta-external", "adsbot-", "mediapartners-google", "google-adwords",
    "bytespider", "byteplus", "thirdlandingpagefeinfra", "tiktokspider", "adidxbot", "bingpreview", "taboolabot",
    "snapchatads", "snap url preview", "pinterestbot",
)  # fmt: skip
# Apps whose built-in browsers name them, too: "… Mobile/15E148 WhatsApp/2.24". The fetcher's name stands first.
APPS = frozenset({"WhatsApp", "Viber", r"Tumblr\/", r"Notion\/", r"Bluesky\/"})
# Meta's in-app browser, where most paid social visits are read; the list takes it for a fetcher.
PEOPLE = frozenset({"MetaIAB Facebook"})


@lru_cache(maxsize=8192)
def classify(user_agent: str | None) -> str | None:
    """`review` for fetchers of ad reviews and previews, `suspect` for other bots, None for people and the unknown.

    `user_agent` must be a visitor's. HTTP clients of servers (curl, python-requests, Go-http-client) are `suspect`
    here, and are exactly what one expects of a sender: never ask about the user agent of a delivery's own request.
    """
    if not user_agent:
        return None
    shown = user_agent[:USER_AGENT_CHARS_MAX].strip()
    review, bots = _signatures()
    lower = shown.lower()
    if any(word in lower for word in REVIEWERS):
        return "review"
    if not bots.search(shown):
        return None
    return "review" if review.search(shown) else "suspect"


def stand_in(user_agent: str | None) -> str | None:
    """A user agent of the same class that says nothing more of its visitor; None for people and the unknown."""
    return {"review": "adsbot-", "suspect": "curl/8"}.get(classify(user_agent) or "")


@cache
def _signatures() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The signatures of reviewers, and of all bots. Made at the first call: 40 ms."""
    review, bots = list[str](), list[str]()
    for signature in SIGNATURES:
        pattern = signature["pattern"]
        if pattern in PEOPLE:
            continue
        parts = [f"^{pattern}"] if pattern in APPS else [pattern] if "(" in pattern else pattern.split("|")
        bots += parts
        review += parts if REVIEW_TAGS & set(signature.get("tags", ())) else []
    return _by_first_character(review), _by_first_character(bots)


def _by_first_character(patterns: list[str]) -> re.Pattern[str]:
    """One pattern that tries only what begins like the text: 0.03 ms a browser instead of 0.4 ms (measured)."""
    groups: dict[str, list[str]] = defaultdict(list)
    others = []
    for pattern in patterns:
        if re.match(r"[\w ](?![?*+{])", pattern):
            groups[pattern[0]].append(pattern[1:])
        else:
            others.append(pattern)
    parts = [f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items()]
    return re.compile("|".join(parts + others))
