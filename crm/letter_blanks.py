"""Blanks in templates and signatures, such as {contact.name}: filled in for one letter, by who writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm import chat_links
from crm.contacts import Contact, Organisation
from crm.setup import setup
from hub.languages import N_, _
from hub.users import User, Viewer

BLANKS: Mapping[str, str] = {
    "contact.name": N_("the contact's name"), "contact.first_name": N_("the first word of it"),
    "contact.organisation": N_("the organisation"),
    "contact.chat_link": N_("a link to a chat, which is the contact's from the first word on"),
    "user.name": N_("who writes"), "user.first_name": N_("the first word of that name"),
    "user.mail": N_("the writer's mail address"), "user.phone": N_("the writer's extension"),
    "department.name": N_("the writer's department"), "company.name": N_("our company"),
}  # fmt: skip
_BLANK = re.compile(r"\{([a-z_.]{1,40})\}")


def fill(session: Session, viewer: Viewer, text: str, contact: Contact | None = None) -> str:
    """Fill in what is known; what is not leaves nothing behind, and what is no blank stays as it is."""
    if "{" not in text:
        return text
    known = _known(session, viewer, contact)
    if contact is not None and "{contact.chat_link}" in text:
        known["contact.chat_link"] = next(
            (link.href for link in chat_links.links_of(session, contact.id)), ""
        )
    return _BLANK.sub(lambda found: known.get(found[1], found[0]), text)


def fault(text: str) -> str:
    """Say which blank there is none of, "" where all are known."""
    unknown = next((name for name in _BLANK.findall(text) if name not in BLANKS), "")
    return _("There is no {%(name)s}; there are: %(names)s.", name=unknown,
             names=", ".join(f"{{{each}}}" for each in BLANKS)) if unknown else ""  # fmt: skip


def _known(session: Session, viewer: Viewer, contact: Contact | None) -> dict[str, str]:
    user = session.get(User, viewer.user_id) if viewer.user_id else None
    state = setup(session)
    place = state.departments.get((user.department_id if user else None) or 0)
    firm = session.get(Organisation, contact.organisation_id) if contact and contact.organisation_id else None
    name = contact.name if contact else ""
    return {
        "contact.name": name, "contact.first_name": _first(name), "contact.organisation": firm.name if firm else "",
        "contact.chat_link": "", "user.name": viewer.name,
        "user.first_name": _first(viewer.name), "user.mail": user.email if user else "",
        "user.phone": user.extension if user else "", "department.name": place.name if place else "",
        "company.name": state.company.name,
    }  # fmt: skip


def _first(name: str) -> str:
    return name.strip().partition(" ")[0]
