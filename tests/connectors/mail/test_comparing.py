"""A mailbox is compared with the journal: what is missing there is fetched, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from connectors.mail.comparing import compare
from hub.comparable import Day
from hub.connector import AuthFailed, Unavailable
from tests.connectors.mail.desk import Desk, letter
from tests.connectors.mail.kept import Kept, listening, source
from tests.eventually import eventually

LONG_AGO = date.today() - timedelta(days=30)  # noqa: DTZ011 - the server's own


def counted(days: Sequence[Day]) -> list[tuple[int, int]]:
    """Give what was counted of the server's own day; midnight may have come since the letters."""
    today = date.today()  # noqa: DTZ011 - as it has it
    assert all(each.day in {today, today - timedelta(days=1)} for each in days)
    return [(each.held, each.missing) for each in days]


@pytest.fixture
async def read(desk: Desk, kept: Kept) -> Kept:
    """Give a line that kept five letters of an inbox, all that there are."""
    desk.deliver(*(letter(f"No. {number}") for number in range(5)))
    async with listening(kept, source(desk, since=LONG_AGO)):
        pass
    assert len(kept.letters) == 5
    kept.given = 0
    return kept


async def test_where_all_is_here_nothing_is_fetched(desk: Desk, read: Kept) -> None:
    assert counted(await compare(read, source(desk, since=LONG_AGO), LONG_AGO)) == [(5, 0)]
    assert read.given == 0


async def test_what_the_journal_lost_is_fetched_and_told(desk: Desk, read: Kept) -> None:
    lost = list(read.letters)[1:3]
    for key in lost:
        del read.letters[key]
    assert counted(await compare(read, source(desk, since=LONG_AGO), LONG_AGO)) == [(5, 2)]
    assert sorted(read.subjects) == [f"No. {number}" for number in range(5)]
    assert counted(await compare(read, source(desk, since=LONG_AGO), LONG_AGO)) == [(5, 0)]


async def test_one_of_which_only_the_place_is_unknown_is_not_missing(desk: Desk, read: Kept) -> None:
    for key, raw in read.letters.items():
        read.letters[key] = type(raw)(
            body=raw.body, headers={**raw.headers, "place": "1 1"}, received_at=raw.received_at
        )
    assert counted(await compare(read, source(desk, since=LONG_AGO), LONG_AGO)) == [(5, 0)]
    assert read.given == 0


async def test_what_came_just_now_is_left_to_the_listener(desk: Desk, read: Kept) -> None:
    desk.deliver(letter("New"))
    assert counted(await compare(read, source(desk, since=LONG_AGO), LONG_AGO)) == [(5, 0)]
    assert "New" not in read.subjects


async def test_what_is_older_than_the_first_day_is_left(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("Old"))
    async with listening(kept, source(desk)):
        desk.deliver(letter("New"))
        await eventually(lambda: kept.subjects == ["New"])
    assert await compare(kept, source(desk), LONG_AGO) == []
    assert kept.subjects == ["New"]


async def test_letters_that_are_numbered_anew_are_left_to_the_listener(desk: Desk, read: Kept) -> None:
    desk.server.renumber(desk.user)
    assert await compare(read, source(desk, since=LONG_AGO), LONG_AGO) == []
    async with listening(read, source(desk)):
        pass
    assert counted(await compare(read, source(desk, since=LONG_AGO), LONG_AGO)) == [(5, 0)]
    assert len(read.letters) == 5


async def test_a_mailbox_that_nobody_reads_yet_is_said_as_such(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("There"))
    with pytest.raises(Unavailable, match="Nobody has begun to read this mailbox"):
        await compare(kept, source(desk, since=LONG_AGO), LONG_AGO)
    assert not kept.letters


async def test_a_wrong_password_is_said_as_such(desk: Desk, read: Kept) -> None:
    with pytest.raises(AuthFailed):
        await compare(read, source(desk, since=LONG_AGO, password="another"), LONG_AGO)  # noqa: S106 - a wrong one
