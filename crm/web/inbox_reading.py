"""A conversation as it is read: what was written in it, how it stands, and whose card it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_junk, chats, follow_ups, inbox, regroupings
from crm.conversation_tags import tags_of
from crm.conversations import Conversation, Interaction
from crm.inbox_lists import ALL
from crm.listing import INBOX, Asked
from crm.regroupings import MERGE, Regrouping
from crm.rights import conversation_for
from crm.setup import setup
from crm.web.card_marks import Mark
from crm.web.card_presence import Presence
from crm.web.card_presence import here as present
from crm.web.chat_bubbles import without_tasks
from crm.web.clocks import Clock, clock
from crm.web.events import KINDS, Event, together, touched
from crm.web.happened import TOUCH, Happened
from crm.web.inbox_beside import Beside, beside
from crm.web.inbox_rows import names_of, promises_of
from crm.web.inbox_writing import Writing, writing_of
from crm.web.lists import address
from crm.web.people import Person, people_of
from crm.web.places import Place
from crm.web.timeline import around_of
from crm.web.zones import zone_of
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.users import Viewer
from hub.web.problems import Problem

MOST = 200  # touches that are shown at first, the newest ones …
CHAT = 50  # … of a chat
MORE = 100  # as many more at each asking
AT_ALL = 1_000  # beyond it there is the card
LINES = 5  # of what was done with it


class Link(msgspec.Struct, frozen=True):
    """Something to open."""

    name: str
    href: str


class Line(msgspec.Struct, frozen=True):
    """Something that was done to the conversation."""

    who: str
    words: str
    at: datetime


class Touch(msgspec.Struct, frozen=True):
    """One touch in the thread; `split` says that a conversation of its own can begin with it."""

    id: int
    event: Event
    split: bool


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _inbox_reading.html."""

    id: int
    here: str
    back: str
    subject: str
    name: str
    channel: str
    clock: Clock | None
    waits_since: datetime | None
    last_at: datetime
    snoozed_until: datetime | None
    closed_at: datetime | None
    closed_by: str
    closed_why: str
    junk_since: datetime | None
    assignee: Person | None
    mine: bool
    department: str
    tags: Sequence[Mark]
    quoted: Link | None
    regrouped: Link | None
    earlier: str
    older: str
    touches: Sequence[Touch]
    done: Sequence[Line]
    beside: Beside
    writing: Writing
    presence: Presence | None


def visible(session: Session, viewer: Viewer, conversation_id: int) -> Conversation:
    """Give a conversation that this viewer sees; any other is not found, whether it is there or not."""
    found = conversation_for(session, viewer, conversation_id)
    if found is None:
        raise Problem(404, _("There is no such conversation, or it is not yours to see."))
    return found


def reading_of(
    session: Session, viewer: Viewer, conversation_id: int, asked: Asked, most: int | None = None
) -> Reading:
    """Give a conversation to read: its newest touches, `most` of them where somebody asked for so many."""
    found, zone = visible(session, viewer, conversation_id), zone_of(session)
    people = people_of(session, [found.assignee_id, found.closed_by], zone)
    promise, touches = promises_of(session, [found.id]).get(found.id), _touches(session, found.id, most)
    department, closer = (
        setup(session).departments.get(found.department_id or 0),
        people.get(found.closed_by or 0),
    )
    quoted = follow_ups.quoted(session, found)
    shown = touches[-_size(touches, most) :]
    thread = _thread(session, viewer, shown, str(found.subject))
    card = beside(session, viewer, found, {touch.id for touch in shown})
    wider = min(_size(touches, most) + MORE, AT_ALL) if len(touches) > len(shown) else 0
    further = wider if wider > len(shown) else 0
    return Reading(
        id=found.id, here=_at(asked, f"/{found.id}/reading", most or 0), back=address(asked),
        subject=str(found.subject),
        name=names_of(session, {found.contact_id})[found.contact_id], channel=_channel(touches),
        clock=clock(promise, zone, now()) if promise else None, waits_since=found.waits_since, last_at=found.last_at,
        snoozed_until=found.snoozed_until, closed_at=found.closed_at, closed_by=closer.name if closer else "",
        closed_why=str(found.closed_why), junk_since=chat_junk.since(session, found),
        assignee=people.get(found.assignee_id or 0),
        mine=found.assignee_id is not None and found.assignee_id == viewer.user_id,
        department=department.name if department else "", tags=_marks(session, found),
        quoted=_link(session, viewer, quoted, asked) if quoted else None, regrouped=_regrouped(session, viewer, found),
        older=_at(asked, f"/{found.id}", further) if further else card.href if wider else "",
        earlier=_at(asked, f"/{found.id}/reading", further) if further else "", touches=thread,
        presence=present(session, viewer, found.contact_id) if card.href else None, done=_done(session, found.id),
        beside=card,
        writing=writing_of(session, viewer, found, [each.event for each in thread], card.href),
    )  # fmt: skip


def _at(asked: Asked, path: str, most: int) -> str:
    here = address(asked, path)
    return f"{here}{'&' if '?' in here else '?'}most={most}" if most else here


def _size(touches: Sequence[Interaction], most: int | None) -> int:
    """Give how many are shown: of a chat fewer, for they are short and many."""
    usual = CHAT if touches and touches[-1].kind == chats.KIND else MOST
    return min(max(most or usual, usual), AT_ALL)


def _touches(session: Session, conversation_id: int, most: int | None) -> list[Interaction]:
    """Give the newest touches, at least one more than are shown, in the order of time."""
    wanted = select(Interaction).where(Interaction.conversation_id == conversation_id)
    newest = session.scalars(
        wanted.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(
            min(max(most or 0, MOST), AT_ALL) + 1
        )
    )
    return list(newest)[::-1]


def _thread(session: Session, viewer: Viewer, touches: Sequence[Interaction], subject: str) -> list[Touch]:
    """Show what was written, less what stands over and beside it already: the subject and the task."""
    rows = [Happened(Place(touch.at, TOUCH, touch.id), touch) for touch in touches]
    around = around_of(session, viewer, rows)
    events = [structs.replace(touched(touch, around), task=None) for touch in touches]
    first = touches[0].id if touches else 0
    return [
        Touch(
            first if event.talk else int(event.id), _alone(event, subject, first), at > 0 and not event.talk
        )
        for at, event in enumerate(together(events))
    ]


def _alone(event: Event, subject: str, first: int) -> Event:
    if event.talk:
        return structs.replace(event, talk=without_tasks(event.talk, split_from=first))
    return structs.replace(event, subject="") if event.subject == subject else event


def _channel(touches: Sequence[Interaction]) -> str:
    return _(KINDS[touches[-1].kind]) if touches and touches[-1].kind in KINDS else ""


def _marks(session: Session, found: Conversation) -> list[Mark]:
    def everywhere(tag_id: int) -> str:
        return address(Asked(kind=INBOX, tag=tag_id, picks={"view": ALL}))

    own = tags_of(session, [found.id])[found.id]
    return [Mark(tag.name, everywhere(tag.id), f"/inbox/{found.id}/tags/{tag.id}") for tag in own]


def _link(session: Session, viewer: Viewer, quoted: Conversation, asked: Asked) -> Link:
    """Name what it may follow up; its subject was quoted to us, its contents are only for who may see them."""
    seen = conversation_for(session, viewer, quoted.id) is not None
    return Link(str(quoted.subject), address(asked, f"/{quoted.id}") if seen else "")


def _regrouped(session: Session, viewer: Viewer, found: Conversation) -> Link | None:
    deed = regroupings.regrouping_of(session, found.id)
    if deed is None:
        return None
    other = session.get_one(Conversation, deed.from_id if deed.into_id == found.id else deed.into_id)
    seen = deed.kind == MERGE or conversation_for(session, viewer, other.id) is not None
    return Link(_regrouped_words(deed, found, other), f"/regroupings/{deed.id}") if seen else None


def _regrouped_words(deed: Regrouping, found: Conversation, other: Conversation) -> str:
    if deed.kind == MERGE:
        return _("“%(subject)s” is a part of this", subject=other.subject)
    if deed.into_id == found.id:
        return _("Split off “%(subject)s”", subject=other.subject)
    return _("“%(subject)s” was split off this", subject=other.subject)


def _done(session: Session, conversation_id: int) -> list[Line]:
    entries = audit.history(session, inbox.KIND, conversation_id)
    return [Line(entry.who, str(entry.words), entry.at) for entry in entries if entry.words][:LINES]
