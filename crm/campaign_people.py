"""Whom a number of a campaign's counts: its copies by what became of them. Each number opens its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm import copy_counts, copy_event_counts, purchases
from crm.campaigns import MAIL, Campaign
from crm.chats import ChatMessage
from crm.copy_counts import CopyCount
from crm.copy_events import CLICKED, OPENED, CopyEvent
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNDECIDED, UNKNOWN, WAITING, Delivery
from hub.languages import N_
from hub.unindexed import Unindexed

HOUR = timedelta(hours=1)
_UNINDEXED = Unindexed(Delivery.campaign_id)
KINDS: Mapping[str, str] = {
    "sent": N_("Sent"), "delivered": N_("Delivered"), "bounced": N_("Came back"), "opened": N_("Opened"),
    "not-opened": N_("Did not open"), "clicked": N_("Clicked"), "not-clicked": N_("Did not click"),
    "replied": N_("Answered"), "not-replied": N_("Did not answer"), "left": N_("Unsubscribed"),
    "complained": N_("Complained"), "bought": N_("Bought"), "not-bought": N_("Did not buy"),
    "machine": N_("Opened or clicked by a machine"), "waiting": N_("Still to leave"), "refused": N_("Refused"),
    "arrived": N_("Arrived"), "read": N_("Read"),
    "unknown": N_("Unknown"), "undecided": N_("Unknown, and to be decided"), "left-out": N_("Left out"),
}  # fmt: skip
_BY_MESSENGER = {"bounced": N_("Refused"), "machine": N_("Followed by a machine")}
MOMENTS: Mapping[str, InstrumentedAttribute[Any]] = {
    "bounced": Delivery.bounced_at, "opened": Delivery.opened_at, "clicked": Delivery.clicked_at,
    "replied": Delivery.answered_at, "left": Delivery.unsubscribed_at, "complained": Delivery.complained_at,
}  # fmt: skip
"""When it happened first, by kind; where none is meant, it is when the copy was sent."""
STANDING: Mapping[str, ColumnElement[bool]] = {
    "waiting": Delivery.state.in_((WAITING, CLAIMED)), "refused": Delivery.state == REFUSED,
    "unknown": Delivery.state == UNKNOWN, "undecided": UNDECIDED, "left-out": Delivery.state == LEFT_OUT,
}  # fmt: skip
_SENT = CopyCount.state == SENT
_COUNTS: Mapping[str, Sequence[copy_counts.Told]] = {
    "sent": (_SENT,), "delivered": (_SENT, not_(CopyCount.bounced)), "bounced": (CopyCount.bounced,),
    "opened": (CopyCount.opened,), "not-opened": (_SENT, not_(CopyCount.opened)),
    "clicked": (CopyCount.clicked,), "not-clicked": (_SENT, not_(CopyCount.clicked)),
    "replied": (CopyCount.answered,), "not-replied": (_SENT, not_(CopyCount.answered)),
    "left": (CopyCount.unsubscribed,), "complained": (CopyCount.complained,),
    "waiting": (CopyCount.state == WAITING,), "refused": (CopyCount.state == REFUSED,),
    "unknown": (CopyCount.state == UNKNOWN,), "undecided": (copy_counts.UNDECIDED,),
    "left-out": (CopyCount.state == LEFT_OUT,),
}  # fmt: skip
"""The same, of the numbers that are kept."""
COUNTED: Mapping[str, str] = {OPENED: "counts_opens", CLICKED: "counts_clicks"}
"""What is only counted where the campaign says so."""


BY_MAIL = frozenset({"delivered", "opened", "complained"})
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
    # Few are found by what happened to them, and not among all copies of the campaign.
    of = Delivery.campaign_id if _counted(asked) is not None or asked.kind == "not-bought" else _UNINDEXED
    return select(Delivery).where(of == campaign.id, *where)


def parts(session: Session, campaign: Campaign, asked: Asked) -> Sequence[Select[Delivery]]:
    """Give the same as statements of which each finds its first or last copies without looking at the others."""
    wanted = people(session, campaign, asked)
    if asked.kind != "waiting":
        return [wanted]
    return [wanted.where(Delivery.state == state) for state in (WAITING, CLAIMED)]


def lot(
    session: Session, statements: Sequence[Select[Delivery]], most: int, *, newest: bool = False
) -> Sequence[Delivery]:
    """Give the first copies of statements that are ordered by their numbers; `newest`: downwards."""
    rows = [each for wanted in statements for each in session.scalars(wanted.limit(most))]
    return sorted(rows, key=lambda each: each.id, reverse=newest)[:most]


def count(session: Session, campaign: Campaign, asked: Asked) -> int:
    """Count them: the copies themselves only where what happened to each of few says it."""
    counted = _counted(asked)
    if counted is not None:
        return copy_counts.number(session, campaign.id, *counted)
    if asked.kind == "machine":
        return copy_event_counts.machines(session, campaign.id)
    if asked.kind == "not-bought":
        bought = count(session, campaign, msgspec.structs.replace(asked, kind="bought"))
        return count(session, campaign, msgspec.structs.replace(asked, kind="sent")) - bought
    ids = people(session, campaign, asked).with_only_columns(Delivery.id).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def _counted(asked: Asked) -> Sequence[copy_counts.Told] | None:
    """Give by which of the numbers that are kept these are counted; None where none of them tells it."""
    standing = _COUNTS.get(asked.kind)
    if standing is None or (asked.kind in COUNTED and (asked.link is not None or asked.hour is not None)):
        return None
    found = [*standing]
    if asked.code is not None and asked.kind == "bounced":
        found.append(CopyCount.code == asked.code)
    if asked.variant:
        found.append(CopyCount.variant == asked.variant)
    return found


def is_told(campaign: Campaign, kind: str) -> bool:
    """Tell whether a campaign knows this: of one that counts no opening nobody can say who did not open it."""
    if campaign.handle != MAIL:
        meant = kind.removeprefix("not-")
        return meant not in BY_MAIL and (campaign.counts_clicks or meant not in {CLICKED, "machine"})
    counted = COUNTED.get(kind.removeprefix("not-"))
    return kind not in TOLD and (counted is None or bool(getattr(campaign, counted)))


def word_of(campaign: Campaign, kind: str) -> str:
    """Give what is counted in words: what comes back as a letter is refused by a messenger."""
    by_messenger = _BY_MESSENGER.get(kind) if campaign.handle != MAIL else None
    return by_messenger or KINDS[kind]


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
