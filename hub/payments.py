"""What a payment provider tells: somebody paid, or got something back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class PaymentHeard(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Money moved at a provider. Texts from outside are cut and free of control characters.

    `payment` is the provider's own name of the payment, which a refund and everything else that is told of it shares.
    `total` is decimal text in whole units of `currency` ("12.50"): what was paid, or what was paid back of it in all by
    now, since refunds are told in any order. `refers` are what may name our invoice, the surest first: its id, its
    number, its reference. `refund` names what was paid back, "" for a payment.
    """

    payment: str
    what: Literal["paid", "refunded"]
    total: str
    currency: str
    at: datetime
    refers: tuple[str, ...] = ()
    name: str = ""
    text: str = ""
    refund: str = ""
