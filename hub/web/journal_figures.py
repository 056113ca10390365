"""What the journal's room counts: today's figures, and the filters to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from hub.channels import LiveChannel
from hub.clock import now
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.web.channel_views import ICONS
from hub.web.journal_search import SPANS, STATES, Asked


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
    aside: int


def count(session: Session, since: datetime) -> Counts:
    """Count what came since a moment. Ids grow with time, so walking back over them touches no older item."""
    before = session.scalar(
        select(Inbound.id).where(Inbound.received_at < since).order_by(Inbound.id.desc()).limit(1)
    )
    received, became, set_aside, last_at = session.execute(
        select(
            func.count(),
            func.count(Inbound.done_at),
            func.count(case((Inbound.unproven_at.is_(None), Inbound.set_aside_at))),
            func.max(Inbound.received_at),
        ).where(Inbound.id > (before or 0))
    ).one()

    def still_open(condition: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(condition)) or 0

    return Counts(
        received=received,
        last_at=last_at,
        became=became,
        set_aside=set_aside,
        waiting=still_open(STATES["waiting"][1]),
        failed=still_open(STATES["failed"][1]),
        aside=still_open(STATES["set-aside"][1]),
    )


def stats(counts: Counts) -> Iterable[Stat]:
    """Give the figures at the top, each of which opens its rows."""
    yield Stat(
        name=_("Received today"), value=counts.received, note=_ago(counts.last_at), href="/journal?span=today"
    )
    yield Stat(
        name=_("Became something"),
        value=counts.became,
        note=_("today"),
        href="/journal?filter=done&span=today",
    )
    yield Stat(
        name=_("Set aside"),
        value=counts.aside,
        note=ngettext("%(num)s today", "%(num)s today", counts.set_aside),
        href="/journal?filter=set-aside",
    )
    yield Stat(
        name=_("Waiting"),
        value=counts.waiting,
        href="/journal?filter=waiting",
        note=_("being read") if counts.waiting else _("nothing waits"),
        state="soon" if counts.waiting else "ok",
    )
    yield Stat(
        name=_("Failed"),
        value=counts.failed,
        note=_("nothing is lost"),
        href="/journal?filter=failed",
        state="late" if counts.failed else "ok",
    )


def chips(asked: Asked, counts: Counts, channels: Iterable[LiveChannel]) -> Iterable[Chip]:
    """Give the filters: the states, then the channels; the one that is chosen leads back to all."""
    known = {"failed": counts.failed, "waiting": counts.waiting, "set-aside": counts.aside}
    yield Chip(
        words=_("Everything"),
        href=asked.address(filter="", channel=""),
        current=not (asked.filter or asked.channel),
    )
    for name, (words, _condition) in STATES.items():
        chosen = asked.filter == name
        yield Chip(
            words=_(words),
            count=known.get(name, 0),
            href=asked.address(filter="" if chosen else name),
            current=chosen,
        )
    for channel in channels:
        chosen = asked.channel == channel.name
        yield Chip(
            words=channel.title,
            icon=ICONS.get(channel.kind, "journal"),
            href=asked.address(channel="" if chosen else channel.name),
            current=chosen,
        )


def spans(asked: Asked) -> Iterable[Chip]:
    """Give the spans of time to choose from."""
    for name, (words, _days) in SPANS.items():
        yield Chip(words=_(words), href=asked.address(span=name), current=asked.span == name)


def _ago(moment: datetime | None) -> str:
    if moment is None:
        return _("nothing yet")
    seconds = max(0, int((now() - moment).total_seconds()))
    if seconds >= 3600:  # noqa: PLR2004 - an hour
        return _("last %(n)s h ago", n=seconds // 3600)
    if seconds >= 60:  # noqa: PLR2004 - a minute
        return _("last %(n)s min ago", n=seconds // 60)
    return _("last %(n)s s ago", n=seconds)
