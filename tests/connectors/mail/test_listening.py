"""A mailbox is listened to: each letter is kept once, whatever the server, the line or we ourselves go through."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest

from connectors.mail.imap import Mailbox
from connectors.mail.listening import listen
from hub.connector import AuthFailed, Unavailable
from tests.connectors.mail.desk import Desk, letter
from tests.connectors.mail.kept import Kept, listening, source
from tests.eventually import eventually


async def test_what_comes_is_kept_and_what_was_there_is_left(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("Long ago"))
    async with listening(kept, source(desk)):
        desk.deliver(letter("First"), letter("Second"))
        await eventually(lambda: kept.subjects == ["First", "Second"])
    assert {raw.headers["from"] for raw in kept.letters.values()} == {"customer@example.net"}


async def test_from_a_day_on_what_was_there_is_read(desk: Desk, kept: Kept) -> None:
    desk.deliver(*(letter(f"No. {number}") for number in range(120)))
    async with listening(kept, source(desk, since=date.today() - timedelta(days=1))):  # noqa: DTZ011 - the server's own
        assert kept.subjects == [f"No. {number}" for number in range(120)]


async def test_where_nothing_came_since_a_day_what_is_older_is_left(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("Long ago"))
    async with listening(kept, source(desk, since=date.today() + timedelta(days=2))):  # noqa: DTZ011 - the server's own
        desk.deliver(letter("New"))
        await eventually(lambda: "New" in kept.subjects)
    assert kept.subjects == ["New"]


async def test_after_a_restart_it_goes_on_where_it_was(desk: Desk, kept: Kept) -> None:
    async with listening(kept, source(desk)):
        desk.deliver(letter("Before"))
        await eventually(lambda: kept.subjects == ["Before"])
        await eventually(lambda: " 1 " in kept.marks[source(desk).mark_of("INBOX")])
    desk.deliver(letter("Meanwhile"))
    async with listening(kept, source(desk)):
        assert (kept.subjects, kept.given) == (["Before", "Meanwhile"], 2)


async def test_letters_that_are_numbered_anew_are_not_kept_twice(desk: Desk, kept: Kept) -> None:
    async with listening(kept, source(desk)):
        desk.deliver(letter("One"), letter("Two"))
        await eventually(lambda: len(kept.letters) == 2)
    desk.server.renumber(desk.user)
    desk.deliver(letter("Three"))
    async with listening(kept, source(desk)):
        assert kept.subjects == ["One", "Two", "Three"]


async def test_several_folders_are_read_and_one_letter_in_two_of_them_is_one(desk: Desk, kept: Kept) -> None:
    box = await desk.logged_in()
    await box._tell("CREATE", '"F&APY-rfr&AOU-gningar"')
    async with listening(kept, source(desk, "INBOX", "Förfrågningar")):
        desk.deliver(letter("Hello"))
        await eventually(lambda: kept.subjects == ["Hello"])
        raw = next(iter(kept.letters.values())).body
        await box.append(raw, "Förfrågningar", datetime.now().astimezone())
        await box.append(letter("Price"), "Förfrågningar", datetime.now().astimezone())
        await eventually(lambda: kept.subjects == ["Hello", "Price"])
    assert kept.given == 3


async def test_a_server_that_goes_is_noticed_and_nothing_is_lost(desk: Desk, kept: Kept) -> None:
    async with listening(kept, source(desk)) as task:
        desk.server.kill()
        await eventually(task.done)
        with pytest.raises(Unavailable):
            task.result()
    desk.server.end_all()
    desk.server.start()
    desk.deliver(letter("After"))
    async with listening(kept, source(desk)):
        assert kept.subjects == ["After"]


async def test_a_wrong_password_is_said_as_such(desk: Desk, kept: Kept) -> None:
    with pytest.raises(AuthFailed):
        await asyncio.wait_for(listen(kept, source(desk, password="another")), 10)  # noqa: S106 - a wrong one


async def test_it_is_told_how_much_was_read_of_what_was_there(desk: Desk, kept: Kept) -> None:
    desk.deliver(*(letter(f"No. {number}") for number in range(120)))
    async with listening(kept, source(desk, since=date.today() - timedelta(days=1))):  # noqa: DTZ011 - the server's own
        assert kept.told == [f"Reads what was there: {done} of 120 letters" for done in (32, 64, 96)]
        desk.deliver(*(letter(f"New {number}") for number in range(60)))
        await eventually(lambda: len(kept.letters) == 180)
    assert len(kept.told) == 3  # what is new is none of it


async def test_a_long_first_reading_goes_on_where_it_was_broken_off(desk: Desk, kept: Kept) -> None:
    desk.deliver(*(letter(f"No. {number}") for number in range(120)))
    since = date.today() - timedelta(days=1)  # noqa: DTZ011 - the server's own
    kept.stops = True
    reading = asyncio.create_task(listen(kept, source(desk, since=since)))
    await eventually(lambda: kept.told)
    reading.cancel()
    await asyncio.wait([reading])
    assert kept.given == 32
    kept.stops = False
    async with listening(kept, source(desk, since=since)):
        assert (len(kept.letters), kept.given) == (120, 120)


async def test_what_is_kept_is_marked_as_read_where_that_is_wanted(desk: Desk, kept: Kept) -> None:
    async with listening(kept, source(desk, marks=True)):
        desk.deliver(letter("One"), letter("Two"))
        box = await desk.inbox()
        await eventually(lambda: _seen(box, 2))
    assert kept.subjects == ["One", "Two"]


async def test_what_is_kept_is_moved_where_that_is_wanted(desk: Desk, kept: Kept) -> None:
    box = await desk.logged_in()
    await box._tell("CREATE", '"Taken"')
    async with listening(kept, source(desk, moves_to="Taken")):
        desk.deliver(letter("One"), letter("Two"))
        await eventually(lambda: _holds(box, "Taken", 2))
        desk.deliver(letter("Three"))
        await eventually(lambda: _holds(box, "Taken", 3))
        assert await _holds(box, "INBOX", 0)
    assert kept.subjects == ["One", "Two", "Three"]


async def test_where_letters_cannot_be_moved_they_are_taken_all_the_same_and_it_is_said(
    desk: Desk, kept: Kept
) -> None:
    async with listening(kept, source(desk, moves_to="Nowhere")):
        desk.deliver(letter("One"))
        await eventually(lambda: kept.troubles)
        desk.deliver(letter("Two"))
        await eventually(lambda: kept.subjects == ["One", "Two"])
    [words] = kept.troubles
    assert words.startswith("Letters are taken, and left where they are: The mail server refuses: ")


async def test_a_folder_that_is_not_there_keeps_no_other_waiting(desk: Desk, kept: Kept) -> None:
    async with listening(kept, source(desk, "INBOX", "Gone")):
        desk.deliver(letter("One"))
        await eventually(lambda: kept.subjects == ["One"])
    assert kept.troubles[0].startswith("The folder “Gone” is not read: The mail server refuses: ")


async def test_another_account_is_read_from_its_own_beginning(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("Mine"))
    async with listening(kept, source(desk)):
        pass
    other = source(desk)._replace(user="somebody else")
    kept.marks["INBOX"] = kept.marks[source(desk).mark_of("INBOX")]
    assert kept.marks.get(other.mark_of("INBOX")) is None
    kept.marks["INBOX"] = ""
    desk.deliver(letter("New"))
    async with listening(kept, other._replace(since=date.today() - timedelta(days=1))):  # noqa: DTZ011 - the server's own
        assert kept.subjects == ["Mine", "New"]


async def test_a_mark_of_before_is_taken_over(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("Before"))
    async with listening(kept, source(desk)):
        pass
    kept.marks["INBOX"] = kept.marks.pop(source(desk).mark_of("INBOX"))
    desk.deliver(letter("Meanwhile"))
    async with listening(kept, source(desk)):
        assert (kept.subjects, kept.marks["INBOX"]) == (["Meanwhile"], "")


async def test_a_mark_beyond_the_end_is_not_believed(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("One"))
    async with listening(kept, source(desk, since=date.today() - timedelta(days=1))):  # noqa: DTZ011 - the server's own
        pass
    validity, _last, since = kept.marks[source(desk).mark_of("INBOX")].split()
    kept.marks[source(desk).mark_of("INBOX")] = f"{validity} 54321 {since}"
    desk.deliver(letter("Two"))
    async with listening(kept, source(desk)):
        assert kept.subjects == ["One", "Two"]


async def test_an_earlier_first_day_has_what_is_older_read(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("Old"))
    async with listening(kept, source(desk)):
        assert kept.subjects == []
    async with listening(kept, source(desk, since=date.today() - timedelta(days=3))):  # noqa: DTZ011 - the server's own
        assert kept.subjects == ["Old"]


async def _seen(box: Mailbox, count: int) -> bool:
    flags = await box.flags(await box.uids_above(0))
    return sum("\\Seen" in each for each in flags.values()) == count


async def _holds(box: Mailbox, folder: str, count: int) -> bool:
    return (await box.open(folder)).exists == count
