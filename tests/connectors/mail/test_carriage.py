"""Much leaves by a process beside the hub: what it does stands in the log, whatever becomes of it or of us."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from connectors.mail import bulk_office
from connectors.mail.account import Account
from connectors.mail.bulk_office import BulkOffice
from connectors.mail.bulk_orders import Setup
from connectors.mail.carriage import Carriage
from hub import bulk_logs
from hub.bulk_logs import BulkLog
from hub.bulk_mail import Copy
from hub.connector import AuthFailed, Unavailable
from tests.connectors.mail.mailing import batch, copy
from tests.connectors.mail.writing import OFFICE
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.sink import Sink

MANY = [copy(number) for number in range(1, 301)]
HANGING = {1, 3}
"""Whose letters are on their way, over two lines, where the server says nothing any more; the next are announced."""


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """Give a server that keeps what it gets."""
    async with sinks.sink() as made:
        made.offers.append("PIPELINING")
        yield made


def made_for(sink: Sink) -> BulkOffice:
    """Give an office that sends there."""
    setup = Setup(own=OFFICE, host="127.0.0.1", port=sink.port, tls="none")
    return BulkOffice(setup, Account("office", lambda: "sesame"))


@pytest.fixture
async def office(sink: Sink, tmp_path: Path) -> AsyncIterator[BulkOffice]:
    """Have what comes first leave from here, and wait for the carrier; then forget it all."""
    made = made_for(sink)
    log = BulkLog.begun(tmp_path, "first")
    try:
        await made.send(batch(MANY[: bulk_office.MUCH]), log)
        assert ends(log) == dict.fromkeys(range(1, bulk_office.MUCH + 1), "sent")
        assert not log.is_untouched(1)
        await eventually(lambda: bool(made.carriers), 20)
        sink.letters.clear()
        yield made
    finally:
        log.close()
        await made.close()


@pytest.fixture
def log(tmp_path: Path) -> BulkLog:
    """Give the log of the batch."""
    return BulkLog.begun(tmp_path, "lease")


def ends(log: BulkLog) -> dict[int, str]:
    """Give in a word what became of each; of one with a dot and no answer nobody knows."""
    found = log.found
    assert found.is_whole
    return dict.fromkeys(found.dotted, "unknown") | {fate.copy: fate.end for fate in found.fates}


async def hangs(
    office: BulkOffice, sink: Sink, log: BulkLog, copies: Sequence[Copy] = MANY
) -> asyncio.Task[None]:
    """Have a batch be under way, and its server say nothing any more once it has the first letters."""
    sink.silent_at = "."
    sending = asyncio.create_task(office.send(batch(copies), log))
    await eventually(lambda: len(sink.letters) == len(HANGING))
    return sending


def goes_on(sink: Sink) -> None:
    """Have the server speak again."""
    sink.silent_at = ""
    sink.goes_on.set()


async def test_much_leaves_by_a_process_beside_the_hub(office: BulkOffice, sink: Sink, log: BulkLog) -> None:
    sink.says["kund-7@example.net"] = "550 5.1.1 Unknown"
    odd = copy(9, "@")  # no address at all
    await office.send(batch([*MANY[:8], odd, *MANY[9:]]), log)
    expected = dict.fromkeys(range(1, 301), "sent") | {7: "refused", 9: "refused"}
    assert log.is_untouched(1)  # as far as we know ourselves
    assert ends(log) == expected
    fates = {fate.copy: fate for fate in log.found.fates}
    assert (fates[7].code, fates[7].enhanced, fates[7].words) == (550, "5.1.1", "Unknown")
    assert fates[9].words == "“@” is no mail address."
    assert {each.recipients[0] for each in sink.letters} == {f"kund-{n}@example.net" for n in expected} - {
        "kund-7@example.net", "kund-9@example.net",
    }  # fmt: skip
    assert not bulk_logs.is_held(log.path)


async def test_little_needs_no_process(sink: Sink, log: BulkLog, office: BulkOffice) -> None:
    for each in office.carriers:
        os.kill(each, signal.SIGSTOP)
    try:
        await asyncio.wait_for(office.send(batch(MANY[: bulk_office.MUCH - 1]), log), 10)
    finally:
        for each in office.carriers:
            os.kill(each, signal.SIGCONT)
    assert len(sink.letters) == bulk_office.MUCH - 1


async def test_one_that_is_killed_loses_nothing_and_the_next_one_goes_on(
    office: BulkOffice, sink: Sink, log: BulkLog, tmp_path: Path
) -> None:
    sending = await hangs(office, sink, log)
    (process,) = office.carriers
    os.kill(process, signal.SIGKILL)
    with pytest.raises(Unavailable, match="has ended"):
        await sending
    assert ends(log) == dict.fromkeys(HANGING, "unknown")
    goes_on(sink)
    rest, others = [each for each in MANY if each.id not in HANGING], BulkLog.begun(tmp_path, "rest")
    await office.send(batch(rest), others)
    assert len(ends(others)) == len(rest)
    await eventually(lambda: bool(office.carriers), 20)
    assert office.carriers != [process]


async def test_nothing_more_is_begun_once_it_is_stopped(office: BulkOffice, sink: Sink, log: BulkLog) -> None:
    sending = await hangs(office, sink, log)
    log.stop()
    goes_on(sink)
    await sending
    assert set(ends(log).values()) == {"sent"}
    assert ends(log).keys() >= HANGING
    assert len(sink.letters) == len(ends(log)) < len(MANY) / 4


async def test_a_copy_that_is_withheld_does_not_leave(office: BulkOffice, sink: Sink, log: BulkLog) -> None:
    sending = await hangs(office, sink, log)
    withheld = frozenset(range(200, 301))
    log.withhold(withheld)
    goes_on(sink)
    await sending
    assert ends(log) == dict.fromkeys(range(1, 200), "sent")


async def test_what_was_withheld_before_does_not_leave_either(
    office: BulkOffice, sink: Sink, log: BulkLog
) -> None:
    log.withhold({1, 5})
    await office.send(batch(MANY), log)
    assert ends(log).keys() == set(range(1, 301)) - {1, 5}
    assert len(sink.letters) == len(MANY) - 2


async def test_nothing_is_written_any_more_once_it_is_broken_off(
    office: BulkOffice, sink: Sink, log: BulkLog
) -> None:
    sending = await hangs(office, sink, log)
    assert bulk_logs.is_held(log.path)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert not bulk_logs.is_held(log.path)
    assert ends(log) == dict.fromkeys(HANGING, "unknown")


async def test_a_carrier_ends_with_its_hub_and_holds_the_log_until_then(
    sink: Sink, log: BulkLog, office: BulkOffice
) -> None:
    sending = await hangs(office, sink, log)
    office._carriages[0]._asked.transport.abort()  # as a killed hub lets go
    with pytest.raises(Unavailable):
        await asyncio.wait_for(sending, 10)
    await eventually(lambda: not bulk_logs.is_held(log.path))
    assert ends(log) == dict.fromkeys(HANGING, "unknown")


async def test_who_ends_the_hub_and_its_processes_leaves_it_to_the_hub_when_one_ends(
    office: BulkOffice, sink: Sink, log: BulkLog
) -> None:
    sending = await hangs(office, sink, log)
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(office.carriers[0], number)
    goes_on(sink)
    await sending
    assert ends(log) == dict.fromkeys(range(1, 301), "sent")


async def test_what_is_on_its_way_comes_to_its_end_when_the_office_closes(
    office: BulkOffice, sink: Sink, log: BulkLog
) -> None:
    sending = await hangs(office, sink, log)
    closing = asyncio.create_task(office.close())
    await asyncio.sleep(0)
    goes_on(sink)
    await asyncio.gather(sending, closing)
    assert set(ends(log).values()) == {"sent"}
    assert len(sink.letters) == len(ends(log)) < len(MANY) / 4


async def test_who_is_refused_is_told_so(office: BulkOffice, sink: Sink, log: BulkLog) -> None:
    sink.offers.append("AUTH PLAIN")
    sink.says["AUTH"] = "535 5.7.8 Wrong"
    sink.hang_up()
    with pytest.raises(AuthFailed, match="refuses user “office”"):
        await office.send(batch(MANY), log)
    assert ends(log) == {}


async def test_where_no_process_can_be_had_all_leaves_from_here(
    sink: Sink,
    log: BulkLog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    office = made_for(sink)
    await office.send(batch(MANY), log)
    await eventually(lambda: "they leave from here" in caplog.text)
    again = BulkLog.begun(tmp_path, "again")
    await office.send(batch(MANY), again)
    await office.close()
    assert len(sink.letters) == 2 * len(MANY)
    assert ends(log) == ends(again) == dict.fromkeys(range(1, 301), "sent")


async def test_one_that_cannot_begin_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "python"
    wrong.write_text("#!/bin/sh\nexit 1\n")
    wrong.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(wrong))
    with pytest.raises(Unavailable, match="has ended"):
        await Carriage.start(Setup(own=OFFICE, host="127.0.0.1", port=1, tls="none"))
