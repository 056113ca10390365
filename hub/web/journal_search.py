"""Which items of the journal somebody asks for: a state, a channel, a span of time, words, sender or key.

Ids grow with time, so a span is found by walking back over them. Words are looked for among the newest items
alone: all of them would have to be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session, defer

from hub.channels import Channel
from hub.clock import now
from hub.journal import Inbound
from hub.languages import N_
from hub.unproven import APART
from hub.web.moments import midnight

PER_PAGE = 50
SEARCHED = 20_000  # items, the newest, in which words are looked for
LONGEST = 200

STATES: Mapping[str, tuple[str, ColumnElement[bool]]] = {
    "failed": (N_("Failed"), Inbound.failed_at.is_not(None)),
    "waiting": (N_("Waiting"), Inbound.due_at.is_not(None)),
    "set-aside": (
        N_("Set aside"),
        Inbound.set_aside_at.is_not(None) & Inbound.spam_at.is_(None) & Inbound.unproven_at.is_(None),
    ),
    "unproven": (N_("Not proven genuine"), APART),
    "done": (N_("Done"), Inbound.done_at.is_not(None)),
    "spam": (N_("Spam"), Inbound.spam_at.is_not(None)),
}
SPANS: Mapping[str, tuple[str, int]] = {
    "": (N_("Any time"), 0),
    "today": (N_("Today"), 0),
    "week": (N_("7 days"), 7),
    "month": (N_("30 days"), 30),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items somebody asks for; `before` is the item behind which the page begins."""

    filter: str = ""
    channel: str = ""
    span: str = ""
    words: str = ""
    before: int | None = None

    def address(self, **other: str) -> str:
        """Give the address of this list, or of one that differs."""
        wanted = {"filter": self.filter, "channel": self.channel, "span": self.span, "q": self.words, **other}
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"/journal?{query}" if query else "/journal"


def asked(query: Mapping[str, str], before: int | None) -> Asked:
    """Read what somebody asks for; what we do not know is left out."""
    chosen, span = query.get("filter", ""), query.get("span", "")
    return Asked(
        filter=chosen if chosen in STATES else "",
        channel=query.get("channel", "").replace("\0", "")[:LONGEST],
        span=span if span in SPANS else "",
        words=query.get("q", "").replace("\0", "").strip()[:LONGEST],
        before=before,
    )


def find(session: Session, asked: Asked, zone: ZoneInfo) -> list[tuple[Inbound, Channel]]:
    """Give the items, newest first, one more than stands on a page."""
    wanted = with_channel().options(defer(Inbound.body)).limit(PER_PAGE + 1)
    if asked.filter:
        wanted = wanted.where(STATES[asked.filter][1])
    if asked.span:
        wanted = wanted.where(Inbound.id > _last_before(_since(asked.span, zone)))
    if asked.words:
        wanted = wanted.where(*_saying(asked.words))
    wanted = _in_order(session, wanted, asked)
    return [(item, channel) for item, channel in session.execute(wanted)]


def with_channel() -> Select[Inbound, Channel]:
    """Ask for items with their channels."""
    return select(Inbound, Channel).join(Channel, Channel.id == Inbound.channel_id)


def _in_order(session: Session, wanted: Select[Inbound, Channel], asked: Asked) -> Select[Inbound, Channel]:
    """Begin where the page begins. One channel's items are walked by its own index."""
    if not asked.channel:
        wanted = wanted.order_by(Inbound.id.desc())
        return wanted if asked.before is None else wanted.where(Inbound.id < asked.before)
    wanted = wanted.where(Inbound.channel_id == (_channel_id(session, asked.channel) or 0))
    if asked.before is not None:
        at = session.scalar(select(Inbound.received_at).where(Inbound.id == asked.before))
        if at is not None:
            wanted = wanted.where(tuple_(Inbound.received_at, Inbound.id) < tuple_(at, asked.before))
    return wanted.order_by(Inbound.received_at.desc(), Inbound.id.desc())


def _channel_id(session: Session, name: str) -> int | None:
    return session.scalar(select(Channel.id).where(Channel.name == name))


def _since(span: str, zone: ZoneInfo) -> datetime:
    return midnight(zone) if span == "today" else now() - timedelta(days=SPANS[span][1])


def _last_before(moment: datetime) -> ColumnElement[int]:
    last = (
        select(Inbound.id).where(Inbound.received_at < moment).order_by(Inbound.id.desc()).limit(1)
    ).scalar_subquery()
    return func.coalesce(last, 0)


def _saying(words: str) -> Sequence[ColumnElement[bool]]:
    """Look in what an item became, why it failed or was set aside, its headers and its key."""
    newest = select(func.coalesce(func.max(Inbound.id), 0) - SEARCHED).scalar_subquery()
    places = (Inbound.became, Inbound.error, Inbound.set_aside_why, Inbound.headers)
    found = [cast(place, String).icontains(words, autoescape=True) for place in places]
    return Inbound.id > newest, or_(Inbound.key == words, *found)
