"""What site builders and services send, recorded byte for byte, with invented people: what each sender makes of it."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from connectors.forms.post import Post
from connectors.forms.recognise import recognise
from connectors.forms.sender import Sender
from connectors.forms.senders.bitrix import Bitrix
from connectors.forms.senders.bitrix24 import Bitrix24
from connectors.forms.senders.bitrix_lead import BitrixLead
from connectors.forms.senders.commerceml import CommerceML
from connectors.forms.senders.drupal import Drupal
from connectors.forms.senders.google_forms import GoogleForms
from connectors.forms.senders.hubspot import HubSpot
from connectors.forms.senders.joomla import Joomla
from connectors.forms.senders.typeform import Typeform
from connectors.forms.senders.webflow import Webflow
from connectors.forms.senders.wix import Wix
from connectors.forms.senders.wix_automations import WixAutomations
from hub.connector import Raw
from tests.connectors.forms.conftest import NINE

WIRE = Path(__file__).parents[2] / "wire" / "forms"
SENDERS: dict[str, Sender] = {
    "typeform": Typeform(), "webflow": Webflow(), "wix-automations": WixAutomations(), "wix": Wix(),
    "joomla": Joomla(), "drupal": Drupal(), "google-forms": GoogleForms(), "hubspot": HubSpot(),
    "commerceml": CommerceML(), "bitrix24-lead-php": BitrixLead(), "bitrix24": Bitrix24(), "bitrix": Bitrix(),
}  # fmt: skip
RECORDED = sorted(
    post for name in SENDERS for post in {*WIRE.glob(f"{name}-*.http"), *WIRE.glob(f"{name}.http")}
)
POSTS = list(dict.fromkeys(RECORDED))
SIGNED = [post for post in POSTS if "proof" in json.loads(post.with_suffix(".json").read_text())]

BY_CONTENT = [post for post in SIGNED if not post.stem.startswith(("bitrix24", "commerceml"))]
"""Those whose signature is over what they say; the others show a word that they know."""


def sender_of(post: Path) -> Sender:
    return next(sender for name, sender in SENDERS.items() if post.stem.startswith(name))


def recorded(post: Path) -> Raw:
    head, _, body = post.read_bytes().partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, address, _version = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    headers |= {":method": method, ":query": address.partition("?")[2]}
    return Raw(body=body, headers=headers, received_at=NINE, key="01JD")


def expected(post: Path) -> dict[str, object]:
    return json.loads(post.with_suffix(".json").read_text())


def shown(post: Post, wanted: dict[str, object]) -> dict[str, object]:
    """Give of a post what a test names."""
    seen = recognise(post.body.fields, post.known)
    values: dict[str, list[str]] = {}
    for field in post.body.fields:
        values.setdefault(field.label, []).append(field.value)
    flat = {label: given[0] if len(given) == 1 else given for label, given in values.items()}
    all_of_it = {
        "key": post.key, "form": post.form, "name": seen.name, "phone": seen.phone, "email": seen.email,
        "subject": seen.subject, "message": seen.message or post.body.text, "remarks": post.body.remarks,
        "fields": {label: flat.get(label) for label in wanted.get("fields", {})},
        "without": [label for label in wanted.get("without", []) if label not in flat],
    }  # fmt: skip
    if post.order:
        order = json.loads(msgspec.json.encode(post.order))
        all_of_it["order"] = {name: order[name] for name in wanted.get("order", order)}
    return {name: all_of_it.get(name) for name in wanted}


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_recorded_post_is_known_by_its_sender_alone(post: Path) -> None:
    assert [each.name for each in SENDERS.values() if each.knows(recorded(post))] == [sender_of(post).name]


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_recorded_post_becomes_what_stands_beside_it(post: Path) -> None:
    wanted = expected(post)
    posts = sender_of(post).read(recorded(post))
    assert [shown(each, asked) for each, asked in zip(posts, wanted["posts"], strict=True)] == wanted["posts"]
    assert sender_of(post).is_ping(recorded(post)) == wanted["ping"]
    if "answer" in wanted:
        answer = sender_of(post).answer(recorded(post))
        assert answer is not None
        assert (answer.status, wanted["answer"][1] in answer.body.decode()) == (wanted["answer"][0], True)


@pytest.mark.parametrize("post", SIGNED, ids=lambda post: post.stem)
def test_a_signed_post_is_proven_by_its_secret_the_earlier_one_too(post: Path) -> None:
    raw, secret, sender = recorded(post), expected(post)["proof"], sender_of(post)
    assert sender.doubt(raw, [secret]) == ""
    assert sender.doubt(raw, ["a new one", secret]) == ""


@pytest.mark.parametrize("post", SIGNED, ids=lambda post: post.stem)
def test_a_post_by_another_secret_is_doubted(post: Path) -> None:
    assert "another secret" in sender_of(post).doubt(recorded(post), ["another"])
    assert sender_of(post).doubt(recorded(post), []) != ""


@pytest.mark.parametrize(
    "post",
    [each for each in SIGNED if not each.stem.startswith(("bitrix24", "commerceml"))],
    ids=lambda post: post.stem,
)
def test_a_post_changed_on_its_way_is_doubted(post: Path) -> None:
    raw = recorded(post)
    changed = Raw(body=raw.body[:-9] + b"X" + raw.body[-8:], headers=raw.headers, received_at=NINE)
    assert sender_of(post).doubt(changed, [expected(post)["proof"]]) != ""


@pytest.mark.parametrize("post", SIGNED, ids=lambda post: post.stem)
def test_a_post_that_shows_nothing_is_doubted(post: Path) -> None:
    bare = Raw(body=b"{}", headers={}, received_at=NINE)
    assert sender_of(post).doubt(bare, [expected(post)["proof"]]) != ""


@pytest.mark.parametrize("stem", ["webflow-form", "wix-submission"])
def test_what_is_sent_again_hours_later_is_doubted(stem: str) -> None:
    post = WIRE / f"{stem}.http"
    raw = recorded(post)
    later = Raw(body=raw.body, headers=raw.headers, received_at=NINE + timedelta(hours=2))
    assert sender_of(post).doubt(later, [expected(post)["proof"]]) != ""


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_post_that_broke_off_raises_nothing_but_value_errors(post: Path) -> None:
    raw, sender = recorded(post), sender_of(post)
    for length in range(0, len(raw.body), max(1, len(raw.body) // 40)):
        cut = Raw(body=raw.body[:length], headers=raw.headers, received_at=NINE)
        sender.knows(cut)
        sender.doubt(cut, [str(expected(post).get("proof", ""))])
        try:
            sender.read(cut)
        except ValueError:
            continue


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
@pytest.mark.parametrize("junk", [b"", b"[]", b"null", b'{"data":[1]}', b"[" * 5000, b"\xff\xfe", b"a.b.c"])
def test_junk_raises_nothing_but_value_errors(post: Path, junk: bytes) -> None:
    sender = sender_of(post)
    raw = Raw(body=junk, headers=recorded(post).headers, received_at=NINE)
    sender.doubt(raw, ["s"])
    try:
        sender.read(raw)
    except ValueError:
        return


def test_a_public_key_of_wix_may_have_lost_its_line_breaks() -> None:
    post = WIRE / "wix-submission.http"
    key = str(expected(post)["proof"])
    for pasted in (key.replace("\n", " "), key.replace("\n", "\\n"), "".join(key.split("\n")[1:-2])):
        assert Wix().doubt(recorded(post), [pasted]) == ""


def test_a_token_that_names_a_weaker_algorithm_is_doubted() -> None:
    """Its public key is no secret: who could sign with it by HMAC would be believed."""
    key = str(expected(WIRE / "wix-submission.http")["proof"])
    signed = b".".join(
        urlsafe_b64encode(each).rstrip(b"=") for each in (b'{"alg":"HS256"}', b'{"data":"{}"}')
    )
    mac = urlsafe_b64encode(hmac.digest(key.encode(), signed, "sha256")).rstrip(b"=")
    raw = Raw(body=signed + b"." + mac, headers={}, received_at=NINE)
    assert Wix().doubt(raw, [key]) != ""
