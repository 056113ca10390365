"""Who sees, calls from and leads a dialling list: a department's list is its people's, and its head's to make."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.dial_lists import DialList, DialPerson
from crm.rights import sees_contact
from hub.users import Viewer


def sees_dial_list(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which dialling lists this viewer sees: those that his department works on."""
    if viewer.sees_all:
        return true()
    return DialList.department_id == viewer.department_id if viewer.department_id is not None else false()


def dial_list_for(session: Session, viewer: Viewer, list_id: int) -> DialList | None:
    """Give a dialling list if this viewer may see it."""
    return session.scalar(select(DialList).where(DialList.id == list_id, sees_dial_list(viewer)))


def works_on(viewer: Viewer, listed: DialList) -> bool:
    """Tell whether this viewer calls the people of a list."""
    return viewer.sees_all or viewer.department_id == listed.department_id


def leads(viewer: Viewer, department_id: int) -> bool:
    """Tell whether this viewer makes and pauses the dialling lists of a department."""
    return viewer.sees_all or (viewer.role == "head" and viewer.department_id == department_id)


def sees_dial_person(viewer: Viewer) -> ColumnElement[bool]:
    """Tell whom of a list that he sees this viewer is shown: an agent those whose cards he sees, or whom he has."""
    if viewer.sees_all or viewer.role == "head":
        return true()
    theirs = select(Contact.id).where(Contact.id == DialPerson.contact_id, sees_contact(viewer))
    return or_(DialPerson.held_by == viewer.user_id, theirs.correlate(DialPerson).exists())
