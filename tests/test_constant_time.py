"""This module owns the promise that how long a refusal takes tells nothing of a secret: proofs meet in compare_digest.

In the modules that decide who gets in, two values are compared with `==` or `in` only where the table says why both
may be known to anybody; elsewhere, nothing that is named like a secret is.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from running import ROOT

DECIDING = (
    "ingest/auth/", "ingest/door/handshake.py", "dashboard/security.py", "dashboard/server.py",
    "ingest/listening/admin.py",
    *(f"dashboard/people/{name}.py" for name in ("gate", "login", "oidc", "provider", "sessions", "passwords")),
)  # fmt: skip
SECRETISH = re.compile(r"secret|token|signature|password|passwd|credential|hmac|\bmac\b|proof|cookie|session_id")
# What is compared and is no secret: `file: the comparison`, and why.
PUBLIC = {
    "analytics/doctor/secrets.py: told != TRIAL_SECRET": "the secret of the example, which is in the repository",
    "dashboard/people/gate.py: request.method not in _SAFE": "the names of methods",
    "dashboard/people/gate.py: request.path in PUBLIC": "the paths that need no login",
    "dashboard/people/login.py: new != request.form.get('again', '')": "both typed by the same person, a moment ago",
    "dashboard/people/oidc.py: request.args.get('iss', provider.issuer) != provider.issuer": "addresses of providers",
    "dashboard/people/passwords.py: name.casefold() in password.casefold()": "a new password, by whoever sets it",
    "dashboard/people/provider.py: about.get('issuer') != self.issuer": "the address of a provider",
    "dashboard/people/provider.py: more.get('sub') != claims['sub']": "the provider's two words about one login",
    "dashboard/people/provider.py: name in offered": "the names of algorithms",
    "dashboard/people/provider.py: self._oidc.role_claim in claims": "the name of a claim",
    "dashboard/security.py: request.path not in paths": "the paths of the pages",
    "dashboard/server.py: error.errno == errno.EADDRINUSE": "the number of an error",
    "ingest/auth/basic.py: name != HEADER": "the name of a header",
    "ingest/auth/carrier.py: decoded(name) in names": "the names of parameters, which stand in the profile",
    "ingest/auth/ed25519.py: base64.b64encode(signature).decode() == entry": "a signature that verified: not secret",
    "ingest/auth/ed25519.py: raw[SEED_BYTES:] not in {b'', key.public_key().public_bytes_raw()}": (
        "the halves of the operator's own key, when it is read at the start"
    ),
    "ingest/auth/page_origin.py: request.headers.get('origin') not in self.origins": "addresses that CORS answers name",
    "ingest/auth/standard_webhooks.py: headers.get('webhook-id') == signed_id": "ids that were signed and verified",
    "ingest/auth/token.py: name not in self.header_names": "the names of headers, which stand in the profile",
    "ingest/auth/token.py: raw[:size].lower() != self.prefix": "`Bearer `, which stands in the profile",
    "ingest/door/handshake.py: query.get(name) != wanted": "hub.mode=subscribe, which stands in the profile",
    "ingest/door/keeping.py: token in plain": "looks for the sender's token in its own body, after it proved itself",
    "ingest/senders/origin.py: TRIAL_SECRET in texts": "the operator's own secrets, when they are read at the start",
}
LOOKS = ast.Eq | ast.NotEq | ast.In | ast.NotIn
FILES = sorted(path for folder in ("ingest", "analytics", "dashboard") for path in (ROOT / folder).rglob("*.py"))


def comparisons(text: str) -> Iterator[ast.Compare]:
    """Every comparison for equality or membership, of two sides that are not written down on the spot."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and any(isinstance(each, LOOKS) for each in node.ops):
            sides = (node.left, *node.comparators)
            yield from [] if any(_is_plain(side) for side in sides) else [node]


def _is_plain(side: ast.expr) -> bool:
    """A number or a text of the source, or a tuple or set of them: what anybody can read."""
    if isinstance(side, ast.Tuple | ast.Set | ast.List):
        return all(_is_plain(each) for each in side.elts)
    is_count = isinstance(side, ast.Call) and ast.unparse(side.func) in {"len", "type"}
    return isinstance(side, ast.Constant) or is_count


def suspicious(name: str, text: str) -> list[str]:
    """The comparisons of a file that need a reason."""
    is_deciding = name.startswith(DECIDING)
    found = [f"{name}: {ast.unparse(node)}" for node in comparisons(text)]
    return [each for each in found if is_deciding or SECRETISH.search(each.partition(": ")[2].lower())]


def test_secrets_meet_in_compare_digest_only():
    found = [
        each for path in FILES for each in suspicious(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert [each for each in found if each not in PUBLIC] == [], "use hmac.compare_digest, or say in PUBLIC why not"
    assert sorted(PUBLIC) == sorted({each for each in found if each in PUBLIC}), "a row that nothing needs"


def test_every_verifier_ends_in_a_comparison_of_constant_time():
    for path in sorted((ROOT / "ingest" / "auth").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        has_verifier = re.search(r"^class \w+:\n.*?def verify\(self, request", text, re.DOTALL | re.MULTILINE)
        # A protocol, who proves nothing, and browsers, which say where they are: in each there is no secret.
        if has_verifier and path.name not in {"proof.py", "unproven.py", "page_origin.py"}:
            assert "is_among(" in text or "hmac.compare_digest(" in text, path.name
    assert "hmac.compare_digest" in (ROOT / "ingest/auth/proof.py").read_text(encoding="utf-8")


PLANTED = [
    "given == expected", "token == self.token", "digest != right", "given in self.tokens",
    "sent['x'] == hmac.new(k).hexdigest()",
    "hash(a) == signature", "request.headers['x'] not in self.credentials",
]  # fmt: skip


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_comparison_is_caught(code: str):
    assert len(suspicious("ingest/auth/planted.py", f"found = {code}")) == 1
    if SECRETISH.search(code):
        assert len(suspicious("ingest/elsewhere.py", f"found = {code}")) == 1


@pytest.mark.parametrize(
    "code", ["scheme == 'hmac'", "len(tokens) != 1", "x in {1, 2}", "hmac.compare_digest(token, given)"]
)
def test_what_anybody_knows_is_compared_freely(code: str):
    assert suspicious("ingest/auth/planted.py", f"found = {code}") == []
