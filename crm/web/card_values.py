"""What stands in the parts of a card, written for the eye in the reader's language."""

from __future__ import annotations

from datetime import date

from babel.numbers import get_decimal_symbol

from crm.fields import Value
from hub.languages import _, listener
from hub.web.moments import written

THIN = "\N{NARROW NO-BREAK SPACE}"
GROUPED = 10_000  # from here on
LONGEST = 300


def shown(value: Value) -> str:
    """Write a value for the eye: "12 500", "23 Nov 2026", "Yes"."""
    if isinstance(value.value, bool):
        return _("Yes") if value.value else _("No")
    if value.kind == "date" and isinstance(value.value, str):
        return written(date.fromisoformat(value.value), "d MMM y")
    if value.kind == "money":
        return f"{_grouped(float(value.value), '.2f')} {value.unit}".strip()
    if isinstance(value.value, str):
        return value.value
    return f"{_grouped(value.value, '.15g')} {value.unit}".strip()


def told(plain: object) -> str:
    """Write what the audit keeps for the eye; nothing is "nothing"."""
    if isinstance(plain, bool):
        return _("Yes") if plain else _("No")
    if isinstance(plain, list):
        plain = ", ".join(str(each) for each in plain)
    text = "" if plain is None else str(plain)
    return (text if len(text) <= LONGEST else f"{text[:LONGEST]}…") or _("nothing")


def _grouped(number: float, style: str) -> str:
    """Group the digits, but those of a year and its like."""
    comma = "," if abs(number) >= GROUPED else ""
    whole, _point, decimals = f"{number:{comma}{style}}".partition(".")
    sign = get_decimal_symbol(listener().locale)
    return whole.replace(",", THIN) + (f"{sign}{decimals}" if decimals else "")
