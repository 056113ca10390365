"""What can be done to many conversations, one after the other, and how each of it is taken back; see crm/ways.py."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from crm import conversation_tags, inbox, rights, tasks
from crm.conversations import Conversation
from crm.desk import WHY, Refusal
from crm.tags import Tag
from crm.ways import State, Way
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Viewer
from hub.users import viewer as rights_of

ASSIGN, SNOOZE, CLOSE, MARK = "assign_conversation", "snooze", "close", "tag_conversation"


def assigning(session: Session, to: str) -> tuple[State, str]:
    """Read whom conversations are given to, `user:3` or `department:2`."""
    user, department = inbox.target(session, to)
    name = user.name if user else department.name if department else ""
    return {"to": to}, said("given to %(name)s", name=name)


def snoozing(until: datetime, words: str) -> tuple[State, str]:
    """Say until when they are put off; `words` are how the reader is told of it."""
    if until <= now():
        raise Refusal(_("Choose a time that is still to come"))
    return {"until": until.isoformat()}, said("snoozed until %(at)s", at=words)


def closing(why: str) -> tuple[State, str]:
    """Say why they are closed."""
    why = " ".join(why.split())[:WHY]
    return {"why": why}, said("closed: %(why)s", why=why) if why else said("closed")


def require_sight(session: Session, conversation: Conversation, to: str) -> None:
    """Refuse to give it to a colleague who may not see the card, unless a task that goes along lets him."""
    user, _department = inbox.target(session, to)
    if user is None or user.id == conversation.assignee_id or tasks.waiting_in(session, conversation.id):
        return
    if rights.contact_for(session, rights_of(user), conversation.contact_id) is None:
        words = _(
            "%(name)s may not see this card: give it to a colleague who may, or to a department.",
            name=user.name,
        )
        raise Refusal(words)


def _assign(session: Session, viewer: Viewer, found: Conversation, what: State) -> tuple[State, State]:
    before = _holder(found)
    try:
        require_sight(session, found, cast("str", what["to"]))
    except Refusal:  # of many, it stays where it is
        return {"to": before}, {"to": before}
    inbox.assign(session, viewer, found, cast("str", what["to"]))
    return {"to": before}, {"to": _holder(found)}


def _give_back(session: Session, viewer: Viewer, found: Conversation, after: State, before: State) -> bool:
    if _holder(found) != after["to"] or not before["to"]:
        return False
    try:
        inbox.assign(session, viewer, found, cast("str", before["to"]))
    except Refusal:
        return False
    return True


def _snooze(session: Session, viewer: Viewer, found: Conversation, what: State) -> tuple[State, State]:
    before = _until(found)
    inbox.snooze(session, viewer, found, datetime.fromisoformat(cast("str", what["until"])))
    return {"until": before}, {"until": _until(found)}


def _wake(session: Session, viewer: Viewer, found: Conversation, after: State, before: State) -> bool:
    if _until(found) != after["until"]:
        return False
    until = datetime.fromisoformat(cast("str", before["until"])) if before["until"] else None
    inbox.snooze(session, viewer, found, until if until and until > now() else None)
    return True


def _close(session: Session, viewer: Viewer, found: Conversation, what: State) -> tuple[State, State]:
    before = _closed(found)
    inbox.close(session, viewer, found, cast("str", what["why"]))
    return {"closed_at": before}, {"closed_at": _closed(found)}


def _reopen(session: Session, viewer: Viewer, found: Conversation, after: State, _before: State) -> bool:
    if _closed(found) != after["closed_at"]:
        return False
    inbox.reopen(session, viewer, found)
    return True


def _mark(session: Session, viewer: Viewer, found: Conversation, what: State) -> tuple[State, State]:
    tag_id, on = cast("int", what["tag"]), bool(what["on"])
    had = _has(session, found, tag_id)
    _put(session, viewer, found, tag_id, on=on)
    return {"tag": tag_id, "on": had}, {"tag": tag_id, "on": on}


def _unmark(session: Session, viewer: Viewer, found: Conversation, after: State, _before: State) -> bool:
    tag_id, on = cast("int", after["tag"]), bool(after["on"])
    if _has(session, found, tag_id) != on:
        return False
    _put(session, viewer, found, tag_id, on=not on)
    return True


def _has(session: Session, found: Conversation, tag_id: int) -> bool:
    return any(tag.id == tag_id for tag in conversation_tags.tags_of(session, [found.id])[found.id])


def _put(session: Session, viewer: Viewer, found: Conversation, tag_id: int, *, on: bool) -> None:
    tag = session.get(Tag, tag_id)
    if tag is not None and on:
        inbox.tag(session, viewer, found, tag.name)
    elif tag is not None:
        inbox.untag(session, viewer, found, tag_id)


def _holder(found: Conversation) -> str:
    if found.assignee_id is not None:
        return f"user:{found.assignee_id}"
    return f"department:{found.department_id}" if found.department_id is not None else ""


def _until(found: Conversation) -> str | None:
    return found.snoozed_until.isoformat() if found.snoozed_until else None


def _closed(found: Conversation) -> str | None:
    return found.closed_at.isoformat() if found.closed_at else None


WAYS = {
    ASSIGN: Way(_assign, _give_back, Conversation),
    SNOOZE: Way(_snooze, _wake, Conversation),
    CLOSE: Way(_close, _reopen, Conversation),
    MARK: Way(_mark, _unmark, Conversation),
}
