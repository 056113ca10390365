"""A recording is fetched once its call ended, written down, heard by whom its department says, and forgotten."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs
from sqlalchemy import select

from crm import recordings
from crm.calls import Call
from crm.recordings import Recording, may_hear
from hub.blobs import Blobs
from hub.channels import Channels, LiveChannel
from hub.clock import Clock, now
from hub.connector import Connector, Refused, Settings, Unavailable
from hub.writing_down import Secretary
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import Switchboard
from tests.crm.test_waveform import tone
from tests.eventually import eventually

FILE = "/var/spool/asterisk/monitor/1764.7.wav"


class Pbx(Connector):
    """A PBX whose recordings lie in a folder; `fails` is raised instead."""

    kind = "pbx"
    folder: Path
    fails: Exception | None = None

    async def bring(self, name: str, into: Path) -> None:
        """Bring what is there."""
        if self.fails:
            raise self.fails
        shutil.copyfile(self.folder / Path(name).name, into)


class Known:
    """The channels of a hub that has this one alone."""

    def __init__(self, connector: Connector) -> None:
        """Know it."""
        self._channel = LiveChannel(2, "pbx", "Office", "pbx", "s", connector)

    async def find(self, _channel_id: int) -> LiveChannel:
        """Give it, whichever is asked for."""
        return self._channel


@pytest.fixture
def pbx_server(tmp_path: Path) -> Pbx:
    """Give a PBX with one recording of three seconds."""
    made = Pbx("pbx", "s", Settings())
    made.folder = tmp_path
    tone(tmp_path / "1764.7.wav", 0, 0.8, 0.3)
    return made


@pytest.fixture
def recorder(firm: Klarruta, pbx_server: Pbx, tmp_path: Path) -> Secretary:
    """Give the one who fetches, without a program that writes down."""
    return recorder_of(firm, pbx_server, tmp_path)


def recorder_of(firm: Klarruta, server: Pbx, folder: Path, *command: str) -> Secretary:
    """Give the one who fetches."""
    return Secretary(
        firm.db, Blobs(folder / "blobs"), cast("Channels", Known(server)), recordings, command, 20
    )


@pytest.fixture
async def call(pbx: Switchboard) -> int:
    """Give a call of Sales that Elin took and that was recorded."""
    ringing = pbx.rings()
    talking = structs.replace(pbx.answered(ringing), recorded=True, recording=FILE)
    await pbx.tells(talking)
    await pbx.tells(pbx.ended(talking, seconds=3))
    return await pbx.firm.do(lambda session: session.scalars(select(Call.id)).one())


async def the_only(firm: Klarruta) -> Recording:
    """Give the recording that there is."""
    return await firm.do(lambda session: session.scalars(select(Recording)).one())


async def do_what_is_due(firm: Klarruta, recorder: Secretary) -> None:
    """Do once what is due by now."""
    for _id, row in await firm.do(recordings.take, now(), 10):
        await recorder._do(row)


async def test_it_is_fetched_once_the_call_ended(
    firm: Klarruta, recorder: Secretary, call: int, clock: Clock, tmp_path: Path
) -> None:
    await do_what_is_due(firm, recorder)
    assert (await the_only(firm)).kept_at is None  # the PBX still writes its end
    clock.advance(seconds=6)
    await do_what_is_due(firm, recorder)
    kept = await the_only(firm)
    assert (kept.call_id, kept.type, kept.seconds, kept.due_at) == (call, "audio/wav", 3.0, None)
    assert max(kept.peaks) > 70
    assert (
        Blobs(tmp_path / "blobs").path(str(kept.blob)).read_bytes() == (tmp_path / "1764.7.wav").read_bytes()
    )


async def test_told_twice_it_is_fetched_once(firm: Klarruta, pbx: Switchboard, call: int) -> None:
    first = await firm.do(lambda session: session.get_one(Call, call))
    await firm.do(lambda session: recordings.ask_for(session, session.get_one(Call, call)))
    assert (await the_only(firm)).call_id == first.id
    await pbx.talks()  # not recorded
    assert (await the_only(firm)).call_id == first.id


async def test_what_cannot_be_had_yet_is_tried_again_with_growing_pauses_and_told(
    firm: Klarruta, recorder: Secretary, pbx_server: Pbx, call: int, clock: Clock
) -> None:
    del call
    pbx_server.fails = Unavailable("The folder with the recordings is not there: /mnt")
    pauses = []
    for _ in range(4):
        clock.advance(hours=1)
        await do_what_is_due(firm, recorder)
        row = await the_only(firm)
        assert row.due_at is not None
        pauses.append((row.due_at - now()).total_seconds())
    assert pauses == pytest.approx([10, 20, 40, 80], abs=3)
    assert (await the_only(firm)).error == "The folder with the recordings is not there: /mnt"
    pbx_server.fails = None
    clock.advance(hours=1)
    await do_what_is_due(firm, recorder)
    assert (await the_only(firm)).error is None
    assert (await the_only(firm)).kept_at is not None


async def test_after_two_days_it_is_given_up_and_a_press_tries_it_again(
    firm: Klarruta, recorder: Secretary, pbx_server: Pbx, call: int, clock: Clock
) -> None:
    del call
    pbx_server.fails = Unavailable("It is not there")
    clock.advance(days=2, hours=1)
    await do_what_is_due(firm, recorder)
    assert (await the_only(firm)).due_at is None
    pbx_server.fails = None
    await firm.do(lambda session: recordings.try_again(session, session.scalars(select(Recording)).one()))
    await do_what_is_due(firm, recorder)
    assert (await the_only(firm)).kept_at is not None


async def test_a_refusal_is_final_and_said(
    firm: Klarruta, recorder: Secretary, pbx_server: Pbx, call: int, clock: Clock
) -> None:
    del call
    pbx_server.fails = Refused("The PBX names no recording")
    clock.advance(hours=1)
    await do_what_is_due(firm, recorder)
    row = await the_only(firm)
    assert (row.error, row.due_at, row.kept_at) == ("The PBX names no recording", None, None)


async def test_a_program_writes_down_what_was_said(
    firm: Klarruta, pbx_server: Pbx, call: int, clock: Clock, tmp_path: Path
) -> None:
    del call
    script = "import sys, wave; print('[0:01]', wave.open(sys.argv[1]).getnframes(), 'samples')"
    recorder = recorder_of(firm, pbx_server, tmp_path, sys.executable, "-c", script, "{file}")
    clock.advance(hours=1)
    await do_what_is_due(firm, recorder)
    await do_what_is_due(firm, recorder)
    row = await the_only(firm)
    assert (row.lines, row.error, row.due_at) == ([[1.0, "24000 samples"]], None, None)


async def test_a_program_that_fails_leaves_the_sound_and_says_why(
    firm: Klarruta, pbx_server: Pbx, call: int, clock: Clock, tmp_path: Path
) -> None:
    del call
    recorder = recorder_of(firm, pbx_server, tmp_path, sys.executable, "-c", "raise SystemExit('no model')")
    clock.advance(hours=1)
    await do_what_is_due(firm, recorder)
    await do_what_is_due(firm, recorder)
    row = await the_only(firm)
    assert row.blob is not None
    assert (row.lines, row.due_at) == (None, None)
    assert "no model" in str(row.error)


@pytest.mark.parametrize(
    ("rule", "hear"),
    [
        ("talked", {"Elin", "Sofia", "Maria"}),
        ("department", {"Elin", "Johan", "Sofia", "Maria"}),
        ("heads", {"Sofia", "Maria"}),
    ],
)
async def test_who_hears_it_is_as_the_department_says(
    firm: Klarruta, call: int, rule: str, hear: set[str]
) -> None:
    await firm.change_department("Sales", recordings_heard_by=rule)
    heard = set()
    for name in ("Elin", "Johan", "Sofia", "Nils", "Maria"):
        who = await firm.who(name)
        if await firm.do(lambda session, who=who: may_hear(session, who, session.get_one(Call, call))):
            heard.add(name)
    assert heard == hear


async def test_it_is_forgotten_when_its_department_keeps_it_no_longer(
    firm: Klarruta, recorder: Secretary, call: int, clock: Clock
) -> None:
    del call
    clock.advance(hours=1)
    await do_what_is_due(firm, recorder)
    await firm.change_department("Sales", recordings_days=7)
    clock.advance(days=6)
    assert await firm.do(recordings.forget_old, now()) == 0
    clock.advance(days=1, hours=1)
    assert await firm.do(recordings.forget_old, now()) == 1
    row = await the_only(firm)
    assert (row.blob, row.peaks, row.lines) == (None, [], None)
    assert row.forgotten_at is not None
    assert await firm.do(recordings.forget_old, now()) == 0


async def test_the_hub_does_it_by_itself(
    firm: Klarruta, recorder: Secretary, call: int, clock: Clock
) -> None:
    del call
    running = asyncio.create_task(recorder.run())
    clock.advance(hours=1)
    recorder.timer.wake()

    async def is_kept() -> bool:
        return (await the_only(firm)).kept_at is not None

    await eventually(is_kept, 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
