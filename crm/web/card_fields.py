"""The parts of a card, each a small form: what it is, how it is reached, whose it is, the company's own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec
from sqlalchemy.orm import Session

from crm import computed
from crm.contacts import Contact, Handle, handles_of
from crm.edits import HANDLES
from crm.fields import COMPUTED, CustomField, Value
from crm.parts import FIELD, OWN, FieldPart, Part
from crm.setup import setup
from crm.web.card_field_view import FieldView, Option
from crm.web.card_values import shown
from crm.web.chat_kinds import kind_in_words
from crm.web.names import ways
from hub.languages import _, listener, sort_key
from hub.shapes import convert
from hub.users import User, Viewer, active_users

SHOWN = 120  # letters of what a form sent beside our fields; all of it stands in the timeline
NEW_HANDLE = "handle-new"
KINDS = {"organisation": "suggested", "department": "choice", "responsible": "choice"}


class Extra(msgspec.Struct, frozen=True):
    """Something that a form sent and that is no field here."""

    name: str
    value: str


class Group(msgspec.Struct, frozen=True):
    """Fields under one heading, "" for those without."""

    heading: str
    fields: Sequence[FieldView]


class Mistake(msgspec.Struct, frozen=True):
    """A part with what somebody typed that cannot be kept, and why; shown in its place."""

    field: FieldView
    status: int


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a card: its own, ways to reach it, the company's fields by heading, and what else came."""

    own: Sequence[FieldView]
    handles: Sequence[FieldView]
    new_handle: FieldView
    groups: Sequence[Group]
    missing: Sequence[FieldView]
    extra: Sequence[Extra]


def about(session: Session, viewer: Viewer, contact: Contact, mistake: Mistake | None = None) -> About:
    """Show the parts of a card to this viewer."""
    custom = [_placed(view, mistake) for view in _custom(session, viewer, contact)]
    groups = [
        Group(heading, list(views)) for heading, views in groupby(custom, key=lambda view: view.heading)
    ]
    new = view_new_handle(contact)
    return About(
        own=[_placed(own_view(session, contact, part), mistake) for part in OWN],
        handles=[_placed(view, mistake) for view in _handles(session, contact)],
        new_handle=_placed(new, mistake), groups=groups,
        missing=[view for view in custom if view.missing], extra=_extras(session, contact),
    )  # fmt: skip


def view_of(session: Session, contact: Contact, part: Part) -> FieldView:
    """Show one part."""
    if isinstance(part, FieldPart):
        return _field_view(contact, part.field, may_edit=True)
    return own_view(session, contact, part)


def own_view(session: Session, contact: Contact, part: Part) -> FieldView:
    """Show a part that every card has."""
    typed = part.typed(part.value(session, contact))
    options = _options(session, part, contact)
    chosen = next((option.words for option in options if option.value == typed), typed)
    return FieldView(
        name=part.key, label=_(part.label), kind=KINDS.get(part.key, "text"), key=part.key,
        action=f"/contacts/{contact.id}/parts/{part.key}", value=typed, was=typed, shown=chosen, options=options,
        suggest=f"/contacts/{contact.id}/suggestions?of=organisation" if part.key == "organisation" else "",
    )  # fmt: skip


def view_handle(contact: Contact, handle: Handle, country: str) -> FieldView:
    """Show a number or an address as a form that puts it right."""
    (way,) = ways([handle], country)
    label = {"phone": _("Phone"), "mail": _("Mail")}.get(handle.kind) or kind_in_words(handle.kind)
    return FieldView(
        name=f"handle-{handle.id}", label=label, kind="text", key=HANDLES, value=way.value, was=way.value,
        action=f"/contacts/{contact.id}/handles/{handle.id}", shown=way.value, removable=True,
    )  # fmt: skip


def view_new_handle(contact: Contact) -> FieldView:
    """Show the form that adds a number or an address."""
    return FieldView(
        name=NEW_HANDLE, label=_("Number or address"), kind="text", key=HANDLES,
        action=f"/contacts/{contact.id}/handles",
    )  # fmt: skip


def _custom(session: Session, viewer: Viewer, contact: Contact) -> list[FieldView]:
    seen = [field for field in setup(session).shown_fields if field.is_seen_by(viewer)]
    outcomes = computed.outcomes(session, contact, [field for field in seen if field.kind == COMPUTED])
    first = {heading: place for place, heading in reversed(list(enumerate(each.heading for each in seen)))}
    ordered = sorted(seen, key=lambda field: (bool(field.heading), first[field.heading]))
    return [
        _computed_view(contact, field, outcomes[field.name])
        if field.kind == COMPUTED
        else _field_view(contact, field, may_edit=field.is_edited_by(viewer))
        for field in ordered
    ]


def _field_view(contact: Contact, field: CustomField, *, may_edit: bool) -> FieldView:
    """Show a field. What is not of its type stands there as text, to be seen and put right."""
    value = value_in(contact, field.name)
    fits = not value or (
        value.kind == field.kind and (field.kind != "choice" or value.value in field.choices)
    )
    typed = FieldPart(field).typed(value)
    return FieldView(
        name=field.name, label=field.label, kind=field.kind if fits else "text", key=f"{FIELD}{field.name}",
        action=f"/contacts/{contact.id}/fields/{field.name}", value=typed, was=typed,
        shown=shown(value) if value else "", options=_choices(field), unit=field.unit, heading=field.heading,
        may_edit=may_edit, missing=field.required and value is None,
    )  # fmt: skip


def _computed_view(contact: Contact, field: CustomField, outcome: computed.Outcome) -> FieldView:
    return FieldView(
        name=field.name, label=field.label, kind=COMPUTED, key=f"{FIELD}{field.name}", heading=field.heading,
        action=f"/contacts/{contact.id}/fields/{field.name}", may_edit=False, error=outcome.error,
        shown=shown(outcome.value) if outcome.value else "",
    )  # fmt: skip


def value_in(contact: Contact, name: str) -> Value | None:
    """Give what a contact has in a field."""
    kept = contact.fields.get(name)
    return None if kept is None else convert(kept, Value)


def _extras(session: Session, contact: Contact) -> list[Extra]:
    """Show what else forms have sent."""
    ours = {field.name for field in setup(session).fields.values()}
    sent = [(name, value_in(contact, name)) for name in contact.fields if name not in ours]
    return [Extra(name, _cut(shown(value))) for name, value in sent if value]


def _handles(session: Session, contact: Contact) -> list[FieldView]:
    country = setup(session).company.country
    return [view_handle(contact, handle, country) for handle in handles_of(session, [contact.id])[contact.id]]


def _options(session: Session, part: Part, contact: Contact) -> list[Option]:
    if part.key == "department":
        return [Option(each.name, each.name) for each in setup(session).departments.values()]
    if part.key == "responsible":
        gone = session.get(User, contact.responsible_id) if contact.responsible_id else None
        people = {user.id: user.name for user in (*active_users(session), *([gone] if gone else []))}
        language = listener().language
        return [
            Option(str(number), name)
            for number, name in sorted(people.items(), key=lambda each: sort_key(each[1], language))
        ]
    return []


def _choices(field: CustomField) -> list[Option]:
    if field.kind == "yesno":
        return [Option("yes", _("Yes")), Option("no", _("No"))]
    return [Option(choice, choice) for choice in field.choices]


def _placed(view: FieldView, mistake: Mistake | None) -> FieldView:
    return mistake.field if mistake and mistake.field.name == view.name else view


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def labels_of(session: Session, viewer: Viewer) -> Mapping[str, str]:
    """Give what the parts of a card that this viewer may see are called, by their keys."""
    own = {part.key: _(part.label) for part in OWN}
    ours = [field for field in setup(session).fields.values() if field.is_seen_by(viewer)]
    custom = {f"{FIELD}{field.name}": field.label for field in ours}
    lists = {HANDLES: _("Numbers and addresses"), "tags": _("Tags"), "relations": _("Relations")}
    return {**custom, **lists, **own}
