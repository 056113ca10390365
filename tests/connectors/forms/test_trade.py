"""What is peculiar to single senders; what all have in common is asked of their recordings (test_senders.py)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from msgspec import structs

from connectors.forms.senders import ALL
from connectors.forms.senders.bitrix_lead import BitrixLead
from connectors.forms.senders.commerceml import CommerceML
from connectors.forms.senders.hubspot import HubSpot
from connectors.forms.senders.wix import Wix
from hub.connector import Raw
from tests.connectors.forms.conftest import NINE
from tests.connectors.forms.recordings import Recording, recordings

BY_NAME = {recording.name: recording for recording in recordings()}
WIX = BY_NAME["wix-submission"]
KEY = str(WIX.expected["proof"])


def answered(recording: Recording) -> tuple[int, str]:
    answer = recording.forms().answer(recording.raw)
    return answer.status, answer.body.decode()


@pytest.mark.parametrize("recording", BY_NAME.values(), ids=BY_NAME.keys())
def test_a_post_is_known_by_its_sender_and_by_nobody_before_it(recording: Recording) -> None:
    assert next(sender.name for sender in ALL if sender.knows(recording.raw)) == recording.sender


def test_several_ticks_are_several_answers() -> None:
    (event,) = BY_NAME["typeform-answers"].forms().read(BY_NAME["typeform-answers"].raw)
    ticked = [field.value for field in event.fields if field.label == "Which windows?"]
    assert ticked == ["Kitchen", "Hall", "Attic"]


def test_a_telephone_number_that_came_as_a_number_says_so() -> None:
    (event,) = BY_NAME["webflow-form"].forms().read(BY_NAME["webflow-form"].raw)
    assert any("Webflow sends it as a number" in remark for remark in event.remarks)


@pytest.mark.parametrize(
    "pasted", [KEY.replace("\n", " "), KEY.replace("\n", "\\n"), "".join(KEY.split("\n")[1:-2])],
    ids=["one line", "escaped", "bare"],
)  # fmt: skip
def test_a_public_key_of_wix_may_have_lost_its_line_breaks(pasted: str) -> None:
    assert Wix().doubt(WIX.raw, [pasted]) == ""


def test_a_token_that_names_a_weaker_algorithm_is_doubted() -> None:
    """Its public key is no secret: who could sign with it by HMAC would be believed."""
    signed = b".".join(
        urlsafe_b64encode(each).rstrip(b"=") for each in (b'{"alg":"HS256"}', b'{"data":"{}"}')
    )
    mac = urlsafe_b64encode(hmac.digest(KEY.encode(), signed, "sha256")).rstrip(b"=")
    raw = Raw(body=signed + b"." + mac, headers={}, received_at=NINE)
    assert Wix().doubt(raw, [KEY]) != ""


def test_a_token_that_ran_out_is_doubted() -> None:
    later = structs.replace(WIX.raw, received_at=WIX.raw.received_at + timedelta(hours=2))
    assert "a time that is over" in Wix().doubt(later, [KEY])


def test_the_old_address_for_leads_hears_201_and_no_password_is_kept() -> None:
    lead = BY_NAME["bitrix24-lead-php"]
    status, words = answered(lead)
    assert (status, words[:21]) == (200, "{'error':'201','ID':'")
    (event,) = lead.forms().read(lead.raw)
    assert "lead-secret" not in str(event)
    bare = Raw(body=b"TITLE=x", headers={}, received_at=NINE)
    assert BitrixLead().doubt(bare, ["lead-secret"]) != ""


def test_hubspots_older_way_hears_nothing() -> None:
    assert HubSpot().answer(BY_NAME["hubspot-v2"].raw).status == 204


@pytest.mark.parametrize(("mode", "words"), [
    ("checkauth", "success\nringback\n"), ("init", "zip=yes\nfile_limit="), ("import", "success\n"),
    ("query", "<?xml"), ("orders", "success\n"), ("zip", "success\n"),
])  # fmt: skip
def test_1c_is_answered_in_its_own_way(mode: str, words: str) -> None:
    status, told = answered(BY_NAME[f"commerceml-{mode}"])
    assert (status, told.startswith(words)) == (200, True)


@pytest.mark.parametrize(
    "shown", ["", "Basic", "Basic !!!", "Basic bm9uZQ==", "Bearer x", "Basic MWM6d3Jvbmc="]
)
def test_1c_without_its_password_is_doubted(shown: str) -> None:
    raw = structs.replace(BY_NAME["commerceml-orders"].raw, headers={"authorization": shown})
    assert CommerceML().doubt(raw, ["exchange-secret"]) != ""
