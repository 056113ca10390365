"""What stands in the cells of a bank's table: days and amounts, as both countries write them.

1 234,50 · 1.234,50 · 1,234.50 · 2026-11-27 · 27.11.2026 · 27.11.26
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from crm import money
from hub.said import said

_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%Y%m%d", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y")
_AMOUNT = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:[ .,']?\d{3})*|\d+)(?:(?P<point>[.,])(?P<rest>\d{1,6}))?(?P<end>[-+]?)"
)
_BLANKS = re.compile(r"[\s\u00a0\u202f]")


def day(text: str) -> date:
    """Read a day; ValueError has words."""
    for form in _DAYS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(said("“%(text)s” is no day", text=text[:40]))


def amount(text: str, currency: str) -> int:
    """Read an amount, in the smallest unit, in whichever of the two ways it is written; ValueError has words."""
    plain = bare(text.replace("\N{MINUS SIGN}", "-"))
    found = _AMOUNT.fullmatch(plain.removesuffix(currency).removesuffix("€").removesuffix("kr"))
    if found is None:
        raise ValueError(said("“%(text)s” is no amount", text=text[:40]))
    whole, rest, digits = re.sub(r"[ .,']", "", found["whole"]), found["rest"] or "", money.digits(currency)
    if len(rest) > digits and len(rest) == 3:  # noqa: PLR2004 - thousands
        whole, rest = whole + rest, ""
    number = Decimal(f"{whole}.{rest or 0}").scaleb(digits)
    if number != number.to_integral_value() or number > money.MOST:
        raise ValueError(said("“%(text)s” is no amount", text=text[:40]))
    return int(number) * (-1 if "-" in (found["sign"], found["end"]) else 1)


def bare(text: str) -> str:
    """Leave out the blanks of a cell."""
    return _BLANKS.sub("", text)


def decimals(text: str) -> int:
    """Give how many letters stand behind the last comma or point."""
    _whole, mark, rest = text.strip().replace(",", ".").rpartition(".")
    return len(rest) if mark else 0
