"""This module owns a small OpenID Connect provider for tests: real HTTP, discovery, PKCE, signed ID tokens."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT, CLIENT_SECRET = "whichad-tests", "a secret of the provider's"


@cache
def key(kid: str) -> Any:
    """A signing key of that name, made once: it takes a while."""
    from joserfc.jwk import RSAKey

    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


class Provider:
    """What it says of whoever comes (`claims`), and how it misbehaves (`wrong`: a name of a mistake)."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = key("one")
        self.claims: dict[str, Any] = {"sub": "17", "preferred_username": "carla", "groups": ["ads-leads"]}
        self.userinfo: dict[str, Any] = {}
        self.wrong = ""
        self.now = 0
        self._codes: dict[str, dict[str, str]] = {}

    def discovery(self) -> dict[str, Any]:
        """The description of itself."""
        return {
            "issuer": "https://other.example" if self.wrong == "issuer of discovery" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys", "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }  # fmt: skip

    def authorize(self, asked: dict[str, str]) -> str:
        """Where it sends the visitor, who agrees."""
        assert (
            asked["response_type"] == "code"
            and asked["client_id"] == CLIENT
            and asked["code_challenge_method"] == "S256"
        )
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        state = "another" if self.wrong == "state" else asked["state"]
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': state})}"

    def token(self, asked: dict[str, str], proof: str) -> tuple[int, dict[str, Any]]:
        """Tokens for a code, once, to who has the verifier and the secret."""
        begun = self._codes.pop(asked.get("code", ""), None)
        challenge = _text(hashlib.sha256(asked.get("code_verifier", "").encode()).digest())
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{_quoted(CLIENT_SECRET)}".encode()).decode()
        plain = "Basic " + base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        if begun is None or begun["code_challenge"] != challenge or begun["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if proof not in (basic, plain):
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(begun["nonce"])}

    def _id_token(self, nonce: str) -> str:
        from joserfc import jwt
        from joserfc.jwk import OctKey

        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": nonce,
            **self.claims,
        }
        mistakes: dict[str, dict[str, Any]] = {
            "issuer": {"iss": "https://other.example"}, "audience": {"aud": "another-client"},
            "nonce": {"nonce": "another"},
            "expired": {"exp": self.now - 300}, "two audiences": {"aud": [CLIENT, "x"], "azp": "x"},
        }  # fmt: skip
        claims |= mistakes.get(self.wrong, {})
        if self.wrong == "unsigned":
            return f"{_text(json.dumps({'alg': 'none'}).encode())}.{_text(json.dumps(claims).encode())}."
        if self.wrong == "signed with the public key":
            public = OctKey.import_key(self.key.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": "one"}, claims, public, ["HS256"])
        signing = key("two") if self.wrong == "signature" else self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, signing)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _quoted(text: str) -> str:
    return urlencode({"x": text})[2:]


@contextmanager
def providing(now: float) -> Iterator[Provider]:
    """A provider that answers until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    provider.now = int(now)
    server.provider = provider  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        provider, parts = self.server.provider, urlsplit(self.path)  # type: ignore[attr-defined]
        if parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", provider.authorize(dict(parse_qsl(parts.query))))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        answers = {
            "/.well-known/openid-configuration": provider.discovery,
            "/keys": lambda: {"keys": [provider.key.as_dict(private=False)]},
            "/userinfo": lambda: provider.userinfo,
        }
        self._say(200, answers[parts.path]())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = self.server.provider.token(dict(parse_qsl(body)), self.headers.get("Authorization", ""))  # type: ignore[attr-defined]
        self._say(*said)

    def _say(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: stderr is the tests'."""
