"""The line to a real Asterisk is cut while people call: what is told after it is as if nothing had happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.asterisk import catching_up
from hub.clock import now
from hub.connector import Raw
from hub.events import CallFound, CallState
from tests.connectors.asterisk.stage import ANOTHER, CUSTOMER, DIRECT, RECORDED, Stage, on_stage
from tests.connectors.asterisk.test_connector import Heard, compare, connector_to, lived, seen
from tests.connectors.asterisk.written import calls_in, chronicles
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody wait long, and clocks agree: they are one."""
    monkeypatch.setattr(catching_up, "PAUSES", (0.5, 0.1))
    monkeypatch.setattr(catching_up, "MARGIN", 0.0)


class Listening:
    """A connector that hears a PBX, and does not for a while."""

    def __init__(self, asterisk: Asterisk, **settings: object) -> None:
        """Hear nothing yet."""
        self.line = Heard(connector_to(asterisk, **settings))
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Listen; what was not heard since the last time is known to be missing."""
        self.line.is_up.clear()
        self._task = asyncio.create_task(self.line._connector.run(self.line))
        await asyncio.wait_for(self.line.is_up.wait(), 10)

    async def lose(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self.line.missed = self.line.missed or now()

    @property
    def found(self) -> list[CallState]:
        """Give the calls that were found, in their order."""
        told = [event for raw in self.line.kept.values() for event in self.line._connector.read(raw)]
        return sorted(
            (each.call for each in told if isinstance(each, CallFound)), key=lambda call: call.started_at
        )


@pytest.fixture
async def stage(asterisk: Asterisk) -> AsyncIterator[Stage]:
    """Everybody at his telephone."""
    async with on_stage(asterisk) as given:
        yield given


def kept_in(asterisk: Asterisk, place: str) -> dict[str, object]:
    """Give the setting that says where this PBX writes."""
    asterisk.write_into_a_database()
    recorded = {"recorded_in": str(asterisk.recordings)}
    if place == "file":
        return {"cel_file": str(asterisk.cel_file), **recorded}
    return {"cel_database": f"sqlite:///{asterisk.cel_database}", **recorded}


def is_there(recording: str) -> bool:
    """Tell whether the PBX has such a recording."""
    return Path(recording).is_file()


async def talk(stage: Stage) -> None:
    """Have a customer be answered, until the PBX has ended it all."""
    customer, _ = await stage.connected()
    customer.hangs_up()
    await stage.quiet()


@pytest.mark.parametrize("place", ["file", "table"])
async def test_what_happened_meanwhile_is_found(asterisk: Asterisk, stage: Stage, place: str) -> None:
    hub = Listening(asterisk, **kept_in(asterisk, place))
    await hub.begin()
    ends, staff = await stage.connected()  # begins before the line is cut, and ends after
    await hub.lose()
    await stage.a_while()
    ends.hangs_up()
    await staff.is_over()
    in_vain = await stage.customer_calls(DIRECT, ANOTHER)  # wholly in the gap
    await stage.rings("101", in_vain.story)
    in_vain.hangs_up()
    await in_vain.is_over()
    answered, _ = await stage.connected(RECORDED, "102")  # wholly in the gap as well
    answered.hangs_up()
    await answered.is_over()
    lives, staff = await stage.connected()
    await hub.begin()
    await eventually(lambda: hub.line.missed is None)
    assert hub.line.words == "The PBX's records of that time were read: 3 calls."
    compare(hub.found, stage.stories[:3])
    assert [(call.ended_by, call.gap > 0) for call in hub.found] == [("customer", True)] * 3
    assert [is_there(call.recording) for call in hub.found] == [False, False, True]
    lives.hangs_up()  # heard again, and not taken from the records
    await staff.is_over()
    await eventually(lambda: [call.outcome for call in hub.line.calls if call.customer == CUSTOMER][-1])
    assert len(hub.found) == 3
    await hub.lose()


async def test_what_is_read_twice_is_the_same_item(asterisk: Asterisk, stage: Stage) -> None:
    hub = Listening(asterisk, cel_file=str(asterisk.cel_file))
    hub.line.missed = before = now()
    await talk(stage)
    await calls_in(chronicles(asterisk)[0], before.timestamp(), 1)
    await stage.a_while()  # the PBX writes its last line behind the hang-up
    for _ in range(2):
        hub.line.missed = before
        await hub.begin()
        await eventually(lambda: hub.line.missed is None)
        await hub.lose()
    assert [seen(call) for call in hub.found] == [lived(stage.stories[0])]
    items = [raw for raw in hub.line.kept.values() if b"CallWritten" in raw.body]
    assert len(items) == 1


async def test_what_cannot_be_read_is_said_and_read_as_soon_as_it_can(
    asterisk: Asterisk, stage: Stage
) -> None:
    away = asterisk.cel_file.with_name("away.csv")
    hub = Listening(asterisk, cel_file=str(away))
    hub.line.missed = now()
    await talk(stage)
    await hub.begin()
    await eventually(lambda: "away.csv is not there" in hub.line.words)
    assert hub.line.missed is not None
    away.symlink_to(asterisk.cel_file)
    await eventually(lambda: hub.line.missed is None)
    assert [seen(call) for call in hub.found] == [lived(stage.stories[0])]
    away.unlink()
    await hub.lose()


async def test_nothing_is_read_where_nothing_is_missing(asterisk: Asterisk, stage: Stage) -> None:
    del stage
    hub = Listening(asterisk, cel_file="/no/such/file")
    await hub.begin()
    await eventually(lambda: not hub.line._connector._asking)  # type: ignore[attr-defined]
    assert (hub.line.words, hub.found) == ("", [])
    await hub.lose()


async def test_what_breaks_the_reading_is_said_and_does_not_end_the_listening(
    asterisk: Asterisk, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(catching_up, "of_the_gap", break_off)
    hub = Listening(asterisk, cel_file=str(asterisk.cel_file))
    hub.line.missed = now()
    await hub.begin()
    await eventually(lambda: hub.line.words == "It broke off: a bug")
    await talk(stage)
    await eventually(lambda: hub.line.is_over(1))
    await hub.lose()


@pytest.mark.parametrize(
    "body",
    [b'{"type":"CallWritten"}', b'{"type":"CallWritten","entries":[],"since":1,"until":1e300}',
     b'{"type":"CallWritten","entries":[{"kind":"HANGUP","at":-1,"leg":"1","call":"1","channel":"x"}],"since":1,"until":2}'],
)  # fmt: skip
def test_junk_in_the_journal_is_refused(asterisk: Asterisk, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Object|Expected"):
        connector_to(asterisk).read(Raw(body=body, headers={}, received_at=now() - timedelta(1)))
