"""What a program names, found: a department by its name, a person by id, a number or address as typed.

Whatever does not exist, or not for this viewer, is a conflict with what we have, 409, with a pointer to it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import addresses, numbers
from crm.contacts import MAIL, PHONE, Contact, Identity, identity
from crm.rights import contact_for
from crm.setup import setup
from hub.languages import _
from hub.users import Department, User, Viewer
from hub.web.problems import Problem, refusal


def refused(words: str, pointer: str) -> Problem:
    """Say why something cannot be done, and which field asks for it."""
    return refusal(words, pointer.removeprefix("/"))


def department_named(session: Session, name: str) -> Department:
    """Give the department of this name."""
    departments = setup(session).departments.values()
    found = next((each for each in departments if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in departments)
        words = _("There is no such department; there are: %(names)s.", names=names)
        raise refused(words, "/department")
    return found


def department_name(session: Session, department_id: int | None) -> str | None:
    """Say what a department is called."""
    found = setup(session).departments.get(department_id or 0)
    return found.name if found else None


def person_with(session: Session, user_id: int, pointer: str) -> User:
    """Give a person who works here."""
    found = session.get(User, user_id)
    if found is None or found.disabled_at is not None:
        raise refused(_("Nobody who works here has this id."), pointer)
    return found


def contact_with(session: Session, viewer: Viewer, contact_id: int) -> Contact:
    """Give a contact that this viewer sees."""
    found = contact_for(session, viewer, contact_id)
    if found is None:
        raise refused(_("There is no such contact."), "/contact")
    return found


def read_handle(kind: str, text: str, country: str, pointer: str) -> tuple[str, str]:
    """Read a number or an address to be kept."""
    if kind == PHONE and (number := numbers.read(text, country)):
        return PHONE, numbers.handle(number)
    if kind == MAIL and (address := addresses.read(text)):
        return MAIL, address.handle
    raise refused(
        _("This cannot be read as a phone number.") if kind == PHONE else _("This is no mail address."),
        pointer,
    )


def sought(text: str, country: str) -> Identity:
    """Read a number or an address to look for."""
    return identity("", text, country) if "@" in text else identity(with_plus(text), "", country)


def with_plus(text: str) -> str:
    """Give “ 46 70…” its plus back: in a query string a bare plus means a space."""
    return f"+{text[1:]}" if text[:1] == " " and text[1:2].isdecimal() else text
