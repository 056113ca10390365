"""What happened to copies after they left: opened, clicked, answered, left, complained; each time, and how surely.

Machines open letters and follow links too: mail servers look for harm, and some mail programs fetch pictures before
anybody reads. What looks like one of those is kept as such, with why, and counts for nobody: `opened_at` and
`clicked_at` of a copy are of what was probably a person. Nothing is kept of who it was beyond the copy: no network
address, no program.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from sqlalchemy import ForeignKey, Index, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.campaigns import MAIL, Campaign
from crm.deliveries import CLAIMED, SENT, UNKNOWN, Delivery
from hub.clock import now
from hub.db import Base
from hub.languages import N_

Kind = Literal["opened", "clicked", "replied", "left", "complained"]
OPENED: Final = "opened"
CLICKED: Final = "clicked"
REPLIED: Final = "replied"
LEFT: Final = "left"
COMPLAINED: Final = "complained"

SOON, SWEEP, PROGRAM = "soon", "sweep", "program"
MACHINES: Mapping[str, str] = {
    SOON: N_("within seconds of its arrival"),
    SWEEP: N_("several links at once"),
    PROGRAM: N_("by a program that says what it is"),
}
AT_ONCE = timedelta(seconds=10)
"""So soon after a mail server took a copy it is looked at by that server."""
SWEPT, WITHIN = 3, timedelta(seconds=3)
"""So many different links, or all of a letter, within so long are followed by no person."""
MOST = 60
"""Rows of one copy: what comes then is not written down, since anybody who holds it can go on for ever."""


class CopyEvent(Base):
    """Something happened to a copy. `link` is which of its links was followed, the first one being 0.

    `machine` says why it was probably no person, "" where it was; `interaction_id` is the letter that answers it.
    """

    __tablename__ = "copy_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id))
    delivery_id: Mapped[int] = mapped_column(ForeignKey(Delivery.id))
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    link: Mapped[int | None]
    machine: Mapped[str] = mapped_column(default="")
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), index=True)

    __table_args__ = (
        Index("ix_copy_events_campaign", "campaign_id", "kind", "at"),
        Index("ix_copy_events_delivery", "delivery_id", "id"),
    )


class Link(msgspec.Struct, frozen=True):
    """A link that was followed: its number, and how many its letter has."""

    number: int
    of: int


def opened(session: Session, delivery_id: int, *, by_program: bool = False) -> None:
    """Note that the picture was fetched that tells of opening."""
    _looked_at(session, delivery_id, OPENED, None, by_program=by_program)


def clicked(session: Session, delivery_id: int, link: Link, *, by_program: bool = False) -> None:
    """Note that a link was followed. Three of them at once make all of those a machine's, also the ones before."""
    _looked_at(session, delivery_id, CLICKED, link, by_program=by_program)


def happened(session: Session, delivery: Delivery, kind: Kind, interaction_id: int | None = None) -> None:
    """Note what a person did beside looking: he answered, left, complained."""
    if _count(session, delivery.id) < MOST:
        _add(session, delivery, kind, now(), interaction_id=interaction_id)


def _looked_at(
    session: Session, delivery_id: int, kind: Kind, link: Link | None, *, by_program: bool
) -> None:
    # Two links that are followed at once wait for each other here, or neither would see that there are several.
    row = session.scalar(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
    if row is None or row.state not in {SENT, CLAIMED, UNKNOWN} or _count(session, row.id) >= MOST:
        return
    # Where both change it, one of two at the same moment fails and is tried again: else neither counts with the other.
    touch = update(Delivery).where(Delivery.id == row.id).values(tries=Delivery.tries)
    session.execute(touch, execution_options={"synchronize_session": False})
    at = now()
    machine = PROGRAM if by_program else SOON if _is_too_soon(session, row, at) else ""
    _add(session, row, kind, at, link=link.number if link else None, machine=machine)
    if link is not None:
        _tell_sweeps(session, row, link, at)
    _first_of_a_person(session, row, kind)


def _is_too_soon(session: Session, row: Delivery, at: datetime) -> bool:
    """Tell whether nobody can have read it yet; one that is in hand has not been taken, as far as we know.

    A message is read as it comes, and no server of a messenger presses its buttons.
    """
    if session.get_one(Campaign, row.campaign_id).handle != MAIL:
        return False
    return row.state == CLAIMED or (row.sent_at is not None and at - row.sent_at < AT_ONCE)


def _tell_sweeps(session: Session, row: Delivery, link: Link, at: datetime) -> None:
    lately = (CopyEvent.delivery_id == row.id, CopyEvent.kind == CLICKED, CopyEvent.at > at - WITHIN)
    different = session.scalar(select(func.count(CopyEvent.link.distinct())).where(*lately)) or 0
    if different >= min(SWEPT, max(link.of, 2)):
        session.execute(update(CopyEvent).where(*lately, CopyEvent.machine == "").values(machine=SWEEP))


def _first_of_a_person(session: Session, row: Delivery, kind: Kind) -> None:
    first = select(func.min(CopyEvent.at)).where(
        CopyEvent.delivery_id == row.id, CopyEvent.kind == kind, CopyEvent.machine == ""
    )
    at = session.scalar(first)
    if kind == OPENED:
        row.opened_at = at
    else:
        row.clicked_at = at


def _count(session: Session, delivery_id: int) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(CopyEvent).where(CopyEvent.delivery_id == delivery_id)
        )
        or 0
    )


def _add(
    session: Session, row: Delivery, kind: Kind, at: datetime, *, link: int | None = None, machine: str = "",
    interaction_id: int | None = None,
) -> None:  # fmt: skip
    session.add(CopyEvent(campaign_id=row.campaign_id, delivery_id=row.id, kind=kind, at=at, link=link,
                          machine=machine, interaction_id=interaction_id))  # fmt: skip
    session.flush()
