"""What our plug-in for WordPress sends, recorded byte for byte, and what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from connectors.forms import Forms, FormSettings
from connectors.forms.post import Post
from connectors.forms.recognise import recognise
from connectors.forms.senders.wordpress import WordPress
from hub.connector import Raw
from tests.connectors.forms.conftest import NINE

WIRE = Path(__file__).parents[2] / "wire" / "forms"
POSTS = sorted(WIRE.glob("wordpress-*.http"))
SECRET = "whsec_a2xhci1vY2gtcnV0YS1oZW1saWc="  # noqa: S105 - invented
PLUGIN = WordPress()


def recorded(post: Path) -> Raw:
    head, _, body = post.read_bytes().partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    return Raw(body=body, headers={name.lower(): value for name, _, value in lines}, received_at=NINE, key="01")


def shown(post: Post, wanted: dict[str, dict[str, object]]) -> dict[str, object]:
    """Give of a post what a recording names."""
    seen, values = recognise(post.body.fields, post.known), dict[str, list[str]]()
    for field in post.body.fields:
        values.setdefault(field.label, []).append(field.value)
    flat = {label: said[0] if len(said) == 1 else said for label, said in values.items()}
    found = {
        "key": post.key, "form": post.form, "name": seen.name, "phone": seen.phone, "email": seen.email,
        "message": seen.message, "fields": {label: flat.get(label) for label in wanted.get("fields", {})},
        "order": json.loads(msgspec.json.encode(post.order)),
    }  # fmt: skip
    return {name: found[name] for name in wanted}


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_recorded_post_becomes_what_stands_beside_it(post: Path) -> None:
    wanted, raw = json.loads(post.with_suffix(".json").read_text())["posts"], recorded(post)
    assert PLUGIN.knows(raw)
    assert [shown(each, asked) for each, asked in zip(PLUGIN.read(raw), wanted, strict=True)] == wanted


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_recorded_post_is_proven_by_its_secret_alone(post: Path) -> None:
    raw = recorded(post)
    assert PLUGIN.doubt(raw, ["another", SECRET]) == ""
    assert "another secret" in PLUGIN.doubt(raw, ["another"])
    assert "another secret" in PLUGIN.doubt(structs.replace(raw, body=raw.body.replace(b"klarruta", b"klarrutan")), [SECRET])
    assert "sent again" in PLUGIN.doubt(structs.replace(raw, received_at=NINE + timedelta(minutes=6)), [SECRET])
    unsigned = {name: value for name, value in raw.headers.items() if name != "webhook-signature"}
    assert "no signature" in PLUGIN.doubt(structs.replace(raw, headers=unsigned), [SECRET])


def test_a_test_with_the_wrong_secret_is_refused_and_with_the_right_one_becomes_nothing() -> None:
    raw = recorded(WIRE / "wordpress-test.http")
    wrong = Forms("website", "sesame", FormSettings(secret="another")).doubt(raw)  # noqa: S106 - invented
    assert wrong is not None
    assert wrong.answer.status == 401
    proven = Forms("website", "sesame", FormSettings(secret=SECRET))
    assert proven.doubt(raw) is None
    assert proven.read(raw) == ()


@pytest.mark.parametrize("body", [b'{"kind": "form"', b"[]", b'{"kind": 3, "name": "Lena Berg"}', b"name=Lena+Berg"])
def test_what_is_broken_is_read_as_anybodys(body: bytes) -> None:
    raw = Raw(body=body, headers={"ringback-plugin": "wordpress/9.9"}, received_at=NINE)
    assert len(PLUGIN.read(raw)) == 1


def test_a_changed_order_has_the_key_of_the_first() -> None:
    raw = recorded(WIRE / "wordpress-woocommerce.http")
    changed = raw.body.replace(b'"status":"processing"', b'"status":"cancelled"').replace(b'"id":"f', b'"id":"e')
    (first,), (second,) = PLUGIN.read(raw), PLUGIN.read(structs.replace(raw, body=changed))
    assert first.key == second.key
    assert second.order is not None
    assert second.order.cancelled
