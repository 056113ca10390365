"""Files of chats that lie with the messenger: fetched as soon as they are known, for many are there for an hour only.

What was fetched is an attachment of its message. What cannot be had now is tried for two days; then, and where it never
will be had, the message says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import settling
from crm.attachments import Attachment
from crm.chats import MEDIA, ChatMedia
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.desk import contact_changed
from hub import image_kinds
from hub.clock import now
from hub.db import announce
from hub.rows import insert
from hub.timers import Due

TIMER = MEDIA
CLAIM = timedelta(minutes=30)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
DOUBLINGS = 12
GIVEN_UP = timedelta(days=2)
FIRST_BYTES = 64
NAME = 200  # letters
UNKNOWN = "application/octet-stream"
MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "video/mp4": ".mp4", "video/webm": ".webm", "application/pdf": ".pdf",
}  # fmt: skip


class Found(NamedTuple):
    """What a file is: bytes, and its media type, seen in a picture, of others as the messenger says."""

    size: int
    type: str


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next file comes due."""
    return session.scalar(select(func.min(ChatMedia.due_at)).where(ChatMedia.due_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, ChatMedia]]:
    """Claim what is due, oldest first."""
    rows = session.scalars(
        select(ChatMedia).where(ChatMedia.due_at <= moment).order_by(ChatMedia.due_at).limit(limit)
        .with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    for row in rows:
        row.attempts, row.due_at = row.attempts + 1, moment + CLAIM
    return [(row.id, row) for row in rows]


def measure(row: ChatMedia, file: Path) -> Found:
    """Look what was fetched."""
    with file.open("rb") as content:
        seen = image_kinds.kind_of(content.read(FIRST_BYTES))
    claimed = row.type.partition(";")[0].strip().lower()
    believed = claimed if MIME.fullmatch(claimed) and not claimed.startswith("image/") else UNKNOWN
    return Found(file.stat().st_size, seen or believed)


def keep(session: Session, media_id: int, blob: str, found: Found) -> None:
    """Keep what was fetched as an attachment of its message."""
    row = session.get_one(ChatMedia, media_id, with_for_update=True, populate_existing=True)
    if row.attachment_id is None:
        row.attachment_id = insert(
            session, Attachment, interaction_id=row.interaction_id, name=called(row, found.type), type=found.type,
            size=found.size, blob=blob,
        )  # fmt: skip
    row.size, row.due_at, row.error = found.size, None, None
    _tell(session, row)


def put_off(session: Session, media_id: int, why: str, *, for_good: bool = False) -> None:
    """Say what failed, and try again later, up to two days; not where it failed for good."""
    row = session.get_one(ChatMedia, media_id)
    again = now() + min(FIRST_PAUSE * 2 ** min(row.attempts - 1, DOUBLINGS), LONGEST_PAUSE)
    row.error = why
    row.due_at = None if for_good or again > row.asked_at + GIVEN_UP else again
    _tell(session, row)


def try_again(session: Session, row: ChatMedia) -> None:
    """Have a file fetched now, after what was wrong was mended."""
    if row.attachment_id is None:
        row.due_at, row.attempts, row.asked_at = now(), 0, now()
        announce(session, Due(TIMER, now()))


def called(row: ChatMedia, kind: str) -> str:
    """Give what a file is called: as who sent it called it, else by what it is."""
    return " ".join(row.name.split())[:NAME] or f"{row.kind}{ENDINGS.get(kind, '')}"


def _tell(session: Session, row: ChatMedia) -> None:
    touch = session.get_one(Interaction, row.interaction_id)
    contact_changed(session, session.get_one(Contact, touch.contact_id))
    if touch.conversation_id is not None:
        settling.tell(session, touch.conversation_id)
