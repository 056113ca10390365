"""The parts of a card that can be changed: name, organisation, department, responsible, and every custom field.

Each knows three spellings of what stands in it: the value itself, the text that an input carries, and the plain
form that the audit keeps and that can be put back from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, fields
from crm.contacts import Contact, Organisation
from crm.desk import Refusal
from crm.fields import CustomField, Value
from crm.setup import setup
from hub.languages import N_, _
from hub.said import said
from hub.shapes import convert
from hub.users import Department, User, Viewer, active_users

LONGEST_NAME = 200
LONGEST = 20_000
FIELD = "fields."


class Part(ABC):
    """One part of a card. `key` is what the audit calls it."""

    key: str
    label: str

    @abstractmethod
    def value(self, session: Session, contact: Contact) -> object:
        """Give what stands in it."""

    @abstractmethod
    def put(self, session: Session, contact: Contact, value: object) -> None:
        """Put something else into it."""

    def read(self, session: Session, text: str) -> object:
        """Read what somebody typed; ValueError says in words what is wrong."""
        del session
        return _one_line(text)

    def typed(self, value: object) -> str:
        """Write a value as an input carries it."""
        return "" if value is None else str(value)

    def plain(self, session: Session, value: object) -> object:
        """Write a value as the audit keeps it."""
        del session
        return value

    def restored(self, session: Session, plain: object) -> object:
        """Give the value that the audit kept so."""
        return self.read(session, "" if plain is None else str(plain))

    def may_change(self, viewer: Viewer) -> bool:
        """Tell whether this viewer may change it."""
        del viewer
        return True


class NamePart(Part):
    """What a contact is called; nothing is a name too: then his number or address is."""

    key, label = "name", N_("Name")

    def value(self, session: Session, contact: Contact) -> object:
        """Give the name."""
        del session
        return contact.name

    def put(self, session: Session, contact: Contact, value: object) -> None:
        """Call the contact so."""
        del session
        contact.name = str(value)


class OrganisationPart(Part):
    """The organisation, by its name, made where it is new; "" is none."""

    key, label = "organisation", N_("Organisation")

    def value(self, session: Session, contact: Contact) -> object:
        """Give its name."""
        firm = session.get(Organisation, contact.organisation_id) if contact.organisation_id else None
        return firm.name if firm else ""

    def put(self, session: Session, contact: Contact, value: object) -> None:
        """Make the contact its."""
        contact.organisation_id = contacts.organisation(session, str(value)).id if value else None


class DepartmentPart(Part):
    """The department whose contact it is, by its name; "" is nobody's."""

    key, label = "department", N_("Department")

    def value(self, session: Session, contact: Contact) -> object:
        """Give its name."""
        found = setup(session).departments.get(contact.department_id or 0)
        return found.name if found else ""

    def read(self, session: Session, text: str) -> object:
        """Read the name of a department."""
        if text and all(each.name != text for each in setup(session).departments.values()):
            raise ValueError(said("There is no department “%(name)s”", name=text[:60]))
        return text

    def put(self, session: Session, contact: Contact, value: object) -> None:
        """Make the contact the department's."""
        wanted = select(Department.id).where(Department.name == value)
        contact.department_id = session.scalar(wanted) if value else None


class ResponsiblePart(Part):
    """The person whose contact it is, by his number; the audit keeps his name."""

    key, label = "responsible", N_("Responsible")

    def value(self, session: Session, contact: Contact) -> object:
        """Give his number."""
        del session
        return contact.responsible_id

    def read(self, session: Session, text: str) -> object:
        """Read the number of somebody who is here."""
        number = int(text) if text.isdecimal() and len(text) < 19 else 0  # noqa: PLR2004 - digits of an id
        user = session.get(User, number) if number else None
        if text and (user is None or user.disabled_at is not None):
            raise ValueError(said("Choose a colleague who is still here"))
        return user.id if user else None

    def put(self, session: Session, contact: Contact, value: object) -> None:
        """Make the contact his."""
        del session
        contact.responsible_id = value if isinstance(value, int) else None

    def plain(self, session: Session, value: object) -> object:
        """Give his name."""
        user = session.get(User, value) if value else None
        return user.name if user else None

    def restored(self, session: Session, plain: object) -> object:
        """Find him by his name."""
        if plain is None:
            return None
        found = active_users(session, User.name == str(plain))
        if len(found) != 1:
            raise ValueError(said("Choose a colleague who is still here"))
        return found[0].id


class FieldPart(Part):
    """A custom field."""

    def __init__(self, field: CustomField) -> None:
        """Be the part of this field."""
        self.field = field
        self.key, self.label = f"{FIELD}{field.name}", field.label

    def value(self, session: Session, contact: Contact) -> object:
        """Give the typed value."""
        del session
        kept = contact.fields.get(self.field.name)
        return None if kept is None else convert(kept, Value)

    def read(self, session: Session, text: str) -> object:
        """Read what somebody typed as the field's type."""
        del session
        if len(text) > LONGEST:
            raise ValueError(said("This is longer than %(most)s letters", most=LONGEST))
        return fields.read(self.field, text) if text.strip() else None

    def put(self, session: Session, contact: Contact, value: object) -> None:
        """Keep it; nothing clears it."""
        del session
        others = {name: kept for name, kept in contact.fields.items() if name != self.field.name}
        contact.fields = others if value is None else {**others, self.field.name: msgspec.to_builtins(value)}

    def typed(self, value: object) -> str:
        """Write it as it is typed: yes, 12.5, 2026-11-23."""
        plain = value.value if isinstance(value, Value) else ""
        if isinstance(plain, bool):
            return "yes" if plain else "no"
        return plain if isinstance(plain, str) else f"{plain:.15g}"

    def plain(self, session: Session, value: object) -> object:
        """Give it without its type."""
        del session
        return value.value if isinstance(value, Value) else None

    def restored(self, session: Session, plain: object) -> object:
        """Type it again."""
        del session
        return fields.read_again(self.field, plain)

    def may_change(self, viewer: Viewer) -> bool:
        """Ask the field."""
        return self.field.is_edited_by(viewer)


OWN: Sequence[Part] = (NamePart(), OrganisationPart(), DepartmentPart(), ResponsiblePart())


def part_for(session: Session, viewer: Viewer, key: str) -> Part:
    """Give the part of this key, if this viewer may change it."""
    part = next((each for each in OWN if each.key == key), None) or _field_part(session, viewer, key)
    if part is None:
        raise Refusal(_("There is no such field any more; open the card again"))
    if not part.may_change(viewer):
        raise Refusal(_("%(field)s is changed by others here", field=part.label))
    return part


def _field_part(session: Session, viewer: Viewer, key: str) -> Part | None:
    name = key.removeprefix(FIELD)
    shown = setup(session).shown_fields if key.startswith(FIELD) else ()
    field = next((each for each in shown if each.name == name and each.is_seen_by(viewer)), None)
    return FieldPart(field) if field else None


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    if len(line) > LONGEST_NAME:
        raise ValueError(said("This is longer than %(most)s letters", most=LONGEST_NAME))
    return line
