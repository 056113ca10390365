"""What holds for every connector that is registered, ours and others' alike .

Settings read as a manual, a reader that junk makes raise ValueError and nothing else, web methods that answer whatever
comes, and the exceptions by which the hub knows what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import FieldInfo, fields

from hub.channels import connector_kinds
from hub.chats import SendMessage
from hub.connector import (
    Answer,
    AuthFailed,
    Connector,
    Doubt,
    Listener,
    Raw,
    Refused,
    Sender,
    Unavailable,
    WebIntake,
    listens,
    takes_posts,
)
from hub.events import Event
from tests.connectors.telegram.bots import Ear

WIRE = Path(__file__).parents[1] / "wire"
KINDS = dict(connector_kinds())
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SAMPLES: Mapping[object, object] = {str: "1", int: 1, float: 1.0, bool: False, datetime: AT}

every = pytest.mark.parametrize("kind", KINDS)
who_takes_posts = pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if takes_posts(kind)])
who_listens = pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if listens(kind)])
thorough = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["9" * 400, "1e999", "\x00", "ÅÄÖ \u202e", 10**30, -1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
headers = st.dictionaries(
    st.sampled_from([
        "content-type", "authorization", "x-hub-signature-256", "x-viber-content-signature", "user-agent", ":query",
        "x-telegram-bot-api-secret-token", ":path", ":method", ":remote", "origin",
    ]),
    st.text(max_size=40) | st.sampled_from(["application/json", "sha256=00", "Bearer x", "%ff=%00&a[", "GET"]),
)  # fmt: skip


def made(kind: str) -> Connector:
    """Give a connector of which nothing is set up."""
    connector = KINDS[kind]
    return connector("channel", "sesame", connector.settings_type())


def recorded(kind: str) -> list[Any]:
    """Give what was recorded of its other side, as far as that is JSON."""
    found = []
    for path in sorted((WIRE / kind).glob("**/*.json")) if (WIRE / kind).exists() else []:
        try:
            found.append(msgspec.json.decode(path.read_bytes()))
        except msgspec.DecodeError:
            continue
    return found


def wrong_somewhere(draw: st.DrawFn, whole: object) -> object:
    """Put something else in one place of it."""
    if isinstance(whole, dict) and whole and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(whole)))
        return {**whole, key: wrong_somewhere(draw, whole[key])}
    if isinstance(whole, list) and whole and draw(st.integers(0, 5)):
        place = draw(st.integers(0, len(whole) - 1))
        return [*whole[:place], wrong_somewhere(draw, whole[place]), *whole[place + 1 :]]
    return draw(junk)


@st.composite
def bodies(draw: st.DrawFn, kind: str) -> bytes:
    """Give bytes of any kind, or what the other side sends with something wrong in it."""
    known = recorded(kind)
    if known and draw(st.booleans()):
        return msgspec.json.encode(_finite(wrong_somewhere(draw, draw(st.sampled_from(known)))))
    which = draw(st.integers(0, 3))
    deep = st.sampled_from([b"[" * 1_200, b'{"a":' * 1_200, b'{"update_id":1,"message":' * 1_200])
    written = junk.map(lambda value: msgspec.json.encode(_finite(value)))
    return draw((st.binary(max_size=200), written, deep, st.text(max_size=200).map(_bytes))[which])


@st.composite
def raws(draw: st.DrawFn, kind: str) -> Raw:
    """Give such an item."""
    return Raw(body=draw(bodies(kind)), headers=draw(headers), received_at=AT, key="01ABC")


@every
def test_every_setting_has_a_title_and_a_sentence_and_can_be_left_out(kind: str) -> None:
    connector = KINDS[kind]
    assert connector.kind == kind
    unset = connector.settings_type()
    assert msgspec.convert(msgspec.to_builtins(unset), connector.settings_type) == unset
    shown = msgspec.json.schema(connector.settings_type)["$defs"][connector.settings_type.__name__][
        "properties"
    ]
    for name, told in shown.items():
        assert told.get("title"), name
        assert told.get("description"), name


@every
@given(data=st.data())
@thorough
def test_junk_makes_the_reader_raise_valueerror_and_nothing_else(kind: str, data: st.DataObject) -> None:
    connector, raw = made(kind), data.draw(raws(kind))
    first, again = outcome(connector, raw), outcome(connector, raw)
    assert first == again
    for event in first if isinstance(first, tuple) else ():
        assert isinstance(event, Event)
        assert can_be_kept(event)


@who_takes_posts
@given(data=st.data())
@thorough
def test_whatever_is_sent_gets_an_answer(kind: str, data: st.DataObject) -> None:
    connector, raw = made(kind), data.draw(raws(kind))
    intake = cast("WebIntake", connector)
    assert isinstance(intake.refuse(raw), Answer | None)
    assert isinstance(intake.doubt(raw), Doubt | None)
    assert isinstance(intake.preflight(raw.headers), Mapping)
    if intake.refuse(raw) is None and intake.doubt(raw) is None:
        assert isinstance(intake.answer(raw), Answer)
    for name, gives in (("key", str), ("stream", str), ("asks", bool)):
        say = getattr(connector, name, None)
        assert say is None or isinstance(say(raw), gives)


@who_listens
async def test_a_listener_that_is_not_set_up_says_so_by_the_exceptions_that_the_hub_knows(kind: str) -> None:
    with pytest.raises((Unavailable, AuthFailed)) as error:
        await asyncio.wait_for(cast("Listener", made(kind)).run(Ear()), 10)
    assert str(error.value)


# What these send is shown by the hub itself: there is no other side that could be missing.
HERE = frozenset({"webchat"})


@every
async def test_a_sender_that_is_not_set_up_says_so_by_the_exceptions_that_the_hub_knows(kind: str) -> None:
    if kind in HERE:
        return
    for command in KINDS[kind].carries:
        with pytest.raises((Unavailable, AuthFailed, Refused)) as error:
            await asyncio.wait_for(cast("Sender", made(kind)).send(sample(command)), 10)
        assert str(error.value)


@every
def test_a_messenger_says_what_it_allows(kind: str) -> None:
    rules = KINDS[kind].rules
    if rules is None:
        assert SendMessage not in KINDS[kind].carries
        return
    assert rules.handle
    assert min(rules.text, rules.file) > 0
    assert rules.caption >= 0  # 0: words go before a file, as a message of their own


def outcome(connector: Connector, raw: Raw) -> Sequence[object] | str:
    """Give what is made of an item, or the words with which it is refused."""
    try:
        return tuple(connector.read(raw))
    except ValueError as error:
        return str(error)


def can_be_kept(event: object) -> bool:
    """Tell whether every database could keep what an event says: no NUL, and no half of a letter."""
    written = msgspec.json.encode(event, enc_hook=str).replace(
        b"\\\\", b""
    )  # backslashes that were said themselves
    return b"\\u0000" not in written


def sample(kind: type) -> Any:  # noqa: ANN401 - of any command
    """Give a command of a kind with as little in it as may be."""
    return kind(**{each.name: _sample(each) for each in fields(kind) if each.required})


def _sample(field: FieldInfo) -> object:
    return SAMPLES.get(field.type, "1")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _finite(value: object) -> object:
    """Give what JSON can say."""
    if isinstance(value, float):
        return value if value == value and abs(value) < 1e308 else None  # noqa: PLR0124 - NaN alone is not itself
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {str(_finite(key)): _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)
