"""Channels as the console shows them: health in a word and a sentence, and figures that open their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from hub import comparisons, rhythm, unproven
from hub.channels import Channel, Channels, connector_kinds
from hub.clock import now
from hub.connector import listens
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.unproven import Apart
from hub.web.moments import midnight, when, written

WEEK = timedelta(days=7)
LATEST_FAILED = 3
DAYS = 14  # that are shown of what was compared
_CHATS = ("telegram", "whatsapp", "messenger", "instagram", "viber", "vk", "matrix", "webchat")
ICONS = {
    "form": "form",
    "mail": "mail",
    "asterisk": "phone",
    "telephony": "phone",
    **{each: each for each in _CHATS},
}


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came through a channel, and what of it is open."""

    last_at: datetime | None
    today: int
    week: int
    waiting: int
    failed: int
    aside: int
    apart: Apart | None
    usual: int | None = None
    silence: tuple[datetime, str] | None = None


class Failed(msgspec.Struct, frozen=True):
    """One item that could not be read, and why."""

    id: int
    at: datetime
    error: str


class Compared(msgspec.Struct, frozen=True):
    """One day, written out, on which the other side holds so many items, some of which may have been missing here."""

    written: str
    held: int
    missing: int


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One channel."""

    id: int
    name: str
    title: str
    kind: str
    icon: str
    state: str
    words: str
    why: str
    paused: bool
    last_at: datetime | None
    today: int
    week: int
    waiting: int
    failed: int
    aside: int
    apart: int = 0
    usual: int | None = None

    @property
    def journal(self) -> str:
        """Give the journal of this channel, for filters to be added."""
        return f"/journal?channel={self.name}"


def every(session: Session, channels: Channels, zone: ZoneInfo) -> list[Shown]:
    """Give all channels by title."""
    rows = session.scalars(select(Channel).order_by(Channel.title, Channel.id)).all()
    waiting, failed, aside = (_open(session, column) for column in _OPEN)
    apart = unproven.apart(session)
    return [
        shown(row, _traffic(session, row.id, zone, waiting, failed, aside, apart), channels, zone)
        for row in rows
    ]


def one(session: Session, row: Channel, channels: Channels, zone: ZoneInfo) -> Shown:
    """Give one channel."""
    waiting, failed, aside = (_open(session, column, row.id) for column in _OPEN)
    apart = unproven.apart(session)
    return shown(row, _traffic(session, row.id, zone, waiting, failed, aside, apart), channels, zone)


def shown(row: Channel, traffic: Traffic, channels: Channels, zone: ZoneInfo) -> Shown:
    """Show a channel with its traffic."""
    state, words, why = _health(row, traffic, channels.refusal(row.id), zone, hears=_hears(row, channels))
    return Shown(
        id=row.id, name=row.name, title=row.title, kind=row.kind, icon=ICONS.get(row.kind, "journal"),
        state=state, words=words, why=why, paused=row.paused_at is not None, last_at=traffic.last_at,
        today=traffic.today, week=traffic.week, waiting=traffic.waiting, failed=traffic.failed,
        aside=traffic.aside, usual=traffic.usual,
        apart=traffic.apart.count if traffic.apart else 0,
    )  # fmt: skip


def latest_failed(session: Session, channel_id: int) -> Iterator[Failed]:
    """Give the items that failed last, with their errors."""
    wanted = (
        select(Inbound)
        .options(defer(Inbound.body), defer(Inbound.headers))
        .where(Inbound.channel_id == channel_id, Inbound.failed_at.is_not(None))
        .order_by(Inbound.failed_at.desc())
        .limit(LATEST_FAILED)
    )
    for item in session.scalars(wanted):
        yield Failed(item.id, item.received_at, item.error or "")


def compared(session: Session, channel_id: int) -> list[Compared]:
    """Give the last days that were compared with the other side, the newest first."""
    rows = comparisons.latest(session, channel_id, DAYS)
    return [Compared(written(row.day, "EEE d MMM"), row.held, row.missing) for row in rows]


def _health(
    row: Channel, traffic: Traffic, refused: str, zone: ZoneInfo, *, hears: bool
) -> tuple[str, str, str]:
    """Say how a channel is: the state, a word or two, and what to do about it."""
    if row.kind not in connector_kinds():
        return "late", _("Not installed"), _("Install the connector “%(kind)s” again.", kind=row.kind)
    if refused:
        return "late", _("Settings are refused"), refused
    if row.paused_at is not None:
        kept = ngettext("%(num)s waits", "%(num)s wait", traffic.waiting)
        return "off", _("Paused since %(when)s", when=when(row.paused_at, zone)), kept
    return _at_work(row, traffic, zone, hears=hears)


def _hears(row: Channel, channels: Channels) -> bool:
    """Tell whether a channel listens: all of its kind do, or it is set up so."""
    kind = connector_kinds().get(row.kind)
    return (kind is not None and listens(kind)) or any(
        each.id == row.id and listens(each.connector) for each in channels
    )


def _at_work(row: Channel, traffic: Traffic, zone: ZoneInfo, *, hears: bool) -> tuple[str, str, str]:
    """Say how a channel is that may do what it is for."""
    if hears and row.trouble_at is not None:
        return _trouble(row, row.trouble_at, zone)
    if traffic.failed:
        words = ngettext("%(num)s could not be read", "%(num)s could not be read", traffic.failed)
        return "late", words, _("They are kept as they came.")
    if traffic.silence:
        since, told = traffic.silence
        return "late", _("Silent since %(when)s", when=when(since, zone)), told[:1].upper() + told[1:]
    return _hearing(row, zone) if hears else _taking(traffic, zone)


def _taking(traffic: Traffic, zone: ZoneInfo) -> tuple[str, str, str]:
    """Say how a channel is to which others send."""
    if traffic.apart:
        told = ngettext("%(num)s not proven genuine since %(when)s", "%(num)s not proven genuine since %(when)s",
                        traffic.apart.count, when=when(traffic.apart.since, zone))  # fmt: skip
        return "soon", told, _("They are kept for a day. Compare the secret with the sender's.")
    if traffic.last_at is None:
        return "off", _("Nothing has come yet"), ""
    return "ok", _("Works"), ""


def _trouble(row: Channel, since: datetime, zone: ZoneInfo) -> tuple[str, str, str]:
    """Say why a channel that listens is not heard."""
    words = str(row.trouble)
    if row.refused_at is not None:
        return (
            "late",
            _("Refused since %(when)s", when=when(row.refused_at, zone)),
            _("%(words)s: mend the settings.", words=words.rstrip(".")),
        )
    return "late", _("Not reachable since %(when)s", when=when(since, zone)), words


def _hearing(row: Channel, zone: ZoneInfo) -> tuple[str, str, str]:
    """Say since when a channel that listens is heard, and the gap before."""
    if row.up_at is None:
        return "soon", _("Not connected yet"), str(row.doing or "")
    gap = row.unheard_at and _(
        "Not heard between %(since)s and %(until)s.",
        since=when(row.unheard_at, zone),
        until=when(row.up_at, zone),
    )
    told = " ".join(str(each) for each in (gap, row.unfilled or row.filled) if each)
    return "soon" if row.unfilled else "ok", _("Connected since %(when)s", when=when(row.up_at, zone)), told


_OPEN = (Inbound.due_at, Inbound.failed_at, Inbound.set_aside_at)


def _open(
    session: Session, column: InstrumentedAttribute[datetime | None], channel_id: int | None = None
) -> Mapping[int, int]:
    """Count open items by channel; there are few, and an index holds them alone."""
    wanted = select(Inbound.channel_id, func.count()).where(column.is_not(None))
    if column is Inbound.set_aside_at:
        wanted = wanted.where(Inbound.spam_at.is_(None), Inbound.unproven_at.is_(None))
    if channel_id is not None:
        wanted = wanted.where(Inbound.channel_id == channel_id)
    return dict(session.execute(wanted.group_by(Inbound.channel_id)).all())


def _traffic(
    session: Session, channel_id: int, zone: ZoneInfo, waiting: Mapping[int, int],
    failed: Mapping[int, int], aside: Mapping[int, int], apart: Mapping[int, Apart],
) -> Traffic:  # fmt: skip
    """Count by the index over channel and time, which is read alone."""
    mine = Inbound.channel_id == channel_id

    def since(moment: datetime) -> int:
        return session.scalar(select(func.count()).where(mine, Inbound.received_at >= moment)) or 0

    usually = rhythm.usual(session, channel_id, midnight(zone), now(), zone)
    return Traffic(
        usual=round(usually.average) if usually else None,
        silence=rhythm.silence(session, channel_id),
        last_at=session.scalar(select(func.max(Inbound.received_at)).where(mine)),
        today=since(midnight(zone)),
        week=since(now() - WEEK),
        waiting=waiting.get(channel_id, 0),
        failed=failed.get(channel_id, 0),
        aside=aside.get(channel_id, 0),
        apart=apart.get(channel_id),
    )
