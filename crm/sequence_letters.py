"""What a run of a sequence does with a letter: a copy of it waits from then on, if nothing speaks against it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, null, or_, select, update
from sqlalchemy.orm import Session, aliased

from crm import consents, suppressions
from crm.campaigns import RUNNING, SENDING, Campaign
from crm.contacts import MAIL
from crm.deals import Deal
from crm.deliveries import LEFT_OUT, WAITING, Delivery
from crm.invoices import Invoice
from crm.mailing_lists import MailingList
from crm.payments import Allocation, Payment
from crm.sequence_ends import PERSON
from crm.sequences import GOING, LetterSequence, SequencePerson, look_soon
from hub.clock import now
from hub.db import announce
from hub.languages import N_
from hub.rows_unless_there import insert_unless_there
from hub.said import said
from hub.timers import Due
from hub.unindexed import Unindexed

RETIRED, TOOK_BACK, OPPOSED, ANSWERED, BOUGHT, TWICE = (
    "retired",
    "took-back",
    "opposed",
    "answered",
    "bought",
    "twice",
)
REASONS: Mapping[str, str] = {
    RETIRED: N_("The list is in use no more."), TOOK_BACK: N_("Took back that he agreed."),
    OPPOSED: N_("Is not written to any more."), ANSWERED: N_("Answered a letter."), BOUGHT: N_("Bought."),
    TWICE: N_("Is in it with another address already."),
}  # fmt: skip
"""Why somebody leaves a sequence."""


def send(session: Session, data: Mapping[str, object], campaign_id: int) -> int | None:
    """Have a copy of a letter leave for the person whose run knows `data`, and give it; None where none may.

    Whoever got one of it already gets no second.
    """
    person = session.get(SequencePerson, data.get(PERSON))
    campaign = session.get(Campaign, campaign_id)
    if person is None or campaign is None or campaign.sequence_id != person.sequence_id:
        raise ValueError(said("this letter is of no sequence that the run is of"))
    if person.left_at is not None:
        return None
    if leaves(session, person) is not None:
        sequence = session.get_one(LetterSequence, person.sequence_id)
        look_soon(session, sequence.list_id)
        return None
    copy_id = insert_unless_there(session, Delivery, **waiting(person, campaign.id))
    if copy_id is None:
        of = select(Delivery.id).where(
            Delivery.campaign_id == campaign.id, Delivery.address == person.address
        )
        return session.scalar(of)
    wake(session, campaign)
    return copy_id


def waiting(person: SequencePerson, campaign_id: int) -> dict[str, object]:
    """Give the row of a copy that waits for somebody."""
    return {
        "campaign_id": campaign_id, "contact_id": person.contact_id, "address": person.address,
        "domain": person.address.rpartition("@")[2].lower(), "variant": "A", "state": WAITING, "due_at": now(),
        "tries": 0, "dotted": False, "code": "", "why": "",
    }  # fmt: skip


def wake(session: Session, campaign: Campaign) -> None:
    """Have copies of a letter leave that wait."""
    # Who comes to it with many others asks for no lock that they all wait for.
    if campaign.state == RUNNING and (campaign.next_at is None or campaign.next_at > now()):
        campaign.next_at = now()
        announce(session, Due(SENDING, now()))


def fate(session: Session, copy_id: object) -> dict[str, bool]:
    """Tell what a condition may ask of the letter before."""
    copy = session.get(Delivery, copy_id) if copy_id is not None else None
    return {
        "letter_opened": copy is not None and copy.opened_at is not None,
        "letter_clicked": copy is not None and copy.clicked_at is not None,
    }


def leaves(session: Session, person: SequencePerson) -> str | None:
    """Tell why somebody leaves now, one of REASONS; None where he stays."""
    sequence = session.get_one(LetterSequence, person.sequence_id)
    session.flush()
    return session.scalar(select(_why(sequence)).where(SequencePerson.id == person.id))


def why_of(session: Session, sequence: LetterSequence, people: Sequence[SequencePerson]) -> dict[int, str]:
    """Give of a few people by their numbers why they leave now; who stays is missing."""
    why = _why(sequence)
    session.flush()
    ids = [person.id for person in people]
    found = session.execute(
        select(SequencePerson.id, why).where(SequencePerson.id.in_(ids), why.is_not(None))
    ).all() if ids else ()  # fmt: skip
    return {its_id: str(reason) for its_id, reason in found}


def leavers(sequence: LetterSequence, most: int) -> Select[SequencePerson, str | None]:
    """Name those under way who leave now, with why."""
    why = _why(sequence)
    return (
        select(SequencePerson, why)
        .where(SequencePerson.sequence_id == sequence.id, GOING, SequencePerson.run_id.is_not(None), why.is_not(None))
        .order_by(SequencePerson.id).limit(most)
    )  # fmt: skip


def gone(session: Session, sequence_id: int, addresses: Collection[str]) -> set[str]:
    """Give those of a few addresses that get no more of a sequence: they left, or are to."""
    sequence = session.get_one(LetterSequence, sequence_id)
    session.flush()
    return set(session.scalars(
        select(SequencePerson.address).where(
            SequencePerson.sequence_id == sequence_id, SequencePerson.address.in_(addresses),
            or_(SequencePerson.left_at.is_not(None), _why(sequence).is_not(None)),
        )
    ))  # fmt: skip


def leave_out(session: Session, people: Sequence[SequencePerson], why: str) -> None:
    """Leave out the copies for some people of one sequence that wait still."""
    if not people:
        return
    own = select(Campaign.id).where(Campaign.sequence_id == people[0].sequence_id)
    addresses = [person.address for person in people]
    session.execute(
        update(Delivery)
        .where(Delivery.address.in_(addresses), Delivery.campaign_id.in_(own), Delivery.state == WAITING)
        .values(state=LEFT_OUT, due_at=None, why=why)
    )


def let_in(session: Session, person: SequencePerson) -> None:
    """Have the copies wait again that were left out as somebody left."""
    own = select(Campaign.id).where(Campaign.sequence_id == person.sequence_id)
    left_out = (Delivery.address == person.address, Delivery.campaign_id.in_(own), Delivery.state == LEFT_OUT)
    session.flush()
    copies = session.scalars(select(Delivery).where(*left_out, Delivery.why == person.why)).all()
    for copy in copies:
        copy.state, copy.due_at, copy.why = WAITING, now(), ""
        session.get_one(Campaign, copy.campaign_id).next_at = now()
    if copies:
        announce(session, Due(SENDING, now()))


def _why(sequence: LetterSequence) -> ColumnElement[str | None]:
    retired = exists().where(MailingList.id == sequence.list_id, MailingList.retired_at.is_not(None))
    own = select(Campaign.id).where(Campaign.sequence_id == sequence.id)
    answered = exists().where(
        Delivery.address == SequencePerson.address,
        Delivery.campaign_id.in_(own),
        Delivery.answered_at.is_not(None),
    )
    return case(
        (retired, RETIRED),
        (~_agrees(sequence, SequencePerson), TOOK_BACK), (~_allows(sequence, SequencePerson), OPPOSED),
        (answered, ANSWERED), (_bought(), BOUGHT), (_is_in_it_before(sequence), TWICE), else_=null(),
    )  # fmt: skip


def _agrees(sequence: LetterSequence, person: type[SequencePerson]) -> ColumnElement[bool]:
    return func.coalesce(consents.agreed(sequence.list_id, literal(MAIL), person.address), False)


def _allows(sequence: LetterSequence, person: type[SequencePerson]) -> ColumnElement[bool]:
    return suppressions.allowed(sequence.list_id, literal(MAIL), person.address)


def _is_in_it_before(sequence: LetterSequence) -> ColumnElement[bool]:
    """Tell whether the same contact joined earlier, with another address that is still written to."""
    other = aliased(SequencePerson)
    earlier = select(other.id).where(
        other.contact_id == SequencePerson.contact_id, Unindexed(other.sequence_id) == sequence.id,
        Unindexed(other.id) < SequencePerson.id, other.left_at.is_(None), _agrees(sequence, other),
        _allows(sequence, other),
    )  # fmt: skip
    return earlier.correlate(SequencePerson).exists()


def _bought() -> ColumnElement[bool]:
    """Tell whether a deal was won, or money came, after somebody joined."""
    won = exists().where(Deal.contact_id == SequencePerson.contact_id, Deal.won_at > SequencePerson.joined_at)
    paid = (
        select(Allocation.id)
        .join(Payment, Payment.id == Allocation.payment_id).join(Invoice, Invoice.id == Allocation.invoice_id)
        .join(Deal, Deal.id == Invoice.deal_id)
        .where(Deal.contact_id == SequencePerson.contact_id, Allocation.amount > 0, Payment.undone_at.is_(None),
               Allocation.at > SequencePerson.joined_at)
    )  # fmt: skip
    return or_(won, paid.exists())
