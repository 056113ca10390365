"""What Viber, VK and Matrix sent becomes what is written beside it; what nobody sends is nothing but a ValueError."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.matrix import Matrix, MatrixSettings
from connectors.viber import Viber, ViberSettings
from connectors.vk import Vk, VkSettings
from hub.connector import Connector
from tests.connectors.chat_wire import becomes, body_of, raw, recorded, shown

CONNECTORS: dict[str, Viber | Vk | Matrix] = {
    "viber": Viber("viber", "sesame", ViberSettings()),
    "vk": Vk("vk", "sesame", VkSettings()),
    "matrix": Matrix("matrix", "sesame", MatrixSettings(user="@office:klarruta.example")),
}
ALL = [(messenger, name) for messenger in CONNECTORS for name in recorded(messenger)]
JUNK: list[Any] = [
    None, True, [], {}, [[]], "", "\0\u202e" * 9, "x" * 100_000, -1, 2**70, 1e308, [{}] * 500, {"": {"": {}}},
]  # fmt: skip


@pytest.mark.parametrize(("messenger", "name"), ALL)
def test_what_came_becomes_what_is_written_beside_it(messenger: str, name: str) -> None:
    events = CONNECTORS[messenger].read(raw(body_of(messenger, name)))
    assert [shown(event) for event in events] == becomes(messenger, name)


@pytest.mark.parametrize(("messenger", "name"), ALL)
def test_what_broke_off_is_said_to_be_unreadable(messenger: str, name: str) -> None:
    body = body_of(messenger, name)
    for end in range(0, len(body) - 1, 7):
        with pytest.raises(ValueError, match=r"JSON|transaction"):
            CONNECTORS[messenger].read(raw(body[:end]))


@pytest.mark.parametrize(("messenger", "name"), ALL)
def test_junk_in_any_place_raises_nothing_but_a_value_error(messenger: str, name: str) -> None:
    connector = CONNECTORS[messenger]
    for changed in spoiled(json.loads(body_of(messenger, name))):
        _is_total(connector, json.dumps(changed).encode())


@pytest.mark.parametrize("messenger", CONNECTORS)
@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"7", b"\xff\xfe", b'{"a":' * 50_000, b'{"events":[' + b"[" * 50_000, b'{"events":[1,"x",null,{}]}',
     b'{"event":"message"}', b'{"type":"message_new","object":7}', b'{"event":"\\ud800"}'],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_what_nobody_sends_raises_nothing_but_a_value_error(messenger: str, body: bytes) -> None:
    _is_total(CONNECTORS[messenger], body)


def _is_total(connector: Connector, body: bytes) -> None:
    """Ask all that the intake and the processor ask of an item."""
    item = raw(body, _path="")
    for ask in (connector.read, connector.parts):
        try:
            ask(item)
        except ValueError:
            continue
    for name in ("refuse", "doubt", "key", "stream", "answer"):
        getattr(connector, name)(item)


def spoiled(value: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """Give a message again and again, each time with junk in another place."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield {each: kept for each, kept in value.items() if each != name}
            yield from ({**value, name: junk} for junk in JUNK)
            yield from ({**value, name: changed} for changed in spoiled(inner))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from ([*value[:at], changed, *value[at + 1 :]] for changed in spoiled(inner))
