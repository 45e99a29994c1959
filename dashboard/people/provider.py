"""This module owns the talk with an OpenID Connect provider: discovery, a code for tokens, proof of the ID token."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.config import Oidc
from ingest.config import ConfigError, resolve_secret

_SECONDS = 10
_KEPT_SECONDS = 3600
_CLOCK_SECONDS = 120  # how far the provider's clock may be from ours
_SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_MISSING = "whichad's extra for OIDC is not installed. Install it: pip install 'whichad[oidc]'"


class ProviderError(Exception):
    """Nobody comes in this way now; the message is for the visitor, `detail` for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


def check(oidc: Oidc, base: Path) -> None:
    """Raise ConfigError where a login could never work: at the start, not in front of the first visitor."""
    try:
        import authlib.integrations.requests_client  # noqa: F401
    except ImportError:
        raise ConfigError(_MISSING) from None
    resolve_secret(oidc.client_secret, base)
    if not oidc.editors and not oidc.viewers:
        raise ConfigError(
            "[dashboard.oidc] lets nobody in: name values of its role_claim under editors or viewers "
            '(viewers = ["*"] is everybody whom the provider lets in).'
        )


class Provider:
    """One provider. What it says of itself is asked for at the first login, and kept for an hour."""

    def __init__(self, oidc: Oidc, base: Path) -> None:
        self.issuer = oidc.issuer
        self._oidc, self._base = oidc, base
        self._lock = threading.Lock()
        self._about: Mapping[str, Any] = {}
        self._keys: Mapping[str, Any] = {}
        self._asked = 0.0

    def address(self, back: str, state: str, nonce: str, challenge: str) -> str:
        """Where to send a visitor. Raises ProviderError."""
        with self._session(back) as session:
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"), state=state, nonce=nonce, code_challenge=challenge,
                code_challenge_method="S256",
            )  # fmt: skip
        return str(url)

    def said(self, code: str, back: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """The claims about who came back with a code. Raises ProviderError."""
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError
        from requests import RequestException

        try:
            with self._session(back) as session:
                token = session.fetch_token(
                    self._endpoint("token_endpoint"), code=code, code_verifier=verifier, timeout=_SECONDS,
                    allow_redirects=False,
                )  # fmt: skip
                claims = self._proven(token, nonce)
                return {**self._asked_for(session, claims), **claims}
        except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError) as error:
            raise ProviderError(
                "The provider's answer proves nothing. Try again.", f"{type(error).__name__}: {error}"
            ) from None

    def _session(self, back: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        methods = self._discovered().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        secret = resolve_secret(self._oidc.client_secret, self._base)
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Session(
            self._oidc.client_id, secret or None, scope=" ".join(self._oidc.scopes), redirect_uri=back,
            token_endpoint_auth_method=method if secret else "none",
        )  # fmt: skip

    def _proven(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The ID token's claims once signature, issuer, audience, times and nonce hold."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet

        # Never what the token itself asks for (`none`, HMAC with a public key), and what the provider says it uses.
        offered = self._discovered().get("id_token_signing_alg_values_supported") or ["RS256"]
        algorithms = [name for name in _SIGNED_WITH if name in offered]
        try:
            found = jwt.decode(token["id_token"], KeySet.import_key_set(self._jwks()), algorithms)
        except InvalidKeyIdError:  # the provider has rotated its keys
            found = jwt.decode(token["id_token"], KeySet.import_key_set(self._jwks(anew=True)), algorithms)
        wanted = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._oidc.client_id},
        }
        params = {"nonce": nonce, "client_id": self._oidc.client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(found.claims, found.header, wanted, params)
        claims.validate(leeway=_CLOCK_SECONDS)
        return dict(claims)

    def _asked_for(self, session: Any, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the provider says beyond the ID token, where the role is not in that one."""
        endpoint = self._discovered().get("userinfo_endpoint")
        if self._oidc.role_claim in claims or not endpoint:
            return {}
        answer = session.get(self._endpoint("userinfo_endpoint"), timeout=_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        more = answer.json()
        if more.get("sub") != claims["sub"]:
            raise ValueError("userinfo is about somebody else")
        return dict(more)

    def _endpoint(self, name: str) -> str:
        url = str(self._discovered().get(name, ""))
        if urlsplit(url).scheme != "https" and not self.issuer.startswith("http:"):
            raise ProviderError("The provider's own description is not right.", f"{name} is {url!r}")
        return url

    def _discovered(self) -> Mapping[str, Any]:
        with self._lock:
            if not self._about or time.monotonic() - self._asked > _KEPT_SECONDS:
                about = self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
                if about.get("issuer") != self.issuer:
                    raise ProviderError(
                        "The provider's own description is not right.", f"it says {about.get('issuer')!r}"
                    )
                self._about, self._keys, self._asked = about, {}, time.monotonic()
            return self._about

    def _jwks(self, anew: bool = False) -> Any:
        url = self._endpoint("jwks_uri")
        with self._lock:
            if anew or not self._keys:
                self._keys = self._get(url)
            return self._keys

    def _get(self, url: str) -> Mapping[str, Any]:
        import requests

        try:
            answer = requests.get(url, timeout=_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderError(
                "The provider cannot be reached just now. Try again later.", f"{url}: {error}"
            ) from None
        if not isinstance(found, dict):
            raise ProviderError("The provider's own description is not right.", f"{url} is no JSON object")
        return found
