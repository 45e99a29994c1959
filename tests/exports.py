"""This module owns exports for tests: files as the platforms write them, made by us, and what each must become.

A report is (day, level, account, campaign, ad set, ad, country, impressions, clicks, cost, conversions, value,
currency), a settlement (day, offer, campaign, ad, country, revenue, currency), an ad (ad, valid_from, text).
"""

from typing import Any

from running import ROOT

FILES = ROOT / "tests" / "fixtures" / "exports"
DAY = "2025-11-20"

META = [
    (DAY, "ad", None, "2384", "7", "1202", None, 5400, 61, "1234.500000", 2, "119.800000", "EUR"),
    (DAY, "ad", None, "2384", "7", "1203", None, 10, None, "12.340000", None, None, "EUR"),
]
TIKTOK = [(DAY, "ad", None, "2384", "7", "9007199254740993", None, 5400, 61, "12.340000", 2, None, "USD")]
TABOOLA = [(DAY, "ad", "demo", "2384", None, "3829104577", None, 54000, 61, "12.340000", 2, "119.800000", "USD")]
GOOGLE = [(DAY, "ad", None, "2384", "7", "1202", None, 5400, 61, "1234.500000", None, "119.800000", "EUR")]
TONIC = [(DAY, "140", None, "1202", None, "0.450000", "USD"), (DAY, "140", None, "1202", None, "10.550000", "USD")]
SYSTEM1 = [(DAY, None, "7", None, None, "10.550000", "USD"), (DAY, None, "8", None, None, "0.450000", "USD")]
ADS_COM = [(DAY, "suvs.example", None, None, None, "10.550000", "USD")]
QUIET = [("1202", DAY, "Quiet SUVs")]

# profile, options, file, reports, settlements, ads
CASES: dict[str, tuple[str, dict[str, str], str, list[Any], list[Any], list[Any]]] = {
    "meta csv": ("meta_insights", {}, "meta.csv", META, [],
                 [("1202", DAY, "Quiet SUVs, 2026"), ("1203", DAY, "Other SUVs")]),
    "meta csv, all clicks, both texts": (
        "meta_insights", {"clicks": "all", "text": "both"}, "meta.csv",
        [(*META[0][:8], 75, *META[0][9:]), (*META[1][:8], 1, *META[1][9:])], [],
        [("1202", DAY, "Quiet SUVs, 2026 See them"), ("1203", DAY, "Other SUVs See them")]),
    "meta api": ("meta_insights", {}, "meta.json", [
        (DAY, "ad", "9", "2384", "7", "1202", None, 5400, 61, "1234.500000", 2, "119.800000", "EUR"),
        (DAY, "campaign", "9", "2385", None, None, None, 7, None, "3.000000", None, None, "USD")], [], []),
    "tiktok csv": ("tiktok_report", {}, "tiktok.csv", TIKTOK, [], [("9007199254740993", DAY, "Quiet SUVs")]),
    "tiktok api": ("tiktok_report", {}, "tiktok.json", TIKTOK, [],
                   [("9007199254740993", DAY, "Quiet SUVs")]),
    "taboola csv": ("taboola_items", {}, "taboola.csv", TABOOLA, [], [("3829104577", DAY, "Quiet SUVs")]),
    "taboola api, the day in the name": (
        "taboola_items", {}, "taboola-2025-11-20.json", TABOOLA, [], [("3829104577", DAY, "Quiet SUVs")]),
    "taboola api with dates": (
        "taboola_items", {}, "taboola-dates.json", TABOOLA, [], [("3829104577", DAY, "Quiet SUVs")]),
    "google csv": ("google_ads_report", {}, "google.csv", GOOGLE, [], QUIET),
    "google csv, three headlines": ("google_ads_report", {"text": "three"}, "google.csv", GOOGLE, [],
                                    [("1202", DAY, "Quiet SUVs | Near you | From 99")]),
    "google api": ("google_ads_report", {}, "google.json",
                   [(DAY, "ad", "9", *GOOGLE[0][3:])], [], QUIET),
    "tonic api": ("tonic_epc_final", {"ad_id": "subid2"}, "tonic.json", [], TONIC, []),
    "tonic csv": ("tonic_epc_final", {"ad_id": "subid2"}, "tonic.csv", [], TONIC, []),
    "system1 csv": ("system1_report", {"ad_group": "campaign"}, "system1.csv", [], SYSTEM1, []),
    "ads.com api": ("ads_com_performance", {}, "ads_com.json", [], ADS_COM, []),
    "ads.com csv": ("ads_com_performance", {}, "ads_com.csv", [], ADS_COM, []),
    "a table with American days": (
        "spend_csv", {"days": "us"}, "spend-us.csv",
        [(DAY, "ad", None, None, None, "1202", None, None, 3, "5.000000", None, None, "EUR")], [], []),
    "a table of campaigns by country": (
        "spend_csv", {}, "spend-countries.csv",
        [(DAY, "campaign", None, "2384", None, None, "DE", None, None, "7.000000", None, None, "USD"),
         (DAY, "campaign", None, "2384", None, None, "US", None, None, "5.000000", None, None, "USD")], [], []),
}  # fmt: skip
