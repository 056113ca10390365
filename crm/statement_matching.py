"""What people do with entries of the bank: accept that one pays an invoice, take that back, put one aside."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import bank_statements, paying, payments
from crm.bank_statements import BankEntry, unmatched
from crm.desk import Refusal
from crm.document_data import today
from crm.invoices import Invoice
from crm.paying import Money
from crm.payment_suggestions import Known, Sought
from crm.payments import Payment
from hub import audit
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.users import Viewer

KIND = "bank_entry"
OVERSEERS = Audience(roles=frozenset({"manager", "admin"}))
MOST_AT_ONCE = 500  # entries that are accepted in one transaction


def sought(entry: BankEntry) -> Sought:
    """Give what an entry says, to look for its invoice."""
    return Sought(amount=entry.amount, currency=entry.currency, on=entry.booked_on, name=entry.name, text=entry.text,
                  reference=entry.reference)  # fmt: skip


def accept(
    session: Session, viewer: Viewer, entry_id: int, invoice_id: int, *, another: bool = False
) -> Payment:
    """Have an entry pay an invoice. Who comes second is told so.

    `another`: whoever accepts it says that it is not the same as the entry which it may be.
    """
    entry = _bookable(session, viewer, entry_id, another=another)
    if entry.amount <= 0:
        raise Refusal(_("This went out: it is no customer's payment"))
    payment = _payment(session, viewer, entry)
    paying.give(session, viewer, payment, {invoice_id: entry.amount})
    _told(session, entry)
    return payment


def accept_sure(session: Session, viewer: Viewer) -> int:
    """Accept every entry that is sure, as they are now; give how many. One whose invoice is paid by then stays."""
    done = 0
    known = Known(session)
    for entry in reversed(unmatched(session, MOST_AT_ONCE)):
        likely = known.likely(sought(entry))
        if likely is None or not likely.sure or entry.maybe_id is not None or is_to_come(session, entry):
            continue
        held = _free(session, entry.id)
        if session.get_one(Invoice, likely.invoice_id).outstanding > 0:
            paying.give(session, viewer, _payment(session, viewer, held), {likely.invoice_id: held.amount})
            _told(session, held)
            done += 1
    return done


def refund(
    session: Session, viewer: Viewer, entry_id: int, payment_id: int, *, another: bool = False
) -> Payment:
    """Have an entry that went out pay a payment back, as when the bank took it back."""
    entry, payment = (
        _bookable(session, viewer, entry_id, another=another),
        payments.locked(session, payment_id),
    )
    if entry.amount >= 0 or payment is None:
        raise Refusal(_("Only what went out pays something back"))
    if payment.currency != entry.currency:
        raise Refusal(_("The payment is in another currency"))
    before = session.scalar(select(Payment).where(Payment.entry_id == entry.id))
    if before is not None:
        before.entry_id = None  # it was taken back; another stands for the entry now
        session.flush()
    made = paying.refund(
        session, viewer, payment, -entry.amount, entry.booked_on, entry.text, entry_id=entry.id
    )
    _told(session, entry)
    return made


def take_back(session: Session, viewer: Viewer, entry_id: int) -> None:
    """Take back what was accepted: the entry is listed again among those that nobody knows."""
    entry = bank_statements.locked(session, entry_id)
    payment = session.scalar(select(Payment).where(Payment.entry_id == entry_id))
    if entry is None or payment is None or payment.undone_at is not None:
        raise Refusal(_("Nothing was accepted for this entry"))
    paying.undo(session, viewer, payment)
    _told(session, entry)


def put_aside(session: Session, viewer: Viewer, entry_id: int, *, aside: bool) -> None:
    """Say that an entry is none of a customer's, or that it may be one after all."""
    entry = _free(session, entry_id) if aside else bank_statements.locked(session, entry_id)
    if entry is None:
        raise Refusal(_("There is no such entry."))
    entry.put_aside_at, entry.put_aside_by = (now(), viewer.user_id) if aside else (None, None)
    words = said("put aside") if aside else said("listed again")
    audit.record(session, viewer, audit.CHANGED, KIND, entry.id, words=words)
    _told(session, entry)


def taken_back(session: Session, entry: BankEntry) -> Sequence[Payment]:
    """Give the payments that an entry which went out may pay back: of the same sum, with the same words or payer."""
    if entry.amount >= 0:
        return ()
    same = select(Payment).where(
        Payment.amount == -entry.amount, Payment.currency == entry.currency, Payment.undone_at.is_(None),
        Payment.paid_on <= entry.booked_on,
    )  # fmt: skip
    found = session.scalars(same.order_by(Payment.id.desc()).limit(50)).all()
    back = payments.refunded(session, [each.id for each in found])
    return [each for each in found if each.id not in back and (entry.is_reversal or _alike(each, entry))]


def is_to_come(session: Session, entry: BankEntry) -> bool:
    """Tell whether the bank books an entry on a day that is still to come: until then it pays nothing."""
    return entry.booked_on > today(session, now())


def _alike(payment: Payment, entry: BankEntry) -> bool:
    return bool(payment.payer) and payment.payer.casefold() == entry.name.casefold()


def _free(session: Session, entry_id: int) -> BankEntry:
    """Give an entry that is no payment yet. Two may take it at once: its row decides who is first."""
    entry = bank_statements.locked(session, entry_id)
    if entry is None:
        raise Refusal(_("There is no such entry."))
    taken = session.scalar(
        select(Payment.id).where(Payment.entry_id == entry.id, Payment.undone_at.is_(None))
    )
    if taken is not None:
        raise Refusal(_("This entry was accepted already"))
    if entry.put_aside_at is not None:
        raise Refusal(_("This entry was put aside"))
    return entry


def _bookable(session: Session, viewer: Viewer, entry_id: int, *, another: bool) -> BankEntry:
    """Give an entry that is no payment yet, and is not maybe the same as another one."""
    entry = _free(session, entry_id)
    if is_to_come(session, entry):
        raise Refusal(_("The bank books this on a day that is still to come: accept it then"))
    if entry.maybe_id is not None:
        if not another:
            raise Refusal(
                _("This may be the same as another entry: say that it is another one, or put it aside")
            )
        entry.maybe_id = None
        audit.record(session, viewer, audit.CHANGED, KIND, entry.id, words=said("is another entry"))
    return entry


def _payment(session: Session, viewer: Viewer, entry: BankEntry) -> Payment:
    """Give the payment that an entry is: a new one, or the one that it was before that was taken back."""
    before = session.scalar(select(Payment).where(Payment.entry_id == entry.id))
    if before is not None:
        before.undone_at = None
        session.flush()
        return before
    came = Money(
        amount=entry.amount, currency=entry.currency, paid_on=entry.booked_on, how="transfer", payer=entry.name,
        text=entry.text, reference=entry.reference,
    )  # fmt: skip
    return paying.keep(session, viewer, came, entry_id=entry.id)


def _told(session: Session, entry: BankEntry) -> None:
    announce(session, Notice(kind=KIND, id=entry.id, audience=OVERSEERS))
