"""This module owns the canonical names of networks (the traffic sources an ad ran on)."""

_ALIASES = {
    "facebook": (
        "fb",
        "meta",
        "instagram",
        "ig",
        "facebook.com",
        "facebook_ads",
        "meta_ads",
        "fb_ads",
        "messenger",
    ),
    "tiktok": ("tt", "tiktok_ads", "tiktok.com", "bytedance"),
    "google": ("google_ads", "adwords", "gads", "googleads", "google.com", "youtube"),
    "taboola": ("taboola.com", "taboola_ads"),
    "outbrain": ("outbrain.com", "ob"),
    "microsoft": ("bing", "bing_ads", "microsoft_ads", "msn"),
    "snapchat": ("snap", "snapchat_ads"),
    "twitter": ("x", "x.com", "twitter_ads"),
    "newsbreak": ("news_break", "newsbreak_ads"),
}
_CANONICAL = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}


def canonical_network(value: str) -> str:
    """The canonical name of a network: `fb`, `Meta`, `instagram` → `facebook`; unknown names in lower case."""
    name = value.strip().casefold().replace(" ", "_").replace("-", "_")
    return _CANONICAL.get(name, name)
