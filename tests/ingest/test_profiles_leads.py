"""This module owns the promises of typeform_leads, and of the ways in which platforms carry their proof."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from postbacks import UNIX, ignored, in_force, post, posted, put, quarantined

from ingest.auth import AuthError, verifier
from ingest.bodies.redaction import redacted
from ingest.profile import profile

SECRET = "a-token-that-nobody-can-guess-1234"


def form(kind: str = "form_response", response: str = "tok-1", event_id: str = "e-1", **hidden: str) -> Any:
    """A filled-in form of Typeform."""
    answers = [{"type": "email", "email": "jane@example.com"}, {"type": "text", "text": "Jane"}]
    said = {"form_id": "f1", "token": response, "submitted_at": "2026-11-23T08:59:00Z", "answers": answers}
    return post({"event_id": event_id, "event_type": kind, "form_response": said | {"hidden": hidden}})


def test_a_typeform_response_is_a_lead_of_the_ad_in_its_hidden_fields(tmp_path: Path):
    hidden = {
        "click_id": "c-1", "referrerAdCreative": "Used SUVs", "ad_id": "1202", "campaign_id": "2384",
        "utm_source": "ig", "utm_campaign": "SUV US", "utm_content": "v3", "utm_medium": "cpc", "gclid": "G1",
        "fbclid": "{{fbclid}}", "email": "jane@example.com",
    }  # fmt: skip
    (item,) = posted(tmp_path, "typeform_leads", form(**hidden))
    assert item == {
        "type": "conversion", "conversion_kind": "lead", "id": "tok-1", "click_id": "c-1", "creative_raw": "Used SUVs",
        "ad_id": "1202", "ad_name": "v3", "campaign_id": "2384", "campaign_name": "SUV US", "network": "facebook",
        "click_ids": {"gclid": "G1"}, "traffic": "review", "occurred_at": "2026-11-23 08:59:00",
        "stated_at": "2026-11-23 08:59:00",
        "properties": {"click_ids": {"fbclid": "{{fbclid}}"}, "form_id": "f1", "utm_medium": "cpc"},
    }  # fmt: skip


def test_a_typeform_response_that_is_sent_again_is_one_lead(tmp_path: Path):
    with Desk(tmp_path, profile="typeform_leads") as desk:
        put(desk, form(), form(event_id="e-2"), form(response="tok-2", event_id="e-3"))
        assert sorted(in_force(desk, "id")) == [("tok-1",), ("tok-2",)]


@pytest.mark.parametrize("kind", ["form_response_partial", "form_response_disqualified"])
def test_a_form_that_was_not_sent_off_is_no_lead(kind: str, tmp_path: Path):
    assert "no lead" in ignored(tmp_path, "typeform_leads", form(kind))


def test_answers_leave_a_body_before_anybody_is_shown_it(tmp_path: Path):
    code, _, shown = quarantined(tmp_path, "typeform_leads", form("form_deleted", email="jane@example.com"))
    assert (code, "form_deleted" in shown) == ("unknown_event", True)
    assert "jane" not in shown.lower()
    assert "jane" not in str(redacted(json.loads(form().body), profile("typeform_leads").redact)).lower()


def test_typeform_signs_the_raw_body_in_base64():
    request = form()
    signature = base64.b64encode(hmac.new(SECRET.encode(), request.body, hashlib.sha256).digest()).decode()
    door = verifier(profile("typeform_leads").auth, [SECRET])
    signed = replace(request, headers={**request.headers, "typeform-signature": f"sha256={signature}"})
    assert door.verify(signed, UNIX).body == request.body
    with pytest.raises(AuthError):
        door.verify(replace(signed, body=request.body + b" "), UNIX)


@pytest.mark.parametrize(
    ("name", "more"),
    [("meta_capi", {"query": f"access_token={SECRET}"}), ("meta_capi", {"suffix": SECRET}),
     ("meta_capi", {"headers": {"authorization": f"bearer {SECRET}"}}),
     ("google_ad_events", {"headers": {"authorization": f"Bearer {SECRET}"}}),
     ("tiktok_events", {"headers": {"access-token": SECRET}}), ("branch", {"headers": {"x-webhook-token": SECRET}}),
     ("singular", {"suffix": SECRET}), ("adjust", {"query": f"token={SECRET}"})],
)  # fmt: skip
def test_a_platform_s_own_way_of_carrying_a_token_is_enough(name: str, more: dict[str, Any]):
    request = replace(post({}), **more)
    taken = verifier(profile(name).auth, [SECRET]).verify(request, UNIX)
    assert (SECRET in repr(taken), taken.suffix) == (False, "")
