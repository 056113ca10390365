"""Sums as people write them: decimal numbers, never binary ones. What is no plain number stays as it was written."""

from __future__ import annotations

import re
from decimal import Decimal

from babel.numbers import format_decimal

from hub.languages import listener

CENTS = 2
_PLAIN = re.compile(r"[+-]?\d{1,18}(\.\d{1,8})?")


def number(text: str) -> Decimal | None:
    """Read a plain decimal number such as "15400.00"; None for anything else, such as "1 234,50"."""
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def written(sum_: Decimal, *, cents: bool = False) -> str:
    """Write a sum for whoever listens: 15,400 and 99.50 in English; `cents` also writes 15,400.00."""
    whole = sum_ == sum_.to_integral_value() and not cents
    pattern = "#,##0" if whole else "#,##0.00######"
    return format_decimal(sum_, pattern, locale=listener().locale, decimal_quantization=False)
