"""This module owns the promise of who counts: people do, in whatever app they read; bots and reviewers do not."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA as SIGNATURES

from ingest.visitors.traffic import APPS, PEOPLE, classify

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126"
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126 Safari/537.36 Edg/126",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/106 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/126.3.1 Safari/537.36",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) TV Safari/537.36",
    "Dalvik/2.1.0 (Linux; U; Android 13; SM-A135U Build/TP1A)",
    "MyShop/1.0 CFNetwork/1494 Darwin/23.4.0",
    f"{IPHONE} [FBAN/FBIOS;FBAV/470.0.0.0;FBBV/612000000;FBDV/iPhone15,2;FBSN/iOS;FBSV/17.5]",
    f"{ANDROID} Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.0.0.38.93;]",
    f"{ANDROID} Mobile Safari/537.36 MetaIAB Facebook",
    f"{IPHONE} Instagram 335.0.6.26.86 (iPhone15,3; iOS 17_5; en_US; scale=3.00; IABMV/1)",
    f"{ANDROID} musical_ly_2023405030 JsSdk/1.0 AppName/musical_ly ByteLocale/en BytedanceWebview/d8a21c6",
    f"{IPHONE} Safari/604.1 Snapchat/12.90.0.41 (like Safari/8618.2.12.10.9, panda)",
    f"{IPHONE} [Pinterest/iOS]",
    f"{IPHONE} WhatsApp/2.24.10",
    f"{IPHONE} Viber/20.4",
    f"{IPHONE} Tumblr/34.2",
    f"{IPHONE} Flipboard/4.3.17",
    f"{IPHONE} LinkedInApp/9.29.1",
    f"{IPHONE} GSA/320.0.641 Safari/604.1",
)
REVIEWERS = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "facebookcatalog/1.0",
    "FACEBOOKEXTERNALHIT/1.1",
    "meta-externalads/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "AdsBot-Google (+http://www.google.com/adsbot.html)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 14_7 like Mac OS X) Mobile/15E148 (compatible; AdsBot-Google-Mobile)",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "thirdLandingPageFeInfra",
    "Mozilla/5.0 (compatible; byteplus/1.0)",
    "Mozilla/5.0 (compatible; SnapchatAds/1.0; +https://businesshelp.snapchat.com/s/article/adsbot-crawler)",
    "Mozilla/5.0 (Java) outbrain",
    "Mozilla/5.0 (compatible; Taboolabot/3.7; +http://www.taboola.com)",
    "WhatsApp/2.23.20.0 A",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
)
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "curl/8.5.0", "python-requests/2.32.3", "Go-http-client/2.0",
)  # fmt: skip


@pytest.mark.parametrize("user_agent", [*BROWSERS, None, "", " ", "shop-app 7", "\ud83c\0"])
def test_people_and_the_unknown_have_no_class(user_agent: str | None):
    assert classify(user_agent) is None


@pytest.mark.parametrize("user_agent", REVIEWERS)
def test_who_fetches_an_ad_to_review_or_preview_it_is_review(user_agent: str):
    assert classify(user_agent) == "review"


@pytest.mark.parametrize("user_agent", BOTS)
def test_any_other_bot_is_suspect(user_agent: str):
    assert classify(user_agent) == "suspect"


def test_every_example_of_the_list_is_found():
    examples = [(s["pattern"], example) for s in SIGNATURES for example in s["instances"] if s["pattern"] not in PEOPLE]
    assert len(examples) > 2000
    assert [(pattern, example) for pattern, example in examples if classify(example) is None] == []


def test_the_lists_own_names_that_are_corrected_here_still_exist():
    assert {signature["pattern"] for signature in SIGNATURES} >= APPS | PEOPLE
