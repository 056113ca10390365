"""Forms that look like a sender's: no answer is lost, and nobody is turned away."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from connectors.forms import Forms, FormSettings
from hub.connector import Raw
from tests.connectors.forms.recordings import recordings

MakeRaw = Callable[..., Raw]

JSON = "application/json"
BY_NAME = {recording.name: recording for recording in recordings()}
WHO = "name=Lena+Berg&phone=%2B46701740613"
CART = {
    "responseId": "r",
    "name": "Lena Berg",
    "phone": "+46701740613",
    "items": [{"sku": "W-2", "title": "Window"}],
}


def answers(raw: Raw, **settings: object) -> Mapping[str, str]:
    """Read a post, and give its answers by label."""
    (event,) = Forms("website", "sesame", FormSettings(**settings)).read(raw)
    return {field.label: field.value for field in event.fields}


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("form[id]=3&form[name]=Lena&form[email]=lena@example.com", {"Lena", "lena@example.com"}),
        ("form[id]=3&form[name]=Contact&form[city]=Ume%C3%A5&fields[a][value]=Lena", {"Umeå", "Lena"}),
        ("form[id]=3&form[name]=A&fields[a][value]=1&services[]=Roof&services[]=Doors", {"1", "Roof", "Doors"}),
        ("form_id=3&form_name=A&services[]=Roof&services[]=Doors", {"Roof", "Doors"}),
        ("form[formId]=3&form[task]=Roof&form[option]=Blue&form[lang]=Finnish", {"Roof", "Blue", "Finnish"}),
        ("webform_id=contact&residence=Villa&token=7", {"contact", "Villa", "7"}),
        ("webform_id=contact&sid=4&notes=Ring+twice&name=Lena", {"Ring twice", "Lena"}),
        ("message=about+hs_context&name=Lena", {"about hs_context", "Lena"}),
        ("form_id=3&date_created=x&source_url=y&status=Married&name=Lena", {"Married", "Lena"}),
    ],
    ids=["symfony", "beside fields", "ticks", "ticks of the simple one", "joomla", "no drupal", "notes", "hubspot",
         "no gravity"],
)  # fmt: skip
def test_an_answer_of_a_form_is_kept_whatever_its_name(raw: MakeRaw, body: str, kept: set[str]) -> None:
    (event,) = Forms("website", "sesame", FormSettings()).read(raw(body))
    assert kept <= {field.value for field in event.fields}


@pytest.mark.parametrize(
    "told",
    [
        {"triggerType": "exit-intent", "name": "Lena Berg", "phone": "+46701740613"},
        {"triggerType": "page_view", "payload": {"a": 1}, "name": "Lena Berg", "phone": "+46701740613"},
        {"triggerType": "form_submission", "payload": "x", "name": "Lena Berg", "phone": "+46701740613"},
        CART,
        {"namedValues": "yes", "name": "Lena Berg", "phone": "+46701740613"},
        {"field:x": "1", "contactId": "c", "name": "Lena Berg", "phone": "+46701740613"},
        {"hutk": "h", "fields": {"size": "2"}, "name": "Lena Berg", "phone": "+46701740613"},
        {"hutk": "h", "fields": [{"name": "a", "value": "b"}], "name": "Lena Berg", "phone": "+46701740613"},
        {"form_response": {}, "event_type": "wedding", "name": "Lena Berg", "phone": "+46701740613"},
        {"form_response": {}, "event_type": "form_response", "name": "Lena Berg", "phone": "+46701740613"},
        {"responseId": "r", "items": [["a", "b"]], "name": "Lena Berg", "phone": "+46701740613"},
    ],
    ids=["exit intent", "page view", "payload", "cart", "named values", "field", "fields", "hubspot", "wedding",
         "empty", "pairs"],
)  # fmt: skip
def test_json_of_a_form_is_read_whatever_its_keys(raw: MakeRaw, told: Mapping[str, object]) -> None:
    kept = answers(raw(json.dumps(told), JSON))
    assert (kept["name"], kept["phone"]) == ("Lena Berg", "+46701740613")


def test_a_message_may_mention_what_a_sender_is_known_by(raw: MakeRaw) -> None:
    said = 'Our "triggerType" and "payload": {} never fire, nor "namedValues": {}'
    body = f'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\n{said}\r\n--x--\r\n'
    assert answers(raw(body, "multipart/form-data; boundary=x"))["message"] == said


def test_what_a_signing_service_puts_beside_the_name_of_the_form_is_an_answer(raw: MakeRaw) -> None:
    told = {"data": {"form": {"id": "1", "name": "Contact", "fields": {"name": "Lena Berg", "size": "2"}}}}
    post = raw(json.dumps(told), JSON, webhook_id="m1", webhook_timestamp="1795165198")
    assert answers(post) == {"name": "Lena Berg", "size": "2"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"{WHO}&form_id=3&date_created=x&source_url=y&1.3=z", "application/x-www-form-urlencoded"),
        (f"{WHO}&tranid=7", "application/x-www-form-urlencoded"),
        (json.dumps(CART), JSON),
    ],
    ids=["gravity", "tilda", "google"],
)
def test_with_a_secret_a_visitors_form_is_taken_all_the_same(raw: MakeRaw, body: str, kind: str) -> None:
    forms = Forms("website", "sesame", FormSettings(secret="quiet"))  # noqa: S106 - no real one
    (event,) = forms.read(raw(body, kind))
    assert forms.doubt(raw(body, kind)) is None
    assert (event.name, event.phone.lstrip("+"), event.proven) == ("Lena Berg", "46701740613", False)


def test_an_order_that_only_looks_like_a_shops_is_none_where_there_is_a_secret(raw: MakeRaw) -> None:
    """Whoever knows the address could cancel or change the orders of others."""
    recording = BY_NAME["tilda-order"]
    anonymous = raw(recording.raw.body, recording.raw.headers["content-type"])
    (event,) = Forms("website", "sesame", FormSettings(secret="quiet")).read(anonymous)  # noqa: S106 - no real one
    assert event.order is None
    assert len(event.fields) > 1
