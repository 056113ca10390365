"""Who has what in a custom field, as a condition for the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, false

from crm.contacts import Contact
from crm.fields import CustomField, read

NUMERIC = frozenset({"number", "money"})
SPANNED = NUMERIC | {"date"}


def holds(field: CustomField, text: str) -> ColumnElement[bool]:
    """Tell who has this value in a field; `10000..` and `..20000` are bounds."""
    kept: Any = Contact.fields[(field.name, "value")]
    if field.kind in NUMERIC or (field.kind == "date" and ".." in text):
        return _between(field, kept.as_string(), text)
    try:
        value = read(field, text).value
    except ValueError:
        value = text
    if isinstance(value, bool):
        return and_(kept.as_boolean().is_(value))
    if field.kind in {"text", "link"}:
        return and_(kept.as_string().icontains(text, autoescape=True))
    return and_(kept.as_string() == str(value))


def is_filled(field: CustomField) -> ColumnElement[bool]:
    """Tell who has anything in a field."""
    kept: Any = Contact.fields[(field.name, "value")]
    return and_(kept.as_string().is_not(None))


def _between(field: CustomField, kept: ColumnElement[str], text: str) -> ColumnElement[bool]:
    typed = Contact.fields[(field.name, "kind")].as_string() == field.kind
    value: Any = cast(case((typed, kept)), Float) if field.kind in NUMERIC else kept
    least, dots, greatest = text.partition("..")
    bounds = [value >= side for side in _readable(field, least)]
    bounds += [value <= side for side in _readable(field, greatest if dots else least)]
    return and_(typed, *bounds) if bounds else false()


def _readable(field: CustomField, side: str) -> Iterator[float | str]:
    """Give one bound, unless it is none."""
    try:
        value = read(field, side).value
    except ValueError:
        return
    if value != "":
        yield float(value) if field.kind in NUMERIC else str(value)
