"""Numbers as people type them, "12 500,50", "1.000.000" or "about 34", read as numbers.

A text that holds two numbers ("5-6 windows", "3 4") is no number: a wrong one on a card is worse than words.
"""

from __future__ import annotations

import re
from decimal import Decimal

from hub.said import said

LONGEST = 100
EXACT = 15  # digits: what a JSON number carries unharmed everywhere

_BLANK = r"\s'\N{RIGHT SINGLE QUOTATION MARK}"
_MINUS = "\N{MINUS SIGN}"
_RUN = re.compile(rf"(?:(?<!\w)[-+{_MINUS}])?[.,]?\d(?:[.,]?\d|[{_BLANK}]\d{{3}}(?!\d))*")
_GROUPED = re.compile(rf"([-+]?\d{{1,3}}(?:([{_BLANK}.,])\d{{3}})(?:\2\d{{3}})*)(?:[.,](\d+))?")
_PLAIN = re.compile(r"([-+]?\d*)(?:[.,](\d+))?")
_NOT_DIGITS = re.compile(r"[^\d+-]")


def read_figure(text: str, *, thousands: bool = False) -> int | float:
    """Read the one number in a text, or raise ValueError with words.

    A single point or comma before three digits is a decimal sign, unless `thousands` are likelier (money).
    """
    runs = _RUN.findall(text) if len(text) <= LONGEST else []
    parts = _parts(runs[0].replace(_MINUS, "-"), thousands=thousands) if len(runs) == 1 else None
    if parts is None:
        raise ValueError(said("“%(text)s” is no number", text=text[:40]))
    number = Decimal(f"{_NOT_DIGITS.sub('', parts[0]) or '0'}.{parts[1] or '0'}")
    if len(number.normalize().as_tuple().digits) > EXACT or abs(number) >= 10**EXACT:
        raise ValueError(said("“%(text)s” is too long a number to be kept exactly", text=text[:40]))
    return int(number) if number == number.to_integral_value() else float(number)


def _parts(run: str, *, thousands: bool) -> tuple[str, str | None] | None:
    """Give what stands before and behind the decimal sign; None where the signs make no sense."""
    grouped = _GROUPED.fullmatch(run)
    if grouped:
        whole, sign, decimals = grouped.groups()
        if thousands or decimals or sign not in ".," or whole.count(sign) > 1:
            return whole, decimals
    plain = _PLAIN.fullmatch(run)
    return (plain[1], plain[2]) if plain else None
