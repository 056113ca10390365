"""Two machines that answer each other never end: what a machine wrote is answered by people alone, and counted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversations import Interaction
from crm.desk import Refusal
from crm.letters import KIND, Letter
from crm.sendings import Wanted
from hub.clock import now
from hub.languages import _

HOUR = timedelta(hours=1)
MOST = 5  # letters that no person wrote, to one contact within an hour


class TooMany(Refusal):
    """Too many letters that no person wrote went there lately; in an hour there may be another."""


def refuse(session: Session, wanted: Wanted) -> None:
    """Refuse a letter that no person wrote where it answers a machine, or is one of too many; others pass."""
    if not wanted.automatic:
        return
    answered = session.get(Letter, wanted.about) if wanted.about else None
    if answered is not None and answered.automatic:
        raise Refusal(_("A machine wrote that letter: only a person answers it."))
    lately = (
        select(func.count())
        .join(Letter, Letter.interaction_id == Interaction.id)
        .where(Interaction.contact_id == wanted.contact_id, Interaction.at > now() - HOUR,
               Interaction.kind == KIND, Interaction.direction == "out", Letter.automatic)
    )  # fmt: skip
    if (session.scalar(lately.select_from(Interaction)) or 0) >= MOST:
        raise TooMany(_("%(num)s automatic letters went there within an hour; more may be a loop.", num=MOST))
