"""What somebody sends in a chat is fetched from the messenger and stands at its message, or why it does not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_media
from crm.attachments import Attachment
from crm.chats import ChatMedia
from hub.blobs import Blobs
from hub.bus import Notice
from hub.channels import Channels
from hub.clock import Clock, now
from hub.connector import Refused, Unavailable
from hub.fetching import Fetcher
from tests.crm.pigeons import PIGEONS, Loft, Pigeon
from tests.crm.test_recordings import Known

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


class Carrier(Pigeon):
    """Brings what it has under its foot; `fails` is raised instead."""

    content = PNG
    fails: Exception | None = None

    async def bring(self, ref: str, into: Path) -> None:
        """Bring it."""
        assert ref == "under the left foot"
        if self.fails:
            raise self.fails
        await asyncio.to_thread(into.write_bytes, self.content)


@pytest.fixture
def carrier(loft: Loft) -> Carrier:
    """Give the pigeon that brings."""
    return Carrier(loft.live.name, loft.live.token, loft.live.connector.settings)


@pytest.fixture
def fetcher(loft: Loft, carrier: Carrier, tmp_path: Path) -> Fetcher[ChatMedia]:
    """Give the one who fetches."""
    return Fetcher(loft.db, Blobs(tmp_path / "blobs"), cast("Channels", Known(carrier)), chat_media)


@pytest.fixture
async def sent(loft: Loft) -> int:
    """Have Ira send a photo, and give her message."""
    touch = await loft.asks("This one")
    await loft.db.write(Session.add, photo(touch))
    return touch


def photo(touch: int, **values: object) -> ChatMedia:
    """Give a photo that lies with the messenger."""
    plain = {"kind": "photo", "name": "", "type": "image/jpeg", "size": 9, "due_at": now()}
    return ChatMedia(interaction_id=touch, channel_id=PIGEONS, ref="under the left foot", **plain | values)


async def do_what_is_due(loft: Loft, fetcher: Fetcher[ChatMedia]) -> None:
    """Do once what is due by now."""
    for _id, row in await loft.db.write(chat_media.take, now(), 10):
        await fetcher._do(row)


async def the_only(loft: Loft) -> ChatMedia:
    """Give the file that there is."""
    return await loft.db.read(lambda session: session.scalars(select(ChatMedia)).one())


async def attached(loft: Loft) -> list[Attachment]:
    """Give what is kept."""
    return list(await loft.db.read(lambda session: session.scalars(select(Attachment)).all()))


async def test_a_photo_stands_at_its_message_as_what_it_is(
    loft: Loft, fetcher: Fetcher[ChatMedia], sent: int, tmp_path: Path
) -> None:
    notices: list[Notice] = []
    loft.db.listen(Notice, notices.append)
    await do_what_is_due(loft, fetcher)
    (file,), row = await attached(loft), await the_only(loft)
    assert (file.interaction_id, file.name, file.type, file.size) == (
        sent,
        "photo.png",
        "image/png",
        len(PNG),
    )
    assert Blobs(tmp_path / "blobs").path(file.blob).read_bytes() == PNG
    assert (row.attachment_id, row.due_at, row.error) == (file.id, None, None)
    assert {each.kind for each in notices} == {"contact", "conversation"}


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("application/pdf", "application/pdf"),
        ("Audio/OGG; codecs=opus", "audio/ogg"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/html\r\nX-Evil: 1", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
async def test_what_no_picture_is_called_one(
    loft: Loft, fetcher: Fetcher[ChatMedia], carrier: Carrier, claimed: str, kept: str
) -> None:
    carrier.content = b"<svg/>"
    touch = await loft.asks("This one")
    await loft.db.write(Session.add, photo(touch, type=claimed, name="  a\nname.x "))
    await do_what_is_due(loft, fetcher)
    (file,) = await attached(loft)
    assert (file.type, file.name) == (kept, "a name.x")


async def test_what_cannot_be_had_now_is_tried_for_two_days_with_growing_pauses(
    loft: Loft, fetcher: Fetcher[ChatMedia], carrier: Carrier, sent: int, clock: Clock
) -> None:
    del sent
    carrier.fails = Unavailable("the messenger is away")
    pauses = []
    for _ in range(3):
        await do_what_is_due(loft, fetcher)
        row = await the_only(loft)
        assert (row.error, row.due_at is not None) == ("the messenger is away", True)
        pauses.append(((row.due_at or now()) - now()).total_seconds())
        clock.advance(minutes=5)
    assert pauses == pytest.approx([5, 10, 20], abs=2)
    clock.advance(days=2)
    await do_what_is_due(loft, fetcher)
    assert (await the_only(loft)).due_at is None
    carrier.fails = None
    await loft.db.write(
        lambda session: chat_media.try_again(session, session.scalars(select(ChatMedia)).one())
    )
    await do_what_is_due(loft, fetcher)
    assert len(await attached(loft)) == 1


async def test_what_will_never_be_had_says_why(
    loft: Loft, fetcher: Fetcher[ChatMedia], carrier: Carrier, sent: int
) -> None:
    del sent
    carrier.fails = Refused("the file is gone")
    await do_what_is_due(loft, fetcher)
    row = await the_only(loft)
    assert (row.error, row.due_at, row.attachment_id) == ("the file is gone", None, None)


async def test_what_comes_may_be_larger_than_what_we_may_send(
    loft: Loft, fetcher: Fetcher[ChatMedia], carrier: Carrier, sent: int
) -> None:
    del sent
    assert Pigeon.rules.file == 1000
    carrier.content = b"x" * 1001
    await do_what_is_due(loft, fetcher)
    assert (await the_only(loft)).error is None
    assert [each.size for each in await attached(loft)] == [1001]


async def test_fetched_twice_it_is_attached_once(loft: Loft, fetcher: Fetcher[ChatMedia], sent: int) -> None:
    del sent
    ((_id, row),) = await loft.db.write(chat_media.take, now(), 10)
    await fetcher._do(row)
    await fetcher._do(row)
    assert len(await attached(loft)) == 1


async def test_who_has_it_in_hand_keeps_others_from_it_for_a_while(
    loft: Loft, sent: int, clock: Clock
) -> None:
    del sent
    assert len(await loft.db.write(chat_media.take, now(), 10)) == 1
    assert await loft.db.write(chat_media.take, now(), 10) == []
    assert await loft.db.read(chat_media.earliest, now()) is not None
    clock.advance(seconds=timedelta(minutes=31).total_seconds())
    assert len(await loft.db.write(chat_media.take, now(), 10)) == 1
