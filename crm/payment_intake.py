"""What a payment provider tells becomes a payment, once, and is given to its invoice where that is known.

The journal gives what is told of one payment in the order in which it came, but that may be any: a refund before its
payment, the name of the invoice after the sum. A payment whose invoice nobody knows is kept and listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import money, paying, payment_references, payments
from crm.desk import Refusal
from crm.invoices import Invoice
from crm.paying import Money
from crm.payments import Payment, free
from crm.setup import setup
from hub import audit
from hub.bus import Audience, Notice
from hub.channels import LiveChannel
from hub.db import announce
from hub.journal import Inbound, Outcome
from hub.payments import PaymentHeard
from hub.said import said

OVERSEERS = Audience(roles=frozenset({"manager", "admin"}))
HERE = "/payments"


def take(session: Session, item: Inbound, channel: LiveChannel, event: PaymentHeard) -> Outcome:
    """Keep what is told, and say what it became."""
    amount = _amount(event)
    if event.what == "refunded":
        return _refund(session, item, channel, event, amount)
    known = payments.named(session, channel.id, event.payment)
    payment = known or _keep(session, item, channel, event, amount, key=event.payment)
    left_over = next(
        filter(None, [_take_off(session, payment, each) for each in _early(session, payment)]), ""
    )
    invoice = _invoice(session, event)
    why = _give(session, payment, invoice) if free(session, payment) > 0 else ""
    announce(session, Notice(kind="payment", id=payment.id, audience=OVERSEERS))
    shown = said("%(sum)s %(currency)s", sum=money.plain(payment.amount, money.digits(payment.currency)),
                 currency=payment.currency)  # fmt: skip
    if left_over:
        return Outcome(
            said("payment of %(sum)s; a refund is not taken off it: %(why)s", sum=shown, why=left_over), HERE
        )
    if payments.given_of(session, payment.id):
        number = invoice.number if invoice is not None else ""
        return Outcome(said("payment of %(sum)s for %(number)s", sum=shown, number=number), HERE)
    if why:
        return Outcome(said("payment of %(sum)s, given to no invoice: %(why)s", sum=shown, why=why), HERE)
    return Outcome(said("payment of %(sum)s whose invoice is not known", sum=shown), HERE)


def _refund(
    session: Session, item: Inbound, channel: LiveChannel, event: PaymentHeard, total: int
) -> Outcome:
    """Keep what was paid back beyond what we know of; what is told late tells nothing new."""
    payment = payments.named(session, channel.id, event.payment)
    if payment is not None:
        payments.locked(session, payment.id)
    fresh = total + sum(each.amount for each in _backs(session, channel, event, payment))
    if fresh <= 0:
        return Outcome(said("a refund that is known already"), HERE)
    back = _keep(session, item, channel, event, -fresh, key=f"{event.refund}:{total}{event.currency}")
    why = _take_off(session, payment, back) if payment is not None else ""
    announce(session, Notice(kind="payment", id=back.id, audience=OVERSEERS))
    shown = f"{money.plain(fresh, money.digits(event.currency))} {event.currency}"
    if why:
        return Outcome(said("refund of %(sum)s, taken off no payment: %(why)s", sum=shown, why=why), HERE)
    return Outcome(said("refund of %(sum)s", sum=shown), HERE)


def _take_off(session: Session, payment: Payment, back: Payment) -> str:
    """Have a refund be one of its payment; say why it cannot be and counts nowhere, "" where it is."""
    if back.currency != payment.currency:
        return said("it was paid in %(currency)s, and we know no rate", currency=payment.currency)
    left = payment.amount - payments.refunded(session, [payment.id]).get(payment.id, 0)
    if -back.amount > left:
        return said("only %(left)s of it is left", left=money.written(left, payment.currency))
    paying.take_from(session, audit.RINGBACK, payment, back)
    return ""


def _backs(
    session: Session, channel: LiveChannel, event: PaymentHeard, payment: Payment | None
) -> Sequence[Payment]:
    """Give what we know to be paid back in this currency: what the provider told, and what a person typed before."""
    typed = Payment.refunds_id == (payment.id if payment else 0)
    typed &= Payment.channel_id.is_(None) & Payment.entry_id.is_(None) & Payment.undone_at.is_(None)
    told = (Payment.channel_id == channel.id) & (Payment.remote == event.payment)
    return session.scalars(
        select(Payment).where(told | typed, Payment.amount < 0, Payment.currency == event.currency)
    ).all()


def _keep(
    session: Session, item: Inbound, channel: LiveChannel, event: PaymentHeard, amount: int, key: str
) -> Payment:
    zone = ZoneInfo(setup(session).company.zone)
    came = Money(
        amount=amount, currency=event.currency, paid_on=event.at.astimezone(zone).date(), how="provider",
        payer=event.name, text=event.text, reference=next(iter(event.refers), ""),
    )  # fmt: skip
    return paying.keep(
        session,
        audit.RINGBACK,
        came,
        channel_id=channel.id,
        key=key,
        remote=event.payment,
        inbound_id=item.id,
    )


def _early(session: Session, payment: Payment) -> list[Payment]:
    """Give the refunds that were told of before their payment."""
    early = select(Payment).where(
        Payment.channel_id == payment.channel_id, Payment.remote == payment.remote, Payment.amount < 0,
        Payment.refunds_id.is_(None),
    )  # fmt: skip
    return list(session.scalars(early.order_by(Payment.id)))


def _give(session: Session, payment: Payment, invoice: Invoice | None) -> str:
    """Give a payment to its invoice; say why it could not be, "" where it was or none is known."""
    if invoice is None:
        return ""
    try:
        with session.begin_nested():
            paying.give(session, audit.RINGBACK, payment, {invoice.id: free(session, payment)})
    except Refusal as refusal:
        return str(refusal)
    return ""


def _invoice(session: Session, event: PaymentHeard) -> Invoice | None:
    """Find the invoice that is named, by its number or its reference."""
    for each in event.refers:
        bare = payment_references.bare(each)
        named = select(Invoice).where((Invoice.number == each.strip()) | (Invoice.reference == bare))
        found = session.scalars(named.order_by(Invoice.id)).first()
        if found is not None:
            return found
    return None


def _amount(event: PaymentHeard) -> int:
    """Give what moved in the smallest unit; ValueError for what is no sum of this currency."""
    wrong = said("“%(text)s” is no amount", text=f"{event.total[:40]} {event.currency[:10]}")
    if not money.is_currency(event.currency):
        raise ValueError(wrong)
    try:
        number = Decimal(event.total).scaleb(money.digits(event.currency))
    except InvalidOperation:
        raise ValueError(wrong) from None
    if not number.is_finite() or number != number.to_integral_value() or not 0 < number <= money.MOST:
        raise ValueError(wrong)
    return int(number)
