"""An address stands on a card that it did not stand on before: what is still to go there is for whose card that is."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.deliveries import WAITING, Delivery
from crm.runs import Run
from crm.sequences import SequencePerson


def follow(session: Session, contact_id: int, addresses: Collection[str]) -> None:
    """Have copies that wait for these addresses, and their places in sequences, be a contact's."""
    session.flush()
    people = (SequencePerson.address.in_(addresses), SequencePerson.contact_id != contact_id)
    runs = select(SequencePerson.run_id).where(*people, SequencePerson.run_id.is_not(None))
    copies = (Delivery.address.in_(addresses), Delivery.state == WAITING)
    for change in (
        update(Run).where(Run.id.in_(runs), Run.ended_at.is_(None)),
        update(SequencePerson).where(*people),
        update(Delivery).where(*copies, Delivery.contact_id.is_distinct_from(contact_id)),
    ):
        session.execute(
            change.values(contact_id=contact_id), execution_options={"synchronize_session": False}
        )
