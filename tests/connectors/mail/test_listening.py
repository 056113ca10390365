"""A mailbox is listened to: each letter is kept once, whatever the server, the line or we ourselves go through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta

import pytest

from connectors.mail.imap import Mailbox
from connectors.mail.imap_link import Address
from connectors.mail.listening import Source, listen
from hub.boards import Board
from hub.connector import AuthFailed, Line, Raw, Unavailable
from tests.connectors.mail.desk import Desk, letter
from tests.eventually import eventually
from tests.servers.dovecot import PASSWORD


class Kept(Line):
    """What a listener gave, as the hub keeps it over restarts."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.is_up = False
        self.letters: dict[str, Raw] = {}
        self.given = 0
        self.marks: dict[str, str] = {}

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep a letter once."""
        assert stream
        self.given += 1
        self.letters.setdefault(key, raw)

    async def up(self) -> None:
        """Be told that all is heard."""
        self.is_up = True

    async def mark(self, name: str, value: str) -> None:
        """Keep a mark."""
        self.marks[name] = value

    async def marked(self, name: str) -> str:
        """Give it back."""
        return self.marks.get(name, "")

    async def missed_since(self) -> datetime | None:
        """Know of no gap."""
        return None

    async def filled(self, words: str) -> None:
        """Be told nothing."""

    async def unfilled(self, words: str) -> None:
        """Be told nothing."""

    def show(self, look: Callable[[], Board]) -> None:
        """Show nothing."""

    @property
    def subjects(self) -> list[str]:
        """Give what the letters are about, in the order in which they came."""
        return [
            raw.body.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
            for raw in self.letters.values()
        ]


@pytest.fixture
def kept() -> Kept:
    """Give a line that has kept nothing yet."""
    return Kept()


def source(
    desk: Desk, *folders: str, since: date | None = None, port: int = 0, password: str = PASSWORD
) -> Source:
    """Say how a test's user's letters are read."""

    async def enter(box: Mailbox) -> None:
        await box.log_in(desk.user, password)

    return Source(Address("127.0.0.1", port or desk.server.port, "none"), enter, folders or ("INBOX",), since)


@asynccontextmanager
async def listening(kept: Kept, given: Source) -> AsyncIterator[asyncio.Task[None]]:
    """Listen for a while."""
    kept.is_up = False
    task = asyncio.create_task(listen(kept, given))
    try:
        await eventually(lambda: kept.is_up or task.done())
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Unavailable):
            await task


async def test_what_comes_is_kept_and_what_was_there_is_left(desk: Desk, kept: Kept) -> None:
    desk.deliver(letter("Long ago"))
    async with listening(kept, source(desk)):
        desk.deliver(letter("First"), letter("Second"))
        await eventually(lambda: kept.subjects == ["First", "Second"], 5)
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
        await eventually(lambda: " 1 " in kept.marks["INBOX"])
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
