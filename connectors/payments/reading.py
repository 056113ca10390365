"""What an event of Stripe's says: https://docs.stripe.com/api/events/object and the objects that it names.

Read are payment_intent.succeeded, checkout.session.completed (and the one that tells later that it was paid) and
charge.refunded. Sums are told in the smallest unit that Stripe charges in, which is not everywhere ISO 4217's:
https://docs.stripe.com/currencies#zero-decimal
"""

from __future__ import annotations

from decimal import Decimal

from connectors.chat_json import ADDRESS, Told
from hub.events import PaymentHeard
from hub.said import said

PAID, CHECKED_OUT, REFUNDED = "payment_intent.succeeded", "checkout.session.completed", "charge.refunded"
PAID_LATER = "checkout.session.async_payment_succeeded"
KNOWN = frozenset({PAID, CHECKED_OUT, PAID_LATER, REFUNDED})

WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
REFERS = ("invoice", "invoice_number", "invoice_id", "reference", "payment_reference")
"""Names under which a shop may say our invoice in the metadata."""


def read(event: Told) -> tuple[PaymentHeard, ...]:
    """Give what an event tells of money, nothing for what is about something else; ValueError for what is no event."""
    kind, told = event.word("type"), event.inner("data").inner("object")
    if not kind or not event.word("id") or not told:
        raise ValueError(said("This is no event: it has no “id”, “type” or “data”."))
    if kind not in KNOWN or (kind == CHECKED_OUT and told.word("payment_status") != "paid"):
        return ()
    at = event.moment("created")
    payment, smallest = payment_of(event), _sum(kind, told)
    currency = told.word("currency").upper()
    if at is None or not payment or smallest is None or not (currency.isascii() and currency.isalpha()):
        raise ValueError(said("The event does not say which payment it is, when it was, or how much."))
    if not smallest:
        return ()
    person = told.inner("customer_details") or told.inner("billing_details") or told.inner("shipping")
    return (
        PaymentHeard(
            payment=payment, what="refunded" if kind == REFUNDED else "paid", total=_whole(smallest, currency),
            currency=currency[:3], at=at, refers=_refers(told), name=person.word("name"),
            text=" ".join(told.text("description", ADDRESS).split())[:300],
            refund=told.word("id") if kind == REFUNDED else "",
        ),
    )  # fmt: skip


def payment_of(event: Told) -> str:
    """Give the provider's own name of the payment that an event is about, "" where it names none."""
    kind, told = event.word("type"), event.inner("data").inner("object")
    if kind == PAID:
        return told.word("id")
    return told.word("payment_intent") or (told.word("id") if kind in KNOWN else "")


def _sum(kind: str, told: Told) -> int | None:
    if kind == REFUNDED:
        return told.whole("amount_refunded")
    if kind == PAID:
        received = told.whole("amount_received")
        return told.whole("amount") if received is None else received
    return told.whole("amount_total")


def _whole(smallest: int, currency: str) -> str:
    """Write a sum in whole units of its currency."""
    decimals = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return f"{Decimal(smallest).scaleb(-decimals):f}"


def _refers(told: Told) -> tuple[str, ...]:
    """Give what may name our invoice, the surest first."""
    metadata = told.inner("metadata")
    named = (*(metadata.word(name) for name in REFERS), told.word("client_reference_id"))
    return tuple(dict.fromkeys(each for each in named if each))
