"""What the journal's room asks and counts: which items, today's figures, and the filters to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hub.channels import LiveChannel
from hub.clock import now
from hub.journal import Inbound
from hub.web.journal_item import ICONS

FILTERS = {
    "failed": ("Failed", Inbound.failed_at),
    "waiting": ("Waiting", Inbound.due_at),
    "set-aside": ("Set aside", Inbound.set_aside_at),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items somebody asks for."""

    filter: str
    channel: str
    before: int | None

    def address(self, **other: str) -> str:
        """Give the address of this list, or of one that differs in `filter`, `channel` or `before`."""
        wanted = {"filter": self.filter, "channel": self.channel, **other}
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"/journal?{query}" if query else "/journal"


class Stat(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that opens its rows."""

    name: str
    value: int
    href: str
    note: str = ""
    state: str = ""


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A filter to choose."""

    words: str
    href: str
    current: bool
    count: int = 0
    icon: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What came today and became of it, and what is open from any day."""

    received: int
    last_at: datetime | None
    became: int
    set_aside: int
    waiting: int
    failed: int


def count(session: Session, since: datetime) -> Counts:
    """Count what came since a moment. Ids grow with time, so walking back over them touches no older item."""
    before = session.scalar(
        select(Inbound.id).where(Inbound.received_at < since).order_by(Inbound.id.desc()).limit(1)
    )
    received, became, set_aside, last_at = session.execute(
        select(
            func.count(),
            func.count(Inbound.done_at),
            func.count(Inbound.set_aside_at),
            func.max(Inbound.received_at),
        ).where(Inbound.id > (before or 0))
    ).one()

    def still_open(column: InstrumentedAttribute[datetime | None]) -> int:
        return session.scalar(select(func.count()).where(column.is_not(None))) or 0

    return Counts(
        received=received,
        last_at=last_at,
        became=became,
        set_aside=set_aside,
        waiting=still_open(Inbound.due_at),
        failed=still_open(Inbound.failed_at),
    )


def stats(counts: Counts) -> Iterable[Stat]:
    """Give the figures at the top, each of which opens its rows."""
    yield Stat(name="Received today", value=counts.received, note=_ago(counts.last_at), href="/journal")
    yield Stat(name="Became something", value=counts.became, note="today", href="/journal")
    yield Stat(name="Set aside", value=counts.set_aside, note="today", href="/journal?filter=set-aside")
    yield Stat(
        name="Waiting",
        value=counts.waiting,
        href="/journal?filter=waiting",
        note="being read" if counts.waiting else "nothing waits",
        state="soon" if counts.waiting else "ok",
    )
    yield Stat(
        name="Failed",
        value=counts.failed,
        note="nothing is lost",
        href="/journal?filter=failed",
        state="late" if counts.failed else "ok",
    )


def chips(asked: Asked, counts: Counts, channels: Iterable[LiveChannel]) -> Iterable[Chip]:
    """Give the filters: the states, then the channels."""
    known = {"failed": counts.failed, "waiting": counts.waiting}
    yield Chip(
        words="Everything",
        href=asked.address(filter="", channel=""),
        current=not (asked.filter or asked.channel),
    )
    for name, (words, _column) in FILTERS.items():
        yield Chip(
            words=words,
            count=known.get(name, 0),
            href=asked.address(filter=name),
            current=asked.filter == name,
        )
    for channel in channels:
        yield Chip(
            words=channel.title,
            icon=ICONS.get(channel.kind, "journal"),
            href=asked.address(channel=channel.name),
            current=asked.channel == channel.name,
        )


def _ago(moment: datetime | None) -> str:
    if moment is None:
        return "nothing yet"
    seconds = int((now() - moment).total_seconds())
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"last {seconds // size} {unit} ago"
    return f"last {max(0, seconds)} s ago"
