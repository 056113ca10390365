"""The contact that a page is about, as its viewer may see it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.rights import contact_for
from hub.languages import _
from hub.users import Viewer
from hub.web.problems import Problem


def visible(session: Session, viewer: Viewer, contact_id: int) -> Contact:
    """Give a contact that this viewer may see; every other one is not there."""
    found = contact_for(session, viewer, contact_id)
    if found is None:
        raise Problem(404, _("There is no such contact, or it belongs to another department."))
    return found
