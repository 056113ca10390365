"""What the palette finds in the business: a number to call, and whatever search finds by name, number or words."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from yarl import URL

from crm import contacts, numbers
from crm.rights import contact_for
from crm.search_index import CONTACT, ORGANISATION, TASK
from crm.setup import setup
from crm.web.marks import plain
from crm.web.names import called
from crm.web.search_views import best
from hub.languages import _
from hub.users import User, Viewer
from hub.web.palette import Found, add_finder

MOST = {CONTACT: 5, ORGANISATION: 2, TASK: 3}
ICONS = {CONTACT: "person", ORGANISATION: "building"}

_DIALLED = re.compile(r"[+(]?\d[\d\s()/.-]{3,}")


def dial(session: Session, viewer: Viewer, words: str) -> list[Found]:
    """Offer to call a number, typed any way; who has it is named, as far as the viewer may know him."""
    country = setup(session).company.country
    number = numbers.read(words, country) if _DIALLED.fullmatch(words) else None
    if number is None:
        return []
    handle = numbers.handle(number)
    shown = numbers.display(handle, country)
    owner_id = contacts.find(session, contacts.PHONE, handle)
    owner = contact_for(session, viewer, owner_id) if owner_id else None
    about = called(owner.name, contacts.handles_of(session, [owner.id])[owner.id], country) if owner else ""
    me = session.get(User, viewer.user_id) if viewer.user_id else None
    words = _("Call %(number)s", number=shown)
    if me is None or not me.extension:
        return [Found(words=words, href=f"tel:{handle}", icon="phone-out", about=about)]
    address = str(URL("/dial").with_query({"number": number.e164}))
    return [Found(words=words, href=address, icon="phone-out", about=about, dialog=True)]


def known(session: Session, viewer: Viewer, words: str) -> list[Found]:
    """Find people, companies and tasks, as the search does."""
    return [
        Found(words=plain(hit.title), href=hit.href, icon=hit.icon or ICONS[hit.kind], about=plain(hit.about))
        for hit in (best(session, viewer, words, MOST) if words else [])
    ]


add_finder(dial, order=10)
add_finder(known, order=40)
