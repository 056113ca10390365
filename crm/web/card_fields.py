"""The fields of a card: the company's own, each a small form of its type, and whatever else was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy.orm import Session

from crm import fields
from crm.contacts import Contact
from crm.desk import Refusal, contact_changed
from crm.fields import CustomField, Value
from crm.setup import setup
from hub.clock import now

LONGEST = 20_000
SHOWN = 120  # letters of what a form sent beside our fields; all of it stands in the timeline
THIN = "\N{NARROW NO-BREAK SPACE}"


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the company's fields. `value` is for the input, `shown` for the eye."""

    name: str
    label: str
    kind: str
    value: str = ""
    shown: str = ""
    choices: Sequence[str] = ()
    unit: str = ""
    error: str = ""


class Extra(msgspec.Struct, frozen=True):
    """Something that a form sent and that is no field here."""

    name: str
    value: str


class Mistake(msgspec.Struct, frozen=True):
    """A field with what somebody typed into it that it cannot hold, and why."""

    field: FieldView


def field_views(session: Session, contact: Contact, mistake: Mistake | None = None) -> list[FieldView]:
    """Show the company's fields with what is known of this contact."""
    return [
        mistake.field if mistake and mistake.field.name == name else _view(field, _value(contact, name))
        for name, field in _ours(session).items()
    ]


def extras(session: Session, contact: Contact) -> list[Extra]:
    """Show what else forms have sent."""
    ours = _ours(session)
    sent = [(name, _value(contact, name)) for name in contact.fields if name not in ours]
    return [Extra(name, _cut(shown(value))) for name, value in sent if value]


def set_field(session: Session, contact: Contact, name: str, text: str) -> FieldView | Mistake:
    """Keep what somebody typed into a field; nothing clears it. Gives the field, or why it cannot be that."""
    field = _ours(session).get(name)
    if field is None:
        raise Refusal("There is no such field any more; open the card again")
    text = text.strip()
    try:
        value = fields.read(field, _bounded(text)) if text else None
    except ValueError as error:
        return Mistake(_wrong(field, text[:LONGEST], str(error)))
    others = {known: kept for known, kept in contact.fields.items() if known != name}
    contact.fields = {**others, name: msgspec.to_builtins(value)} if value else others
    contact.changed_at = now()
    contact_changed(session, contact)
    return _view(field, value)


def shown(value: Value) -> str:
    """Write a value for the eye: "12 500", "23 Nov 2026", "Yes"."""
    if isinstance(value.value, bool):
        return "Yes" if value.value else "No"
    if value.kind == "date" and isinstance(value.value, str):
        day = date.fromisoformat(value.value)
        return f"{day.day} {day:%b %Y}"
    if value.kind == "money":
        return f"{_grouped(float(value.value), '.2f')} {value.unit}".strip()
    return str(value.value) if isinstance(value.value, str) else _grouped(value.value, ".15g")


def _ours(session: Session) -> Mapping[str, CustomField]:
    return {field.name: field for field in setup(session).fields.values()}


def _value(contact: Contact, name: str) -> Value | None:
    kept = contact.fields.get(name)
    return None if kept is None else msgspec.convert(kept, Value)


def _view(field: CustomField, value: Value | None) -> FieldView:
    """Show a field. What is not of its type stands there as text, to be seen and put right."""
    fits = not value or (
        value.kind == field.kind and (field.kind != "choice" or value.value in field.choices)
    )
    return FieldView(
        name=field.name, label=field.label, kind=field.kind if fits else "text",
        value=_typed(value) if value else "", shown=shown(value) if value else "",
        choices=field.choices, unit=field.unit,
    )  # fmt: skip


def _wrong(field: CustomField, typed: str, words: str) -> FieldView:
    kind = "text" if field.kind in {"date", "choice", "yesno"} else field.kind
    return FieldView(name=field.name, label=field.label, kind=kind, value=typed, shown=typed, unit=field.unit,
                     error=words)  # fmt: skip


def _typed(value: Value) -> str:
    """Write a value as it is typed."""
    if isinstance(value.value, bool):
        return "yes" if value.value else "no"
    return value.value if isinstance(value.value, str) else f"{value.value:.15g}"


def _grouped(number: float, style: str) -> str:
    return f"{number:,{style}}".replace(",", THIN)


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"this is longer than {LONGEST:,} letters")
    return text


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
