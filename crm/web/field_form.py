"""A custom field as a form, and what an expression in it gives for a real contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import computed, field_changes
from crm.contacts import Contact, handles_of
from crm.field_changes import Proposal
from crm.fields import COMPUTED, KINDS, CustomField
from crm.setup import setup
from crm.web.card_values import shown
from crm.web.names import called
from hub.languages import _
from hub.users import ROLES, Viewer

LONGEST = 100
LONGEST_LIST = 100


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form."""

    name: str = ""
    label: str = ""
    kind: str = "text"
    choices: Sequence[str] = ()
    unit: str = ""
    aliases: Sequence[str] = ()
    heading: str = ""
    required: bool = False
    see: Sequence[str] = ()
    edit: Sequence[str] = ()
    expression: str = ""
    errors: Mapping[str, str] = {}


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What an expression gives for one contact, in words; `error` says why it gives nothing."""

    contact: str = ""
    href: str = ""
    shown: str = ""
    error: str = ""
    asked: bool = False


def empty() -> Filled:
    """Give the form of a field that is to be made."""
    return Filled()


def filled(field: CustomField) -> Filled:
    """Give a field as it stands in the form."""
    return Filled(
        name=field.name, label=field.label, kind=field.kind, choices=field.choices, unit=field.unit,
        aliases=field.aliases, heading=field.heading, required=field.required, see=field.see, edit=field.edit,
        expression=field.expression,
    )  # fmt: skip


def typed(said: Mapping[str, str], see: Sequence[str], edit: Sequence[str]) -> Filled:
    """Give what somebody filled in."""
    return Filled(
        label=_line(said.get("label", "")), kind=said.get("kind", "text"), choices=_lines(said.get("choices", "")),
        unit=_line(said.get("unit", ""))[:20], aliases=_lines(said.get("aliases", "")),
        heading=_line(said.get("heading", "")), required=bool(said.get("required")),
        see=[each for each in see if each], edit=[each for each in edit if each],
        expression=said.get("expression", "").strip()[: 2 * LONGEST * 5],
    )  # fmt: skip


def proposal(session: Session, field: CustomField | None, wanted: Filled) -> Proposal | Filled:
    """Read a filled form; one that cannot be kept comes back with what is wrong with it."""
    kind = wanted.kind if wanted.kind in (*KINDS, COMPUTED) else "text"
    known = {*ROLES, *(f"department:{each}" for each in setup(session).departments)}
    read = Proposal(
        label=wanted.label, kind=kind, choices=list(wanted.choices), unit=wanted.unit,
        aliases=list(wanted.aliases), heading=wanted.heading, required=wanted.required and kind != COMPUTED,
        see=[each for each in wanted.see if each in known], edit=[each for each in wanted.edit if each in known],
        expression=wanted.expression if kind == COMPUTED else "",
    )  # fmt: skip
    errors = field_changes.mistakes(session, field, read)
    name = field.name if field else ""
    return msgspec.structs.replace(wanted, name=name, errors=errors) if errors else read


def preview_of(session: Session, viewer: Viewer, contact: Contact | None, name: str, text: str) -> Preview:
    """Show what an expression gives for a contact, with words for what is wrong in it."""
    if not text.strip():
        return Preview()
    try:
        computed.check(session, name, text)
    except ValueError as error:
        return Preview(error=str(error), asked=True)
    if contact is None:
        return Preview(error=_("There is no such contact to try it on"), asked=True)
    outcome = computed.try_out(session, viewer, contact, text)
    handles = handles_of(session, [contact.id])[contact.id]
    return Preview(
        contact=called(contact.name, handles, setup(session).company.country), href=f"/contacts/{contact.id}",
        shown=shown(outcome.value) if outcome.value else _("nothing"), error=outcome.error, asked=True,
    )  # fmt: skip


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _lines(text: str) -> list[str]:
    lines = dict.fromkeys(_line(line) for line in text.splitlines()[:LONGEST_LIST])
    return [line for line in lines if line]
