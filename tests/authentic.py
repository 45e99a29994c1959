"""This module owns one example of every way to prove a request: its scheme, a secret, and how it is verified."""

from dataclasses import replace

from ingest.auth import Auth, AuthError, sign, verifier
from ingest.door.request import Request

NOW = 1614265330
BODY = b'{"test": 2432232314}'
TOKEN = "q7Zr-3JxW_0aTn9kLmB2vC"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# The key pair of the official v1a vector.
WHSK = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
WHPK = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
SLACK = Auth(
    scheme="hmac", header="X-Slack-Signature", prefix="v0=", timestamp_header="X-Slack-Request-Timestamp",
    template="v0:{timestamp}:{body}",
)  # fmt: skip
SHOPIFY = Auth(
    scheme="hmac", header="x-shopify-hmac-sha256", headers=("shopify-hmac-sha256",), encoding="base64",
)  # fmt: skip
CASES: dict[str, tuple[Auth, str]] = {
    "standard v1": (Auth(scheme="standard_webhooks"), WHSEC),
    "standard v1 plain": (Auth(scheme="standard_webhooks"), "a plain secret é"),
    "standard v1a": (Auth(scheme="standard_webhooks"), WHSK),
    "stripe": (Auth(scheme="stripe"), "whsec_test_secret"),
    "meta": (Auth(scheme="hmac", header="x-hub-signature-256", prefix="sha256="), "app secret"),
    "shopify": (SHOPIFY, "hush"),
    "slack": (SLACK, "8f742231b10e8888abcd99yyyzzz85a5"),
    "sha1": (Auth(scheme="hmac", header="x-signature", algorithm="sha1"), "old"),
    "sha512": (Auth(scheme="hmac", header="x-signature", algorithm="sha512", encoding="base64"), "long"),
    "bearer": (Auth(scheme="bearer", query=("access_token",)), TOKEN),
    "basic key": (Auth(scheme="basic"), TOKEN),
    "basic pair": (Auth(scheme="basic"), "ads:péssword:with:colons"),
    "token in a header": (Auth(scheme="token", header="authorization", prefix="Token "), TOKEN),
    "token bare in a header": (Auth(scheme="token", header="x-api-token"), TOKEN),
    "token in the query": (Auth(scheme="token", query=("token", "key")), TOKEN),
    "token in the path": (Auth(scheme="token", path=True), TOKEN),
}
SIGNING = tuple(name for name, (auth, _) in CASES.items() if auth.scheme in {"standard_webhooks", "stripe", "hmac"})
STAMPED = ("standard v1", "standard v1 plain", "standard v1a", "stripe", "slack")
CARRYING = tuple(name for name in CASES if name not in SIGNING)


def sent(case: str, plain: Request | None = None) -> Request:
    """A request (BODY, if no other is given) as the authentic sender of `case` would send it at NOW."""
    auth, secret = CASES[case]
    return sign(auth, secret, plain or Request("POST", BODY), "msg_1", NOW)


def refusal(case: str, request: Request, now: float = NOW, secrets: tuple[str, ...] = ()) -> str:
    """The code of the refusal by the receiver of `case`, "" where the request is authentic."""
    auth, secret = CASES[case]
    try:
        verifier(auth, secrets or (secret,)).verify(request, now)
    except AuthError as error:
        return error.code
    return ""


def with_headers(request: Request, **changed: str | None) -> Request:
    """The request with headers (`x_api_token` is x-api-token) changed or, with None, left out."""
    headers = {**request.headers, **{name.replace("_", "-"): text for name, text in changed.items()}}
    return replace(request, headers={name: text for name, text in headers.items() if text is not None})
