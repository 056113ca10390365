"""Reading a mailbox: by UIDVALIDITY and UID, without setting a flag."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from connectors.mail.folder_names import written
from connectors.mail.imap import WHOLE, Mailbox
from connectors.mail.imap_answers import Answer, Fetched, Letter
from connectors.mail.imap_link import Address
from hub.clock import now
from hub.connector import Refused
from tests.connectors.mail.desk import Desk, letter
from tests.servers.dovecot import PASSWORD
from tests.servers.relay import Relay

NAMES = ["Kundärenden", "Заявки/Новые", "R&D", "日本 & co", 'a "quoted" one', "back\\slash", "100 % *"]


async def read(box: Mailbox, uids: list[int]) -> list[Letter]:
    return [each async for each in box.letters(uids)]


async def test_letters_come_as_they_were_sent_and_stay_unseen(desk: Desk) -> None:
    desk.deliver(letter("One"), letter("Two"))
    box = await desk.inbox()
    uids = await box.uids_above(0)
    letters = await read(box, uids)
    assert [each.uid for each in letters] == uids == [1, 2]
    assert letters[1].raw.endswith(letter("Two"))
    assert all(not flags & {"\\Seen"} for flags in (await box.flags(uids)).values())


async def test_the_last_letter_does_not_come_again(desk: Desk) -> None:
    desk.deliver(letter("One"))
    box = await desk.inbox()
    assert await box.uids_above(0) == [1]
    assert await box.uids_above(1) == []
    assert await box.uids_above(500) == []


async def test_an_empty_folder_has_none(desk: Desk) -> None:
    box = await desk.inbox()
    assert await box.uids_above(0) == []
    assert await read(box, []) == []


async def test_letters_that_are_gone_by_now_are_left_out(desk: Desk) -> None:
    desk.deliver(letter("One"))
    box = await desk.inbox()
    assert [each.uid for each in await read(box, [1, 2, 77])] == [1]


async def test_a_folder_tells_its_uidvalidity_and_what_comes_next(desk: Desk) -> None:
    desk.deliver(letter("One"), letter("Two"))
    box = await desk.logged_in()
    opened = await box.open("INBOX")
    assert opened.uidvalidity > 0
    assert opened.uidnext == 3
    assert opened.exists == 2
    assert opened.changed > 0


async def test_a_new_uidvalidity_is_seen(desk: Desk) -> None:
    desk.deliver(letter("One"))
    before = await (box := await desk.logged_in()).open("INBOX")
    await box.log_out()
    desk.server.renumber(desk.user)
    after = await (await desk.logged_in()).open("INBOX")
    assert after.uidvalidity != before.uidvalidity
    assert after.exists == 1


async def test_a_folder_that_is_not_there_is_refused(desk: Desk) -> None:
    box = await desk.logged_in()
    with pytest.raises(Refused, match="Mailbox doesn't exist"):
        await box.open("Nowhere")
    assert await box.folders()  # the line still stands


async def test_what_needs_an_open_folder_is_refused_before(desk: Desk) -> None:
    box = await desk.logged_in()
    with pytest.raises(Refused):
        await box.uids_above(0)


@pytest.mark.parametrize("name", NAMES)
async def test_a_folder_of_any_name_is_found_opened_and_written_into(desk: Desk, name: str) -> None:
    box = await desk.logged_in()
    await box._tell("CREATE", written(name))
    assert name in {folder.name for folder in await box.folders()}
    uid = await box.append(letter("Sent"), name, now())
    await box.open(name)
    assert await box.uids_above(0) == [uid]


async def test_a_name_of_two_lines_is_no_second_command(desk: Desk) -> None:
    box = await desk.logged_in()
    with pytest.raises(Refused, match="one line"):
        await box.open('INBOX"\r\nA1 DELETE "Sent')


async def test_the_folder_of_sent_letters_says_that_it_is_that(desk: Desk) -> None:
    folders = await (await desk.logged_in()).folders()
    assert [folder.name for folder in folders if "\\sent" in folder.marks] == ["Sent"]
    assert {folder.separator for folder in folders} == {"/"}


async def test_a_sent_copy_is_seen_and_keeps_its_time(desk: Desk) -> None:
    box = await desk.logged_in()
    uid = await box.append(letter("Answer"), "Sent", datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
    await box.open("Sent")
    assert (await box.flags([uid]))[uid] >= {"\\Seen"}
    assert (await read(box, [uid]))[0].raw == letter("Answer")
    told = await box._tell("FETCH", str(uid), "(INTERNALDATE)", by_uid=True)
    assert b'"01-Mar-2026 12:30:00 +0000"' in told.responses[0][0]


async def test_letters_are_marked(desk: Desk) -> None:
    desk.deliver(letter("One"), letter("Two"))
    box = await desk.inbox()
    await box.mark([1])
    assert {uid: "\\Seen" in flags for uid, flags in (await box.flags([1, 2])).items()} == {1: True, 2: False}


@pytest.mark.parametrize("hidden", ["", "MOVE", "MOVE,UIDPLUS"])
async def test_letters_are_moved_whatever_the_server_can_do(desk: Desk, line: Relay, hidden: str) -> None:
    line.change = lambda said: _without(said, hidden)
    desk.deliver(letter("One"), letter("Two"))
    box = await desk.inbox(line.port)
    await box.move([1], "Sent")
    left = await box.flags(await box.uids_above(0))
    assert [uid for uid, flags in left.items() if "\\Deleted" not in flags] == [2]
    await box.open("Sent")
    assert [each.raw[-30:] for each in await read(box, await box.uids_above(0))] == [letter("One")[-30:]]


async def test_a_letter_beyond_the_limit_comes_with_its_header(desk: Desk) -> None:
    desk.deliver(letter("Small"), letter("Large", size=100_000), letter("Small too"))
    box = await desk.inbox()
    letters = [each async for each in box.letters([1, 2, 3], largest=50_000)]
    assert [each.is_whole for each in letters] == [True, False, True]
    assert b"Subject: Large\r\n" in letters[1].raw
    assert len(letters[1].raw) < 5_000
    assert letters[1].size > 100_000


async def test_headers_are_read_without_their_letters(desk: Desk) -> None:
    desk.deliver(letter("One", size=100_000), letter("Two"))
    box = await desk.inbox()
    headers = [each.raw async for each in box.letters([1, 2], largest=0)]
    assert [header.endswith(b"\r\n\r\n") and len(header) < 5_000 for header in headers] == [True, True]


async def test_letters_are_found_by_their_day(desk: Desk) -> None:
    box = await desk.logged_in()
    for month in (1, 2, 3):
        await box.append(letter(f"{month}"), "Sent", datetime(2026, month, 15, tzinfo=UTC))
    await box.open("Sent")
    assert await box.uids_since(date(2026, 2, 15)) == [2, 3]


async def test_new_letters_end_the_wait(desk: Desk) -> None:
    box = await desk.inbox()
    waiting = asyncio.create_task(box.news_above(0, 60))
    await asyncio.to_thread(desk.deliver, letter("One"))
    assert await asyncio.wait_for(waiting, 30) == [1]


async def test_a_wait_without_news_ends_in_time_and_the_next_one_works(desk: Desk) -> None:
    box = await desk.inbox()
    assert await box.news_above(0, 0.1) == []
    waiting = asyncio.create_task(box.news_above(0, 60))
    await asyncio.to_thread(desk.deliver, letter("One"))
    assert await asyncio.wait_for(waiting, 30) == [1]


async def test_where_the_server_does_not_tell_it_is_asked(
    desk: Desk, line: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.mail.imap_dialogue.POLL_SECONDS", 0.1)
    line.change = lambda said: _without(said, "IDLE")
    box = await desk.inbox(line.port)
    waiting = asyncio.create_task(box.news_above(0, 60))
    await asyncio.to_thread(desk.deliver, letter("One"))
    assert await asyncio.wait_for(waiting, 30) == [1]
    assert b"IDLE" not in b"".join(line.heard)


def _without(said: bytes, hidden: str) -> bytes:
    for word in filter(None, hidden.split(",")):
        said = said.replace(b" " + word.encode(), b"")
    return said


class Damaged(Mailbox):
    """A mailbox of a server that cannot give two of its letters: of one it gives the header, of one nothing."""

    async def _fetch(self, uids: Sequence[int], what: str) -> list[Fetched]:
        if "BODY" in what and (3 in uids or (2 in uids and what == WHOLE)):
            raise Refused("Cannot open message")
        return await super()._fetch(uids, what)


async def test_a_letter_that_the_server_cannot_give_keeps_no_other_waiting(desk: Desk) -> None:
    desk.deliver(*(letter(f"No. {number}") for number in range(1, 5)))
    box = Damaged(Address("127.0.0.1", desk.server.port, "none"))
    try:
        await box.connect()
        await box.log_in(desk.user, PASSWORD)
        await box.open("INBOX")
        got = [(each.uid, each.is_whole) async for each in box.letters([1, 2, 3, 4])]
    finally:
        box.close()
    assert got == [(1, True), (2, False), (4, True)]


@pytest.mark.parametrize(("words", "is_passing"), [
    (b"[ALERT] Too many simultaneous connections. (Failure)", True),
    (b"[THROTTLED] slow down", True), (b"AUTHENTICATE failed, try again later", True),
    (b"[ALERT] Invalid credentials (Failure)", False), (b"LOGIN failed.", False),
])  # fmt: skip
def test_what_a_server_refuses_for_a_while_is_told_from_a_wrong_password(
    words: bytes, *, is_passing: bool
) -> None:
    assert Answer("NO", words, ()).is_passing == is_passing
