"""What the inbox shows: whose conversations, whose turn, put off or closed; each list along an index of its own.

Those that wait for us come first, what is late on top and else the longest wait; then those where we wait, the newest
on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select, and_, false, func, select, true
from sqlalchemy.orm import Session

from crm import conversation_tags, legs
from crm.conditions import spans
from crm.conversations import Conversation, Interaction
from crm.legs import Leg, Place
from crm.listing import ME, NOBODY, TOUCHED, Asked
from crm.rights import sees_conversation
from crm.tasks import Task
from crm.turns import SPEAKS
from hub.channels import Channel
from hub.clock import now
from hub.users import Viewer

MINE, QUEUE, DEPARTMENT, ALL = "mine", "unassigned", "department", "all"
VIEWS = (MINE, QUEUE, DEPARTMENT, ALL)
PINNED = 500
COUNTED = 1000  # beyond it nobody needs the number


class Row(NamedTuple):
    """A conversation and where it stands in its list."""

    place: Place
    conversation: Conversation


def page_of(session: Session, viewer: Viewer, asked: Asked, after: str, most: int) -> list[Row]:
    """Give so many conversations behind a place ("": from the top). legs.Unreadable: no place of this list."""
    rows = select(Conversation).where(_whose(viewer, asked), *_narrowed(session, viewer, asked))
    walked = [
        Leg(rows.where(*where), Conversation.id, key, down) for key, down, where in _legs(viewer, asked)
    ]
    return [Row(place, row[0]) for place, row in legs.walk(session, walked, after, most)]


def ids_of(session: Session, viewer: Viewer, asked: Asked, most: int) -> list[int]:
    """Give the numbers of so many of a list, the first ones first."""
    return [row.conversation.id for row in page_of(session, viewer, asked, "", most)]


def waiting(session: Session, viewer: Viewer) -> dict[str, int]:
    """Count what waits for us in each view; no further than COUNTED."""
    turn = (_OPEN, Conversation.waits_since.is_not(None))
    counted = [_counted(_view(viewer, view), *turn) for view in VIEWS]
    return dict(zip(VIEWS, session.execute(select(*counted)).one(), strict=True))


def for_me(me: BindParameter[int], place: BindParameter[int | None]) -> ColumnElement[int]:
    """Give what counts the conversations that wait for us and that a person has, or nobody of his department."""
    turn = (_OPEN, Conversation.waits_since.is_not(None))
    queue = (Conversation.department_id == place, Conversation.assignee_id.is_(None))
    return _counted(Conversation.assignee_id == me, *turn) + _counted(*queue, *turn)


def with_contact(
    session: Session, contact_id: int, since: datetime | None = None, most: int = 100
) -> Sequence[Conversation]:
    """Give a contact's conversations in which something was since then, the newest first, for who may see his card."""
    wanted = select(Conversation).where(
        Conversation.contact_id == contact_id, Conversation.merged_into_id.is_(None)
    )
    if since is not None:
        wanted = wanted.where(Conversation.last_at >= since)
    return session.scalars(
        wanted.order_by(Conversation.last_at.desc(), Conversation.id.desc()).limit(most)
    ).all()


_OPEN = and_(Conversation.closed_at.is_(None), Conversation.snoozed_until.is_(None))


def _counted(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    some = select(Conversation.id).where(*conditions).limit(COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _legs(viewer: Viewer, asked: Asked) -> Iterator[tuple[object, bool, Sequence[ColumnElement[bool]]]]:
    """Give by what each part is sorted, whether downwards, and which conversations stand in it."""
    state, turn = asked.picks.get("state", ""), asked.picks.get("turn", "")
    if state == "snoozed":
        yield Conversation.snoozed_until, False, [Conversation.snoozed_until.is_not(None)]
        return
    if state == "closed":
        shown = [Conversation.closed_at.is_not(None), Conversation.merged_into_id.is_(None)]
        yield Conversation.closed_at, True, shown
        return
    if turn != "them":
        waits, late = (_OPEN, Conversation.waits_since.is_not(None)), _late(viewer, asked)
        yield Conversation.waits_since, False, [*waits, Conversation.id.in_(late)]
        yield Conversation.waits_since, False, [*waits, Conversation.id.not_in(late)]
    if turn != "us":
        yield Conversation.last_at, True, [_OPEN, Conversation.waits_since.is_(None)]


def _late(viewer: Viewer, asked: Asked) -> Select[int | None]:
    """Give the conversations for which a task is late: no more than PINNED, those that are late the longest."""
    view, place = asked.picks.get("view", MINE), viewer.department_id
    late = (
        select(Interaction.conversation_id)
        .join(Task, Task.interaction_id == Interaction.id)
        .where(Task.done_at.is_(None), Task.due_at <= now(), Interaction.conversation_id.is_not(None), SPEAKS)
    )
    if view == MINE:
        late = late.where(Task.assignee_id == viewer.user_id)
    elif view == DEPARTMENT or not viewer.sees_all:
        late = late.where(Task.department_id == place)
    return late.order_by(Task.due_at, Task.id).limit(PINNED)


def _whose(viewer: Viewer, asked: Asked) -> ColumnElement[bool]:
    return _view(viewer, asked.picks.get("view", MINE))


def _view(viewer: Viewer, view: str) -> ColumnElement[bool]:
    own = viewer.department_id
    place = Conversation.department_id == own if own is not None else false()
    if view == MINE:
        return Conversation.assignee_id == viewer.user_id if viewer.user_id is not None else false()
    if view == QUEUE:
        return and_(Conversation.assignee_id.is_(None), true() if viewer.sees_all else place)
    if view == DEPARTMENT:
        return place
    return sees_conversation(viewer)


def _narrowed(session: Session, viewer: Viewer, asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.department is not None:
        yield Conversation.department_id == asked.department
    if asked.tag is not None:
        yield Conversation.id.in_(conversation_tags.ids_with(asked.tag))
    if asked.responsible:
        yield _with(viewer, asked.responsible)
    if (channel := asked.picks.get("channel", "")).isdecimal():
        yield Conversation.channel_id == int(channel)
    if by := asked.picks.get("by", ""):
        yield Conversation.channel_id.in_(select(Channel.id).where(Channel.kind == by))
    yield from spans(session, asked, {TOUCHED: Conversation.last_at})


def _with(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    if whose == NOBODY:
        return Conversation.assignee_id.is_(None)
    user_id = viewer.user_id if whose == ME else int(whose)
    return Conversation.assignee_id == user_id if user_id is not None else false()
