"""A contact's fields as programs send them: values that have a type already, and perhaps not ours."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from crm import fields
from crm.fields import CustomField, Value
from crm.setup import setup
from crm.web.api_references import refused
from crm.web.api_shapes import Plain
from hub.web.decoding import escape


def changed_fields(
    session: Session, known: Mapping[str, object], wanted: Mapping[str, Plain | None]
) -> dict[str, object]:
    """Give the fields with these changes: null takes one away, the company's own are read as their type."""
    ours, kept = setup(session).fields, dict(known)
    for label, value in wanted.items():
        field = ours.get(fields.fold(label))
        name = field.name if field else label
        if value is None:
            kept.pop(name, None)
            continue
        try:
            kept[name] = msgspec.to_builtins(_typed(field, value))
        except ValueError as error:
            raise refused(f"{label}: {error}", f"/fields/{escape(label)}") from None
    if len(kept) > max(fields.KEPT, len(known)):
        raise refused(f"A card holds {fields.KEPT} fields.", "/fields")
    return kept


def _typed(field: CustomField | None, value: Plain) -> Value:
    """Type a value; one that is no field of ours keeps the type it came with."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if field is None:
        return Value("number" if number else "yesno" if isinstance(value, bool) else "text", value)
    if field.kind == "number" and number:
        return Value("number", value)
    if field.kind == "money" and number:
        return Value("money", f"{Decimal(str(value)):.2f}", field.unit)
    return fields.read(field, value if isinstance(value, str) else str(value).lower())
