"""A mailing list goes out of use, once nothing writes by it any more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import mailing_lists
from crm.campaigns import PAUSED, RUNNING, SCHEDULED, Campaign
from crm.mailing_lists import MailingList
from crm.refusals import Refusal
from crm.sequences import LetterSequence
from hub.languages import _
from hub.users import Viewer


def retire(session: Session, viewer: Viewer, row: MailingList) -> None:
    """Write by a list no more; Refusal names what still does: else everybody would leave its sequences for good."""
    if going := _going(session, row.id):
        names = ", ".join(f"“{each}”" for each in going)
        raise Refusal(_("%(names)s still write by this list: stop them first", names=names))
    mailing_lists.retire(session, viewer, row)


def _going(session: Session, list_id: int) -> Sequence[str]:
    """Name the sequences that are on and the campaigns under way by a list."""
    on = select(LetterSequence.name).where(
        LetterSequence.list_id == list_id, LetterSequence.on_at.is_not(None)
    )
    going = select(Campaign.name).where(
        Campaign.list_id == list_id, Campaign.sequence_id.is_(None),
        Campaign.state.in_((SCHEDULED, RUNNING, PAUSED)),
    )  # fmt: skip
    return [
        *session.scalars(on.order_by(LetterSequence.name)),
        *session.scalars(going.order_by(Campaign.name)),
    ]
