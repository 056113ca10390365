"""Who writes, where the messenger has to be asked: a name is worth a moment of waiting and no message."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from hub import introductions
from hub.chats import Chatter, MessageReceived
from hub.clock import Clock
from hub.connector import Settings
from hub.events import Event
from hub.introductions import Known, introduced
from tests.fake import Fake

HELLO = MessageReceived(key="1", chat="7", sender=Chatter(id="7"))


class Introducing(Fake):
    """Knows names, unless something is in its way."""

    trouble: Exception | None = None
    hangs = False

    async def introduce(self, events: Sequence[Event]) -> Sequence[Event]:
        """Name everybody Karin."""
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble:
            raise self.trouble
        return [MessageReceived(key="1", chat="7", sender=Chatter(id="7", name="Karin")) for _ in events]


@pytest.fixture
def connector() -> Introducing:
    return Introducing("chat", "sesame", Settings())


async def test_who_writes_is_named(connector: Introducing) -> None:
    (event,) = await introduced(connector, [HELLO])
    assert isinstance(event, MessageReceived)
    assert event.sender.name == "Karin"


async def test_a_connector_that_needs_no_asking_is_not_asked() -> None:
    assert await introduced(Fake("chat", "sesame", Settings()), [HELLO]) == [HELLO]


@pytest.mark.parametrize("trouble", [ValueError("x"), OSError("x"), RuntimeError("x")])
async def test_a_name_that_cannot_be_had_costs_no_message(connector: Introducing, trouble: Exception) -> None:
    connector.trouble = trouble
    assert await introduced(connector, [HELLO]) == [HELLO]


async def test_a_name_that_takes_too_long_is_done_without(
    connector: Introducing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introductions, "SECONDS", 0.05)
    connector.hangs = True
    assert await introduced(connector, [HELLO]) == [HELLO]


async def test_who_was_asked_for_is_known_for_a_day_and_not_everybody_for_ever(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(who: str) -> str:
        asked.append(who)
        return f"name of {who}"

    monkeypatch.setattr(introductions, "REMEMBERED", 2)
    known = Known[str]()
    for _ in range(3):
        assert await known.get("a", ask) == "name of a"
    clock.shift = timedelta(days=1, seconds=1)
    await known.get("a", ask)
    assert asked == ["a", "a"]
    for who in ("b", "c", "a"):
        await known.get(who, ask)
    assert asked == ["a", "a", "b", "c", "a"]
