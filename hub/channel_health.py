"""How a channel that listens is, kept on its row for people: since when it is heard, or why it is not.

`up_at`       since when everything is heard; None while it is not
`heard_at`    until when it surely was heard; written every minute, so that it is known of a hub that was killed, too;
              of one to which others send, until when the hub was there (hub/attending.py)
`unheard_at`  from when until `up_at` it was not heard: the latest gap
`trouble`     why the other side is not reached, since `trouble_at`
`refused_at`  when the other side refused our credentials; `trouble` says in which words
`missed_since` since when something may have been missed that nobody found out yet
`doing`       what goes on until it is up, such as how much of what was there before was read
`filled`      what was found out of the latest gap; `unfilled` why nothing could be
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from hub.bus import Notice
from hub.channel_changes import OVERSEERS
from hub.channels import Channel
from hub.clock import now
from hub.db import announce


def begin(session: Session, channel_id: int) -> None:
    """Know nothing yet of a listener that starts; what was refused before is tried anew."""
    row = _find(session, channel_id)
    row.up_at = row.doing = None
    if row.refused_at is not None:
        row.trouble = row.trouble_at = row.refused_at = None
    _tell(session, row)


def doing(session: Session, channel_id: int, words: str) -> None:
    """Say what goes on until it is up."""
    row = _find(session, channel_id)
    row.doing = words
    _tell(session, row)


def up(session: Session, channel_id: int, moment: datetime) -> None:
    """Say that it is heard since a moment, and from when until then it was not."""
    row = _find(session, channel_id)
    row.unheard_at = row.heard_at
    row.missed_since, row.filled = row.missed_since or row.heard_at, None
    row.up_at = row.heard_at = moment
    row.doing = row.trouble = row.trouble_at = row.refused_at = None
    _tell(session, row)


def heard(session: Session, channel_ids: Collection[int]) -> None:
    """Say that those of these channels that are up are still heard."""
    session.execute(
        update(Channel).where(Channel.id.in_(channel_ids), Channel.up_at.is_not(None)).values(heard_at=now()),
        execution_options={"synchronize_session": False},
    )


def lost(session: Session, channel_id: int, words: str) -> None:
    """Say why the other side is not reached; since when does not change while it goes on."""
    row = _find(session, channel_id)
    _lose(row, words)
    _tell(session, row)


def refused(session: Session, channel_id: int, words: str) -> None:
    """Say in which words the other side refused our credentials."""
    row = _find(session, channel_id)
    _lose(row, words)
    row.refused_at = now()
    _tell(session, row)


def missed_since(session: Session, channel_id: int) -> datetime | None:
    """Give since when something may have been missed."""
    return session.get_one(Channel, channel_id).missed_since


def filled(session: Session, channel_id: int, words: str) -> None:
    """Say in words what was found out of the time in which it was not heard: nothing is missing now."""
    row = _find(session, channel_id)
    row.missed_since, row.filled, row.unfilled = None, words, None
    _tell(session, row)


def unfilled(session: Session, channel_id: int, words: str, *, for_good: bool = False) -> None:
    """Say why that cannot be found out; `for_good`: nor later, so that the next gap is one of its own."""
    row = _find(session, channel_id)
    row.unfilled = words
    if for_good:
        row.missed_since = None
    _tell(session, row)


def stopped(session: Session, channel_id: int, up_at: datetime) -> None:
    """Say that we ended ourselves what was up since then, unless another node is up meanwhile."""
    row = _find(session, channel_id)
    if row.up_at == up_at:
        row.up_at, row.heard_at = None, now()
        _tell(session, row)


def _find(session: Session, channel_id: int) -> Channel:
    return session.get_one(Channel, channel_id, with_for_update=True)


def _lose(row: Channel, words: str) -> None:
    if row.up_at is not None:
        row.up_at, row.heard_at = None, now()
    row.doing, row.trouble, row.trouble_at = None, words, row.trouble_at or now()


def _tell(session: Session, row: Channel) -> None:
    if session.is_modified(row):  # the same trouble again, each minute, is no news
        announce(session, Notice(kind="channel", id=row.id, audience=OVERSEERS))
