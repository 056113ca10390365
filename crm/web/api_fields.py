"""A contact's fields as programs send them: values that have a type already, and perhaps not ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from crm import fields
from crm.computed import values
from crm.contacts import Contact
from crm.fields import CustomField, Value
from crm.rights import hidden_fields
from crm.setup import setup
from crm.web.api_references import refused
from crm.web.api_shapes import Plain
from hub.languages import _
from hub.users import Viewer
from hub.web.decoding import escape


def values_of(session: Session, viewer: Viewer, rows: Sequence[Contact]) -> dict[int, dict[str, Plain]]:
    """Give the fields of several contacts that this viewer may see, computed ones among them."""
    hidden, computed = hidden_fields(session, viewer), values(session, viewer, rows)
    return {
        row.id: {
            **{name: value for name, value in fields.plain(row.fields).items() if name not in hidden},
            **{name: value.value for name, value in computed[row.id].items()},
        }
        for row in rows
    }


def changed_fields(
    session: Session, viewer: Viewer, known: Mapping[str, object], wanted: Mapping[str, Plain | None]
) -> dict[str, object]:
    """Give the fields with these changes: null takes one away, the company's own are read as their type."""
    ours, kept = setup(session).fields, dict(known)
    for label, value in wanted.items():
        field = ours.get(fields.fold(label))
        name = field.name if field else label
        if field and not (field.is_seen_by(viewer) and (field.retired_at or field.is_edited_by(viewer))):
            raise refused(_("%(field)s is changed by others here", field=label), f"/fields/{escape(label)}")
        if value is None:
            kept.pop(name, None)
            continue
        try:
            kept[name] = msgspec.to_builtins(_typed(field, value))
        except ValueError as error:
            raise refused(
                _("%(field)s: %(value)s", field=label, value=error), f"/fields/{escape(label)}"
            ) from None
    if len(kept) > max(fields.KEPT, len(known)):
        raise refused(_("A card holds %(most)s fields.", most=fields.KEPT), "/fields")
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
