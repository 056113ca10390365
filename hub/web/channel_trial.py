"""Trying a channel: a harmless item goes the real road, and what became of it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import journal
from hub.blobs import Blobs
from hub.channels import Channels, LiveChannel
from hub.clock import now
from hub.connector import Raw, WebIntake
from hub.db import Database
from hub.journal import Inbound
from hub.languages import _
from hub.ulid import ulid
from hub.web.problems import Problem

PREFIX = "test:"
GOOD = range(200, 400)


class Trial(msgspec.Struct, frozen=True):
    """What became of a trial so far."""

    id: int
    state: str
    words: str
    received_at: datetime
    seconds: float | None


def has_trial(channels: Channels, channel_id: int) -> bool:
    """Tell whether a channel can be tried."""
    living = _living(channels, channel_id)
    return living is not None and living.connector.trial() is not None


async def send(db: Database, blobs: Blobs, channels: Channels, channel_id: int) -> str:
    """Send the connector's own harmless item as a stranger would; gives its key in the journal."""
    living = _living(channels, channel_id)
    trial = living.connector.trial() if living else None
    if living is None or trial is None:
        raise Problem(409, _("This channel cannot be tried from here."))
    raw = Raw(body=trial.body, headers=trial.headers, received_at=now(), key=f"{PREFIX}{ulid()}")
    intake = cast("WebIntake", living.connector) if hasattr(living.connector, "answer") else None
    refusal = intake.refuse(raw) if intake else None
    if refusal is not None:
        raise Problem(
            409, _("The channel refuses its own test with status %(status)s.", status=refusal.status)
        )
    await journal.accept(db, blobs, channel_id, raw.key, raw)
    if intake and intake.answer(raw).status not in GOOD:
        raise Problem(409, _("The test was kept, but its sender would hear of a failure."))
    return raw.key


def trial_of(session: Session, channel_id: int, key: str) -> Trial | None:
    """Give what became of a trial."""
    if not key.startswith(PREFIX):
        return None
    item = session.scalar(select(Inbound).where(Inbound.channel_id == channel_id, Inbound.key == key))
    if item is None:
        return None
    if item.done_at is not None:
        seconds = (item.done_at - item.received_at).total_seconds()
        return Trial(item.id, "ok", item.became or "", item.received_at, seconds)
    if item.failed_at is not None or item.attempts:
        return Trial(item.id, "late", item.error or "", item.received_at, None)
    return Trial(item.id, "soon", _("It waits to be read."), item.received_at, None)


def _living(channels: Channels, channel_id: int) -> LiveChannel | None:
    try:
        return channels.get(channel_id)
    except LookupError:
        return None
