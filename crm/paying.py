"""What happens to payments: one comes, is given to invoices, is paid back, or is taken back.

Everything is one transaction with what follows from it. Whoever pays the rest of what was agreed in a deal moves its
runs by “payment received”, once; other money is a “part payment received”.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm import invoices, money, paid_deals, payments, run_moves
from crm.deal_written import told
from crm.deals import Deal
from crm.desk import Refusal
from crm.document_data import today
from crm.invoices import Invoice
from crm.payments import HOW, Allocation, Payment, allocations_of, free, given_of, refunded
from crm.run_memory import PAID
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Viewer

KIND = "payment"
LONGEST = 300
OLDEST = timedelta(days=3_660)
PART = "part payment received"

Shares = Mapping[int, int]
"""How much of a payment goes to each invoice, by its id."""


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came, as somebody says it. Shapes are those of crm/payments.py."""

    amount: int
    currency: str
    paid_on: date
    how: str = "transfer"
    payer: str = ""
    text: str = ""
    reference: str = ""


def receive(session: Session, viewer: Viewer, came: Money, shares: Shares) -> Payment:
    """Keep a payment that somebody tells of, and give it to invoices; without any it belongs to none yet."""
    _check(session, came)
    if came.amount <= 0:
        raise Refusal(_("A payment is more than nothing; what is paid back is a refund"), field="amount")
    made = keep(session, viewer, came)
    if shares:
        give(session, viewer, made, shares)
    return made


def refund(
    session: Session, viewer: Viewer, payment: Payment, amount: int, on: date, text: str = "", **more: object
) -> Payment:
    """Pay some of a payment back: what belongs to no invoice first, then from its invoices, the last one first."""
    held = _held(session, payment.id)
    back = Money(amount=amount, currency=held.currency, paid_on=on, how=held.how, payer=held.payer, text=text)
    _check(session, back)
    left = held.amount - refunded(session, [held.id]).get(held.id, 0)
    if held.amount <= 0 or held.undone_at is not None:
        raise Refusal(_("Only money that came can be paid back"))
    if not 0 < amount <= left:
        raise Refusal(
            _("At most %(left)s of it can be paid back", left=money.written(left, held.currency)),
            field="amount",
        )
    if on < held.paid_on:
        raise Refusal(_("It cannot be paid back before the day on which it was paid"), field="paid_on")
    made = keep(session, viewer, msgspec.structs.replace(back, amount=-amount), **more)
    take_from(session, viewer, held, made)
    return made


def keep(session: Session, viewer: Viewer, came: Money, **more: object) -> Payment:
    """Keep a payment that belongs to no invoice yet."""
    made = Payment(
        amount=came.amount, currency=came.currency, paid_on=came.paid_on, how=came.how, payer=_line(came.payer),
        text=_line(came.text), reference=_line(came.reference), made_by=viewer.user_id, given=0, **more,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, made.id,
                 changes=audit.differences({}, {"amount": made.amount, "currency": made.currency}))  # fmt: skip
    return made


def give(session: Session, viewer: Viewer, payment: Payment, shares: Shares) -> None:
    """Give of a payment what belongs to no invoice yet to these. An invoice may get more than it asks for."""
    # Two may give the same money at once: the payment's row decides who is first.
    held = _held(session, payment.id)
    found = invoices.locked(session, shares.keys())
    if held.undone_at is not None or held.amount <= 0:
        raise Refusal(_("Only money that came can be given to invoices"))
    if any(amount <= 0 for amount in shares.values()) or sum(shares.values()) > free(session, held):
        left = money.written(free(session, held), held.currency)
        raise Refusal(
            _("Only %(left)s of this payment belong to no invoice yet", left=left), field="invoices"
        )
    for invoice_id in shares:
        _fits(held, found.get(invoice_id))
    _share(session, viewer, held, shares, found)
    _hear(session, held, [found[each] for each in sorted(shares)])


def take_back(session: Session, viewer: Viewer, payment: Payment) -> None:
    """Take back that a payment belongs to invoices; it belongs to none again."""
    held = _held(session, payment.id)
    if held.amount < 0:
        raise Refusal(_("A refund stays with what it pays back: take the refund itself back"))
    _require_kept(session, held)
    _unsettle(session, _release(session, viewer, held))


def undo(session: Session, viewer: Viewer, payment: Payment) -> None:
    """Take a payment back altogether, as one that was typed wrong; it stays to be seen, and counts no more."""
    held = _held(session, payment.id)
    if held.channel_id is not None:
        raise Refusal(_("The provider told of this payment: it can be paid back, not taken back"))
    if held.undone_at is None:
        _require_kept(session, held)
        released = _release(session, viewer, held)
        held.undone_at = now()
        audit.record(session, viewer, audit.REMOVED, KIND, held.id)
        if held.amount < 0:  # what was paid is paid again
            _hear(session, held, released)
        else:
            _unsettle(session, released)


def _require_kept(session: Session, payment: Payment) -> None:
    if refunded(session, [payment.id]).get(payment.id):
        raise Refusal(_("Some of it was paid back already"))


def take_from(session: Session, viewer: Viewer, payment: Payment, back: Payment) -> None:
    """Have a refund be one of a payment: what belongs to no invoice goes first, then what was given last."""
    owing = -back.amount - max(0, free(session, payment))
    back.refunds_id = payment.id
    session.flush()
    shares: dict[int, int] = {}
    for invoice_id, left in reversed(list(given_of(session, payment.id).items())):
        take = min(owing, left)
        if take > 0:
            shares[invoice_id], owing = -take, owing - take
    found = invoices.locked(session, shares.keys())
    _share(session, viewer, back, shares, found)
    _unsettle(session, found.values())


def _share(
    session: Session, viewer: Viewer, payment: Payment, shares: Shares, found: Mapping[int, Invoice]
) -> None:
    there = {each.invoice_id: each for each in allocations_of(session, payment.id)}
    for invoice_id, amount in shares.items():
        if invoice_id in there:
            there[invoice_id].amount += amount
        else:
            session.add(
                Allocation(payment_id=payment.id, invoice_id=invoice_id, amount=amount, by=viewer.user_id)
            )
        found[invoice_id].paid += amount
        audit.record(session, viewer, audit.CHANGED, "invoice", invoice_id, words=said(
            "paid: %(sum)s %(currency)s", sum=money.plain(amount, money.digits(payment.currency)),
            currency=payment.currency,
        ))  # fmt: skip
    payment.given += sum(shares.values())
    session.flush()
    _tell(session, found.values())


def _release(session: Session, viewer: Viewer, payment: Payment) -> list[Invoice]:
    """Take a payment from all its invoices, and give those."""
    given = allocations_of(session, payment.id)
    found = invoices.locked(session, {each.invoice_id for each in given})
    for each in given:
        found[each.invoice_id].paid -= each.amount
        audit.record(session, viewer, audit.CHANGED, "invoice", each.invoice_id,
                     words=said("a payment was taken back"))  # fmt: skip
    session.execute(delete(Allocation).where(Allocation.payment_id == payment.id))
    payment.given = 0
    session.flush()
    _tell(session, found.values())
    return list(found.values())


def _hear(session: Session, payment: Payment, paid: list[Invoice]) -> None:
    """Tell the runs of each deal, once: it is paid for the first time once, and a payment told of once."""
    first, payment.told_at = payment.told_at is None and payment.amount > 0, payment.told_at or now()
    session.flush()
    for deal_id in sorted({each.deal_id for each in paid}):
        if paid_deals.settle(session, deal_id):
            run_moves.hear(session, PAID, deal_id=deal_id)
        elif first:
            run_moves.hear(session, PART, deal_id=deal_id)


def _fits(payment: Payment, invoice: Invoice | None) -> None:
    if invoice is None or invoice.issued_at is None or invoice.credits_id is not None:
        raise Refusal(_("Only an invoice that is issued can be paid"), field="invoices")
    if invoice.cancelled_at is not None:
        raise Refusal(_("%(number)s is cancelled", number=invoice.number), field="invoices")
    if invoice.currency != payment.currency:
        raise Refusal(
            _("%(number)s is in %(theirs)s and the payment in %(ours)s: we know no rate", number=invoice.number,
              theirs=invoice.currency, ours=payment.currency), field="invoices")  # fmt: skip


def _check(session: Session, came: Money) -> None:
    on = today(session, now())
    if came.how not in HOW or not money.is_currency(came.currency):
        raise Refusal(_("Say how it was paid, and in which currency"))
    if abs(came.amount) > money.MOST:
        raise Refusal(_("This is more than can be counted"), field="amount")
    if not on - OLDEST <= came.paid_on <= on:
        raise Refusal(_("Say the day on which it was paid: today or before"), field="paid_on")


def _held(session: Session, payment_id: int) -> Payment:
    held = payments.locked(session, payment_id)
    if held is None:
        raise Refusal(_("There is no such payment."))
    return held


def _unsettle(session: Session, found: Iterable[Invoice]) -> None:
    for deal_id in sorted({each.deal_id for each in found}):
        paid_deals.unsettle(session, deal_id)


def _tell(session: Session, found: Iterable[Invoice]) -> None:
    for deal_id in sorted({each.deal_id for each in found}):
        told(session, session.get_one(Deal, deal_id))


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
