"""Every recorded post of every sender: read as it is meant, and what is forged, old, broken off or huge made of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs

from connectors.forms import Forms
from connectors.forms.senders import ALL
from hub.connector import Raw
from hub.events import FormSubmitted
from hub.orders import Order
from tests.connectors.forms.recordings import Recording, recordings

ALL_OF_THEM = recordings()
PROVEN = [each for each in ALL_OF_THEM if "proof" in each.expected]
SIGNED = [each for each in PROVEN if each.expected.get("over") != "nothing"]
TEXTS = ("key", "form", "name", "phone", "email", "company", "subject", "message")
HUGE = 4_000_000  # bytes
QUICK = 3.0  # seconds, on a busy machine

every = pytest.mark.parametrize("recording", ALL_OF_THEM, ids=lambda recording: recording.name)
proven = pytest.mark.parametrize("recording", PROVEN, ids=lambda recording: recording.name)
signed = pytest.mark.parametrize("recording", SIGNED, ids=lambda recording: recording.name)


@every
def test_it_is_recognised_and_read_as_it_is_meant(recording: Recording) -> None:
    forms = recording.forms()
    assert forms._whose.sender(recording.raw).name == recording.sender
    wanted = recording.expected.get("posts", [])
    events = forms.read(recording.raw)
    assert [shown(event, post) for event, post in zip(events, wanted, strict=True)] == wanted


@every
def test_it_is_taken_and_its_sender_hears_what_it_wants_to_hear(recording: Recording) -> None:
    forms = recording.forms()
    answer = forms.answer(recording.raw)
    assert forms.refuse(recording.raw) is None
    assert forms.doubt(recording.raw) is None
    assert answer.status == recording.expected.get("status", 200)
    said = recording.expected.get("answer", {})
    assert {name: json.loads(answer.body)[name] for name in said} == said


@every
def test_where_its_sender_is_fixed_it_is_read_the_same(recording: Recording) -> None:
    assert recording.forms(sender=recording.sender).read(recording.raw) == recording.forms().read(
        recording.raw
    )


@every
def test_sent_again_it_is_the_same_request(recording: Recording) -> None:
    again = structs.replace(
        recording.raw, received_at=recording.raw.received_at + timedelta(minutes=1), key="b2"
    )
    keys = [[event.key for event in recording.forms().read(raw)] for raw in (recording.raw, again)]
    assert keys[0] == keys[1]


@proven
def test_forged_it_is_not_proven(recording: Recording) -> None:
    fixed = recording.forms(sender=recording.sender)
    assert all(doubted(fixed, forged) for forged in forgeries(recording))
    another = recording.forms(sender=recording.sender, secret="another")  # noqa: S106 - that is what is wrong with it
    assert doubted(another, recording.raw)


@proven
def test_after_the_secret_is_changed_the_earlier_one_holds_as_well(recording: Recording) -> None:
    forms = recording.forms(secret="another", earlier_secret=recording.expected["proof"])  # noqa: S106 - no real one
    assert forms.doubt(recording.raw) is None


@signed
def test_sent_again_ten_minutes_later_it_is_not_proven_where_its_moment_is_signed(
    recording: Recording,
) -> None:
    later = structs.replace(recording.raw, received_at=recording.raw.received_at + timedelta(minutes=10))
    seen = any("timestamp" in name or value.startswith("t=") for name, value in recording.raw.headers.items())
    assert bool(doubted(recording.forms(), later)) == recording.expected.get("timed", seen)


@every
def test_broken_off_anywhere_it_does_no_harm(recording: Recording) -> None:
    body = recording.raw.body
    for end in range(0, len(body), max(1, len(body) // 40)):
        raw = structs.replace(recording.raw, body=body[:end])
        assert total(recording.forms(), raw)
        assert total(recording.forms(sender=recording.sender), raw)
    if recording in SIGNED:
        assert doubted(recording.forms(), structs.replace(recording.raw, body=body[:-1]))


@every
def test_however_large_it_is_read_soon(recording: Recording) -> None:
    padding = HUGE - len(recording.raw.body)
    for filler in (b" ", b"&a[b][c]=1", b',{"a":[', b"%00"):
        raw = structs.replace(recording.raw, body=recording.raw.body + filler * (padding // len(filler)))
        began = time.thread_time()
        assert total(recording.forms(), raw)
        assert time.thread_time() - began < QUICK


@pytest.mark.parametrize("sender", ALL, ids=lambda sender: sender.name)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b'"x"',
        b"=",
        b"&&",
        b"a",
        b'{"payment":"{"}',
        b"payment=[1,{]",
    ],
)
def test_no_sender_is_harmed_by_junk(sender: object, body: bytes) -> None:
    recording = Recording(
        "html-junk", Raw(body=body, headers={}, received_at=ALL_OF_THEM[0].raw.received_at), {}
    )
    assert total(recording.forms(sender=getattr(sender, "name"), secret="a"), recording.raw)  # noqa: B009, S106


def test_every_sender_has_a_recording() -> None:
    assert {sender.name for sender in ALL} == {recording.sender for recording in ALL_OF_THEM}


def forgeries(recording: Recording) -> Iterator[Raw]:
    """Give it with another body, and with each signature spoilt in one letter or left out."""
    if recording.expected.get("over") == "nothing":
        return
    yield structs.replace(recording.raw, body=recording.raw.body + b" ")
    middle = len(recording.raw.body) // 2
    spoilt_body = recording.raw.body[:middle] + b"~" + recording.raw.body[middle + 1 :]
    yield structs.replace(recording.raw, body=spoilt_body)
    for name, value in recording.raw.headers.items():
        if "signature" in name or "hmac" in name:
            spoilt = value[:-3] + ("b" if value[-3] != "b" else "c") + value[-2:]
            yield structs.replace(recording.raw, headers={**recording.raw.headers, name: spoilt})
            yield structs.replace(recording.raw, headers={**recording.raw.headers, name: ""})


def doubted(forms: Forms, raw: Raw) -> str:
    """Say why it is not proven, "" where it is; its sender is refused."""
    doubt = forms.doubt(raw)
    assert doubt is None or doubt.answer.status == 401
    return doubt.why if doubt else ""


def total(forms: Forms, raw: Raw) -> bool:
    """Do all that is done to a post; ValueError is the one answer to junk."""
    forms.refuse(raw)
    forms.doubt(raw)
    forms.answer(raw)
    for reading in (forms.read, forms.explain):
        try:
            reading(raw)
        except ValueError:
            continue
    return True


def shown(event: FormSubmitted, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Give of a request what is compared."""
    told: dict[str, Any] = {name: getattr(event, name) for name in TEXTS if name in wanted}
    if "fields" in wanted:
        told["fields"] = {field.label: field.value for field in event.fields}
    if "origin" in wanted:
        told["origin"] = {field.label: field.value for field in event.origin}
    if "order" in wanted:
        told["order"] = ordered(event.order, wanted["order"])
    return told


def ordered(order: Order | None, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give of an order what is compared."""
    if order is None:
        return None
    told = json.loads(json.dumps(structs.asdict(order), default=lambda value: structs.asdict(value)
                                 if isinstance(value, msgspec.Struct) else str(value)))  # fmt: skip
    lines = [
        {name: line[name] for name in compared}
        for line, compared in zip(told["lines"], wanted.get("lines", told["lines"]), strict=True)
    ]
    return {name: lines if name == "lines" else told[name] for name in wanted}
