"""What staff do with conversations. Each verb moves the conversation and the tasks for it together.

To open a conversation takes it from nobody; to write in it does: see crm/settling.py.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm import conversation_tags, desk, tasks
from crm.conversations import Conversation
from crm.desk import WHY, Refusal
from crm.snoozed import TIMER
from crm.tags import Tag
from hub import audit
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.timers import Due
from hub.users import Department, User, Viewer

KIND = "conversation"
ANYBODY = -1


def assign(
    session: Session,
    viewer: Viewer,
    conversation: Conversation,
    to: str,
    why: str = "",
    had: int | None = ANYBODY,
) -> None:
    """Give it to `user:3`, or to the queue of `department:2`; refused where it is no longer with whom it `had`."""
    _lock(session, conversation)
    if had not in {ANYBODY, conversation.assignee_id}:
        holder = session.get(User, conversation.assignee_id) if conversation.assignee_id else None
        name = holder.name if holder else _("nobody")
        raise Refusal(_("Somebody was faster: it is with %(name)s now", name=name))
    before = _state(conversation)
    user, department = target(session, to)
    for task in tasks.waiting_in(session, conversation.id):
        desk.hand_over(session, viewer, task, to, why)
    _tell(session, conversation)
    conversation.assignee_id = user.id if user else None
    conversation.department_id = (
        department.id if department else (user.department_id if user else None) or conversation.department_id
    )
    _changed(session, viewer, conversation, before)
    if user is not None and user.id != viewer.user_id:
        alone = Audience(users=frozenset({user.id}))
        announce(session, Notice(kind=KIND, id=conversation.id, audience=alone, why=conversation.subject))


def snooze(session: Session, viewer: Viewer, conversation: Conversation, until: datetime | None) -> None:
    """Put it off until a moment to come, None: have it back now. Its promises go on."""
    if until is not None and until <= now():
        raise Refusal(_("Choose a time that is still to come"))
    _lock(session, conversation)
    if until is not None and conversation.closed_at is not None:
        raise Refusal(_("It is closed: reopen it first"))
    before = _state(conversation)
    for task in tasks.waiting_in(session, conversation.id):
        if until is None:
            desk.unplan(session, viewer, task)
        else:
            desk.plan(session, viewer, task, until)
    conversation.snoozed_until = until
    if until is not None:
        announce(session, Due(TIMER, until))
    _changed(session, viewer, conversation, before)


def close(session: Session, viewer: Viewer, conversation: Conversation, why: str) -> None:
    """Close it for this reason, and with it whatever waits in it."""
    _lock(session, conversation)
    why = " ".join(why.split())[:WHY]
    if conversation.closed_at is not None:
        return
    before, moment = _state(conversation), now()
    for task in tasks.waiting_in(session, conversation.id):
        words = (
            said("the conversation is closed: %(why)s", why=why)
            if why
            else said("the conversation is closed")
        )
        tasks.changed(session, task, viewer.user_id, words)
        desk.complete(session, viewer, task, moment)
    session.refresh(conversation)
    conversation.closed_at, conversation.closed_by, conversation.closed_why = moment, viewer.user_id, why
    conversation.waits_since = conversation.snoozed_until = None
    _changed(session, viewer, conversation, before)


def reopen(session: Session, viewer: Viewer, conversation: Conversation) -> None:
    """Take back that it was closed: what was done with that waits again."""
    _lock(session, conversation)
    if conversation.closed_at is None:
        return
    before = _state(conversation)
    for task in tasks.done_in(session, conversation.id, conversation.closed_at):
        desk.take_back(session, viewer, task)
    session.refresh(conversation)
    conversation.closed_at = conversation.closed_by = None
    conversation.closed_why = ""
    _changed(session, viewer, conversation, before)


def tag(session: Session, viewer: Viewer, conversation: Conversation, name: str) -> Tag:
    """Put a tag on it."""
    if not name.strip():
        raise Refusal(_("A tag needs a name"))
    made, new = conversation_tags.put(session, conversation.id, name)
    if new:
        _written(session, viewer, conversation, said("tagged %(tag)s", tag=made.name))
    return made


def untag(session: Session, viewer: Viewer, conversation: Conversation, tag_id: int) -> Tag:
    """Take a tag off it."""
    found = session.get(Tag, tag_id)
    if found is None:
        raise Refusal(_("There is no such tag"))
    if conversation_tags.take(session, conversation.id, tag_id):
        _written(session, viewer, conversation, said("no longer tagged %(tag)s", tag=found.name))
    return found


def target(session: Session, to: str) -> tuple[User | None, Department | None]:
    """Read to whom something is given: `user:3`, or `department:2` for its queue."""
    kind, _sep, number = to.partition(":")
    target = int(number) if number.isascii() and number.isdigit() and len(number) <= desk.ID_DIGITS else 0
    if kind == "user" and (user := session.get(User, target)) and user.disabled_at is None:
        return user, None
    if kind == "department" and (place := session.get(Department, target)) and place.retired_at is None:
        return None, place
    raise Refusal(_("Choose a colleague or a department that is still here"))


def audience(conversation: Conversation) -> Audience:
    """Tell who may hear that it changed."""
    return tasks.audience_of(conversation.assignee_id, conversation.department_id)


def _lock(session: Session, conversation: Conversation) -> None:
    """Have a letter that comes meanwhile wait, or be seen."""
    session.refresh(conversation, with_for_update=True)


def _state(conversation: Conversation) -> dict[str, object]:
    until, closed = conversation.snoozed_until, conversation.closed_at
    return {
        "assignee_id": conversation.assignee_id, "department_id": conversation.department_id,
        "snoozed_until": until.isoformat() if until else None,
        "closed_at": closed.isoformat() if closed else None, "closed_why": str(conversation.closed_why),
    }  # fmt: skip


def _changed(session: Session, viewer: Viewer, conversation: Conversation, before: dict[str, object]) -> None:
    session.flush()
    session.refresh(conversation)
    changes = audit.differences(before, _state(conversation))
    if changes:
        audit.record(session, viewer, audit.CHANGED, KIND, conversation.id, changes=changes)
    _tell(session, conversation)


def _written(session: Session, viewer: Viewer, conversation: Conversation, words: str) -> None:
    audit.record(session, viewer, audit.CHANGED, KIND, conversation.id, words=words)
    _tell(session, conversation)


def _tell(session: Session, conversation: Conversation) -> None:
    announce(session, Notice(kind=KIND, id=conversation.id, audience=audience(conversation)))
