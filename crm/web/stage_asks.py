"""What a stage asks for before a deal enters it, as fields of a form: shown, and what was typed into them kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy.orm import Session

from crm import deal_changes, deal_fields, edits, money, processes
from crm.contacts import Contact
from crm.deal_changes import Answer, DealChange
from crm.deals import Deal
from crm.desk import Refusal
from crm.edits import Taken
from crm.parts import FIELD, part_for
from crm.run_answers import Unanswered, read_answers
from crm.setup import setup
from hub.languages import _
from hub.users import Viewer, active_users


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a stage asks for. `kind` is text, date, money, choice, or lines, which are filled in elsewhere."""

    key: str
    label: str
    kind: str
    value: str = ""
    error: str = ""
    options: Sequence[tuple[str, str]] = ()


class Unfit(Exception):
    """What was typed for a field cannot be kept; the words say why."""

    def __init__(self, key: str, words: str) -> None:
        """Keep for which field."""
        super().__init__(words)
        self.key = key


def fill(session: Session, viewer: Viewer, deal: Deal, key: str, text: str) -> None:
    """Keep what was typed for a field, of the deal or of its contact."""
    try:
        if key.startswith(deal_fields.OF_DEAL):
            name = key.removeprefix(deal_fields.OF_DEAL)
            deal_changes.change(
                session, viewer, deal, DealChange(fields={name: _answer(session, name, text)})
            )
        elif key == "responsible":
            deal_changes.hand_over(session, viewer, deal, text)
        elif key in _OWN:
            deal_changes.change(session, viewer, deal, _own(deal, key, text))
        else:
            _fill_contact(session, viewer, session.get_one(Contact, deal.contact_id), key, text)
    except (ValueError, Refusal) as error:
        raise Unfit(key, str(error)) from error
    except Taken as taken:
        raise Unfit(key, _("%(value)s belongs to another card", value=taken.value)) from taken


def _answer(session: Session, name: str, text: str) -> Answer:
    """Read an answer as the form of a process that asks for it would; ValueError has words."""
    field = processes.asked_for(session).get(name)
    try:
        found = read_answers((field,), {name: text})[name] if field is not None else text
    except Unanswered as odd:
        raise ValueError(odd.faults[name]) from None
    return found.isoformat() if isinstance(found, date) else found if found is not None else text


_OWN = frozenset({"value", "expected_on", "source"})


def _own(deal: Deal, key: str, text: str) -> DealChange:
    if key == "value":
        return DealChange(value=money.read(text, deal.currency))
    return DealChange(expected_on=day(text)) if key == "expected_on" else DealChange(source=text)


def day(text: str) -> date:
    """Read a date as browsers send it; ValueError has words."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("Say the day as 2026-11-30.")) from None


def _fill_contact(session: Session, viewer: Viewer, contact: Contact, key: str, text: str) -> None:
    if key in {"phone", "mail"}:
        edits.add_handle(session, viewer, contact, text)
        return
    name = f"{FIELD}{key.removeprefix(deal_fields.OF_CONTACT)}" if key != "organisation" else key
    edits.change(session, viewer, contact, part_for(session, viewer, name), text, None)


def ask_of(session: Session, deal: Deal, key: str, value: str, error: str) -> Ask:
    """Give a field with what is to be typed, by its key in crm/deal_fields.py."""
    kinds = {"value": "money", "expected_on": "date", "responsible": "choice", "lines": "lines"}
    kind, options = kinds.get(key, "text"), list[tuple[str, str]]()
    label = deal_fields.label_of(session, key)
    if key == "responsible":
        options = [("", ""), *((f"user:{each.id}", each.name) for each in active_users(session))]
    if key == "value":
        label = _("%(label)s in %(currency)s", label=label, currency=deal.currency)
    of_deal = key.removeprefix(deal_fields.OF_DEAL) if key.startswith(deal_fields.OF_DEAL) else ""
    if (answer := processes.asked_for(session).get(of_deal)) is not None:
        label, kind = answer.label, {"day": "date", "choice": "choice"}.get(answer.kind, kind)
        options = [("", ""), *((each, each) for each in answer.choices)]
    if key.startswith(deal_fields.OF_CONTACT):
        name = key.removeprefix(deal_fields.OF_CONTACT)
        field = next((each for each in setup(session).shown_fields if each.name == name), None)
        if field is not None and field.choices:
            kind, options = "choice", [("", ""), *((each, each) for each in field.choices)]
        elif field is not None and field.kind == "date":
            kind = "date"
    return Ask(key=key, label=label, kind=kind, value=value, error=error, options=options)
