"""Whether a letter of a sequence has left, for which its people wait: nobody goes on before.

Whoever waits for that has a run without a time of its own. What comes of a copy has him go on; what was missed, or left
out, the sequence sees as it looks.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from crm import runs
from crm.campaigns import Campaign
from crm.deliveries import CLAIMED, WAITING, Delivery
from crm.runs import Run
from crm.sequences import GOING, LetterSequence, SequencePerson
from hub.clock import now
from hub.db import announce
from hub.timers import Due

ON_ITS_WAY = (WAITING, CLAIMED)
"""States of copies that have still to leave."""


def left_at(state: str, sent_at: datetime | None, bounced_at: datetime | None) -> datetime | None:
    """Tell since when a copy is gone, None where it has still to leave.

    One that never leaves holds nobody: it was refused, left out, or nobody knows of it.
    """
    return None if state in ON_ITS_WAY else sent_at or bounced_at or now()


def of_copy(session: Session, copy_id: int) -> datetime | None:
    """Tell since when one copy is gone, None where it has still to leave."""
    copy = session.get_one(Delivery, copy_id)
    return left_at(copy.state, copy.sent_at, copy.bounced_at)


def settled(session: Session, campaign: Campaign, copy_ids: Collection[int]) -> None:
    """Have those go on for whom copies of a sequence's letter are gone."""
    if campaign.sequence_id is not None and copy_ids:
        gone = Delivery.id.in_(copy_ids) & Delivery.state.not_in(ON_ITS_WAY)
        theirs = SequencePerson.address.in_(select(Delivery.address).where(gone))
        _go_on(session, campaign.sequence_id, theirs)


def look(session: Session, sequence: LetterSequence) -> None:
    """Have those go on who wait for a letter and for whom none has still to leave."""
    own = select(Campaign.id).where(Campaign.sequence_id == sequence.id)
    waiting = exists().where(
        Delivery.address == SequencePerson.address, Delivery.campaign_id.in_(own), Delivery.state.in_(ON_ITS_WAY)
    )  # fmt: skip
    _go_on(session, sequence.id, GOING & ~waiting)


def _go_on(session: Session, sequence_id: int, which: ColumnElement[bool]) -> None:
    people = select(SequencePerson.run_id).where(SequencePerson.sequence_id == sequence_id, which)
    still = (Run.due_at.is_(None), Run.ended_at.is_(None), Run.stuck_at.is_(None))
    # Whoever moves one of them may wait for these copies: it is seen at the next look.
    free = select(Run.id).where(Run.id.in_(people), *still).with_for_update(skip_locked=True)
    session.flush()
    moment = now()
    if session.execute(update(Run).where(Run.id.in_(free)).values(due_at=moment).returning(Run.id)).first():
        for timer in (runs.IN_LOTS, runs.TIMER):
            announce(session, Due(timer, moment))
