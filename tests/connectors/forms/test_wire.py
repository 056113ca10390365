"""Posts as websites and site builders send them, with invented people: what becomes of each.

A `.http` file holds the headers, an empty line and the body, byte for byte; the `.json` beside it holds what
the reader makes of it (`null` for a ping), and the channel's settings where it needs any.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from connectors.forms import Forms, FormSettings
from hub.connector import Raw
from hub.events import FormSubmitted

WIRE = Path(__file__).parent / "wire"
POSTS = sorted(WIRE.glob("*.http"))


def recorded(post: Path, received_at: datetime) -> Raw:
    head, _, body = post.read_bytes().partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")]
    return Raw(body=body, headers={name.lower(): value for name, _, value in lines}, received_at=received_at)


def shown(event: FormSubmitted) -> dict[str, object]:
    """Give what a card shows of a request, without what it lacks."""
    texts = {
        name: getattr(event, name) for name in ("name", "phone", "email", "company", "subject", "message")
    }
    lists = {
        "fields": [[field.label, field.value] for field in event.fields],
        "origin": [[field.label, field.value] for field in event.origin],
        "files": [[file.name, file.type, len(file.content)] for file in event.files],
        "remarks": list(event.remarks),
        "suspicion": list(event.suspicion),
    }
    return {name: value for name, value in {**texts, **lists}.items() if value}


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_recorded_post_becomes_the_card_beside_it(post: Path, nine: datetime) -> None:
    expected = json.loads(post.with_suffix(".json").read_text())
    settings = msgspec.convert(expected.pop("settings", {}) if expected else {}, FormSettings)
    events = Forms("website", "sesame", settings).read(recorded(post, nine))
    assert [shown(event) for event in events] == ([] if expected is None else [expected])


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_a_recorded_post_read_again_is_the_same_request(post: Path, nine: datetime) -> None:
    forms = Forms("website", "sesame", FormSettings())
    assert forms.read(recorded(post, nine)) == forms.read(recorded(post, nine))


def test_no_two_recorded_posts_are_the_same_request(nine: datetime) -> None:
    forms = Forms("website", "sesame", FormSettings())
    keys = [event.key for post in POSTS for event in forms.read(recorded(post, nine))]
    assert len(set(keys)) == len(keys)
