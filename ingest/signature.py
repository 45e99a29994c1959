"""This module owns the names by which the house knows Standard Webhooks signatures, the scheme of our own payload.

The scheme itself is `ingest.auth.standard_webhooks`; platforms have other ones beside it.
"""

from ingest.auth.proof import AuthError as SignatureError
from ingest.auth.standard_webhooks import SECRET_PREFIX, TOLERANCE_SECONDS, secret_bytes, verify
from ingest.auth.standard_webhooks import signature as sign
from ingest.auth.standard_webhooks import whsec as new_secret

__all__ = ["SECRET_PREFIX", "TOLERANCE_SECONDS", "SignatureError", "new_secret", "secret_bytes", "sign", "verify"]
