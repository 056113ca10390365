"""What can be done with a conversation: to whom it can be given, until when it can be put off, why it is closed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import chat_junk, chats, inbox_lists
from crm.rights import contact_for
from crm.web.inbox_reading import Link, visible
from crm.web.inbox_views import REASONS
from crm.web.task_menu import Choice, Plan, departments_for, people_for, plans_for
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import Viewer

OTHERS = 10


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _inbox_menu.html: what can be done with a conversation."""

    id: int
    subject: str
    had: str
    mine: bool
    closed: bool
    snoozed: bool
    chat: bool
    junk: bool
    people: Sequence[Choice]
    departments: Sequence[Choice]
    plans: Sequence[Plan]
    plan_min: str
    zone_words: str
    reasons: Sequence[str]
    others: Sequence[Link]


def menu_of(session: Session, viewer: Viewer, conversation_id: int) -> Menu:
    """Give what can be done with a conversation."""
    found, zone = visible(session, viewer, conversation_id), zone_of(session)
    his = contact_for(session, viewer, found.contact_id) is not None
    same = inbox_lists.with_contact(session, found.contact_id, most=OTHERS + 1) if his else ()
    return Menu(
        id=found.id, subject=str(found.subject), had=str(found.assignee_id or ""),
        mine=found.assignee_id is not None and found.assignee_id == viewer.user_id,
        closed=found.closed_at is not None, snoozed=found.snoozed_until is not None,
        chat=chats.chat_in(session, found.id) is not None, junk=chat_junk.since(session, found) is not None,
        people=people_for(session, found.assignee_id, zone), departments=departments_for(session),
        plans=list(plans_for(session, found.department_id, zone)),
        plan_min=f"{now().astimezone(zone):%Y-%m-%dT%H:%M}",
        zone_words=_("%(city)s time", city=zone.key.rpartition("/")[2].replace("_", " ")),
        reasons=[_(reason) for reason in REASONS],
        others=[Link(str(each.subject), str(each.id)) for each in same if each.id != found.id],
    )  # fmt: skip
