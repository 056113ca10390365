"""What a channel's senders were told day by day, and who sent last."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import answers
from hub.channels import Channels
from hub.connector import Raw
from hub.journal import Inbound
from hub.languages import _
from hub.web.moments import written

DAYS = 14


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One day, written out: how many were taken, not proven genuine, refused otherwise, and failed by our own fault."""

    written: str
    taken: int
    unproven: int
    refused: int
    broken: int
    statuses: str


def told(session: Session, channel_id: int) -> list[Told]:
    """Give the last days on which anybody was told anything, the newest first."""
    return [
        Told(
            written=written(day, "EEE d MMM"),
            taken=_of(statuses, range(200, 400)),
            unproven=statuses.get(HTTPStatus.UNAUTHORIZED, 0),
            refused=_of(statuses, range(400, 500)) - statuses.get(HTTPStatus.UNAUTHORIZED, 0),
            broken=_of(statuses, range(500, 600)),
            statuses=", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items())),
        )
        for day, statuses in answers.latest(session, channel_id, DAYS)
    ]


def last_sender(session: Session, channels: Channels, channel_id: int) -> str:
    """Say which kind of sender the last item is one of, "" where that is not known."""
    newest = select(Inbound).where(Inbound.channel_id == channel_id)
    item = session.scalar(newest.order_by(Inbound.received_at.desc(), Inbound.id.desc()).limit(1))
    if item is None or item.body is None:
        return ""
    raw = Raw(body=item.body, headers=item.headers, received_at=item.received_at, key=item.key)
    try:
        return _(channels.get(channel_id).connector.sent_by(raw))
    except (LookupError, ValueError):
        return ""


def _of(statuses: Mapping[int, int], wanted: range) -> int:
    return sum(count for status, count in statuses.items() if status in wanted)
