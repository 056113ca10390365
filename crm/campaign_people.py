"""Whom a number of a campaign's counts: its copies by what became of them. Each number opens its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm import purchases
from crm.campaigns import MAIL, Campaign
from crm.chats import ChatMessage
from crm.copy_events import CLICKED, OPENED, CopyEvent
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNDECIDED, UNKNOWN, WAITING, Delivery
from hub.languages import N_

HOUR = timedelta(hours=1)
KINDS: Mapping[str, str] = {
    "sent": N_("Sent"), "delivered": N_("Delivered"), "bounced": N_("Came back"), "opened": N_("Opened"),
    "not-opened": N_("Did not open"), "clicked": N_("Clicked"), "not-clicked": N_("Did not click"),
    "replied": N_("Answered"), "not-replied": N_("Did not answer"), "left": N_("Unsubscribed"),
    "complained": N_("Complained"), "bought": N_("Bought"), "not-bought": N_("Did not buy"),
    "machine": N_("Opened or clicked by a machine"), "waiting": N_("Still to leave"), "refused": N_("Refused"),
    "arrived": N_("Arrived"), "read": N_("Read"),
    "unknown": N_("Unknown"), "undecided": N_("Unknown, and to be decided"), "left-out": N_("Left out"),
}  # fmt: skip
MOMENTS: Mapping[str, InstrumentedAttribute[Any]] = {
    "bounced": Delivery.bounced_at, "opened": Delivery.opened_at, "clicked": Delivery.clicked_at,
    "replied": Delivery.answered_at, "left": Delivery.unsubscribed_at, "complained": Delivery.complained_at,
}  # fmt: skip
"""When it happened first, by kind; where none is meant, it is when the copy was sent."""
STANDING: Mapping[str, ColumnElement[bool]] = {
    "waiting": Delivery.state.in_((WAITING, CLAIMED)), "refused": Delivery.state == REFUSED,
    "unknown": Delivery.state == UNKNOWN, "undecided": UNDECIDED, "left-out": Delivery.state == LEFT_OUT,
}  # fmt: skip
COUNTED: Mapping[str, str] = {OPENED: "counts_opens", CLICKED: "counts_clicks"}
"""What is only counted where the campaign says so."""


BY_MAIL = frozenset({"delivered", "opened", "clicked", "complained", "machine"})
"""What is only told of letters."""
TOLD: Mapping[str, InstrumentedAttribute[Any]] = {
    "arrived": ChatMessage.delivered_at, "read": ChatMessage.read_at,
}  # fmt: skip
"""What a messenger tells, where it does."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which people: who clicked on `link` of `variant`, whose copies came back with `code`; `hour`: the first is 0."""

    kind: str = "sent"
    link: int | None = None
    variant: str = ""
    code: str | None = None
    hour: int | None = None


def people(session: Session, campaign: Campaign, asked: Asked) -> Select[Delivery]:
    """Give the copies that are counted."""
    where = [*_standing(session, campaign, asked.kind), *_narrowed(campaign, asked)]
    return select(Delivery).where(Delivery.campaign_id == campaign.id, *where)


def count(session: Session, wanted: Select[Delivery]) -> int:
    """Count them."""
    ids = wanted.with_only_columns(Delivery.id).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def is_told(campaign: Campaign, kind: str) -> bool:
    """Tell whether a campaign knows this: of one that counts no opening nobody can say who did not open it."""
    if campaign.handle != MAIL:
        return kind.removeprefix("not-") not in BY_MAIL
    counted = COUNTED.get(kind.removeprefix("not-"))
    return kind not in TOLD and (counted is None or bool(getattr(campaign, counted)))


def moment_of(row: Delivery, kind: str) -> datetime | None:
    """Give when that happened for which a copy is among these."""
    column = MOMENTS.get(kind)
    return getattr(row, column.key) if column is not None else row.sent_at or row.due_at


def _standing(session: Session, campaign: Campaign, kind: str) -> Sequence[ColumnElement[bool]]:
    if kind in MOMENTS:
        return (MOMENTS[kind].is_not(None),)
    if kind == "machine":
        return (Delivery.id.in_(_by_machines(campaign)),)
    if kind in TOLD or kind in STANDING:
        return (_told(kind) if kind in TOLD else STANDING[kind],)
    meant = kind.removeprefix("not-")
    if meant == "bought":
        bought = Delivery.id.in_(purchases.buyers(session, campaign.id))
        return (bought,) if kind == meant else (Delivery.state == SENT, not_(bought))
    if meant in MOMENTS or kind == "delivered":
        return (Delivery.state == SENT, MOMENTS[meant if meant in MOMENTS else "bounced"].is_(None))
    return (Delivery.state == SENT,)


def _told(kind: str) -> ColumnElement[bool]:
    told = (ChatMessage.outgoing_id == Delivery.outgoing_id, TOLD[kind].is_not(None))
    return select(ChatMessage.interaction_id).where(*told).correlate(Delivery).exists()


def _by_machines(campaign: Campaign) -> Select[int]:
    looked = (CopyEvent.kind.in_((OPENED, CLICKED)), CopyEvent.machine != "")
    return select(CopyEvent.delivery_id).where(CopyEvent.campaign_id == campaign.id, *looked)


def _narrowed(campaign: Campaign, asked: Asked) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.code is not None and asked.kind == "bounced":
        found.append(Delivery.code == asked.code)
    if asked.variant:
        found.append(Delivery.variant == asked.variant)
    if asked.kind in COUNTED and (asked.link is not None or asked.hour is not None):
        within = [CopyEvent.campaign_id == campaign.id, CopyEvent.kind == asked.kind, CopyEvent.machine == ""]
        within += [CopyEvent.link == asked.link] if asked.link is not None else []
        if asked.hour is not None and campaign.started_at is not None:
            begins = first_hour(campaign.started_at) + asked.hour * HOUR
            within += [CopyEvent.at >= begins, CopyEvent.at < begins + HOUR]
        found.append(Delivery.id.in_(select(CopyEvent.delivery_id).where(*within)))
    return found


def first_hour(started_at: datetime) -> datetime:
    """Give the full hour in which a campaign began."""
    return started_at.replace(minute=0, second=0, microsecond=0)
