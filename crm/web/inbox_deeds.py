"""What is done with one conversation. Every change is an address of its own, with a way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from aiohttp import web
from sqlalchemy.orm import Session

from crm import chat_junk, follow_ups, inbox, inbox_ways, listing, regroupings
from crm.conversations import Conversation
from crm.desk import Refusal
from crm.regroupings import MERGE
from crm.rights import conversation_for
from crm.setup import setup
from crm.web.inbox_reading import visible
from crm.web.tasks import moment_in
from hub.languages import _, listener, ngettext
from hub.users import User, Viewer
from hub.web import moments
from hub.web.frame import COMPANY
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of
from hub.web.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")


class Given(NamedTuple):
    """What came of giving it to somebody: the words, and who had it before."""

    words: str
    before: str


@page("POST", "/inbox/{id}/assignment")
async def assign(request: web.Request) -> web.StreamResponse:
    """Give it to a colleague or to a department's queue; `had` is who had it when that was chosen."""
    said = await form(request)
    had = inbox.ANYBODY if "had" not in said else listing.number(said["had"])
    given = await _do(request, _assign, said.get("to", ""), said.get("why", ""), had)
    undo = f"/inbox/{path_id(request)}/assignment?to={given.before}"
    return await changed(request, Toast(text=given.words, undo=undo))


@page("DELETE", "/inbox/{id}/assignment")
async def give_back(request: web.Request) -> web.StreamResponse:
    """Give it back to whoever had it, who is named in the address."""
    given = await _do(request, _assign, request.query.get("to", ""), "", inbox.ANYBODY)
    return await changed(request, Toast(text=given.words))


@page("POST", "/inbox/{id}/snooze")
async def snooze(request: web.Request) -> web.StreamResponse:
    """Put it off."""
    zone = listener().zone or request.app[COMPANY]().zone
    at = moment_in((await form(request)).get("at", ""), lambda local: local.replace(tzinfo=zone))
    put_off = await _do(request, _snooze, at)
    words = _("Snoozed until %(at)s: %(what)s", at=moments.when(at, zone), what=put_off.subject)
    return await changed(request, Toast(text=words, undo=f"/inbox/{put_off.id}/snooze"))


@page("DELETE", "/inbox/{id}/snooze")
async def wake(request: web.Request) -> web.StreamResponse:
    """Have it back now."""
    back = await _do(request, _snooze, None)
    return await changed(request, Toast(text=_("Back: %(what)s", what=back.subject)))


@page("POST", "/inbox/{id}/closing")
async def close(request: web.Request) -> web.StreamResponse:
    """Close it for a reason: one of those that are offered, or in one's own words."""
    said = await form(request)
    closed = await _do(request, _close, said.get("own", "").strip() or said.get("why", ""))
    return await changed(
        request, Toast(text=_("Closed: %(what)s", what=closed.subject), undo=f"/inbox/{closed.id}/closing")
    )


@page("DELETE", "/inbox/{id}/closing")
async def reopen(request: web.Request) -> web.StreamResponse:
    """Take back that it was closed."""
    back = await _do(request, _reopen)
    return await changed(request, Toast(text=_("Open again: %(what)s", what=back.subject)))


@page("POST", "/inbox/{id}/spam")
async def call_spam(request: web.Request) -> web.StreamResponse:
    """Set aside what is written in it, from now on as well: it is spam."""
    subject = await _do(request, _call_spam)
    words = _("Spam, and what follows from there is set aside: %(what)s", what=subject)
    return await changed(request, Toast(text=words, undo=f"/inbox/{path_id(request)}/spam"))


@page("DELETE", "/inbox/{id}/spam")
async def no_spam(request: web.Request) -> web.StreamResponse:
    """Take that back; what came meanwhile goes on."""
    meanwhile = await _do(request, chat_junk.no_spam)
    came = ngettext(
        "No spam: %(num)s message that was set aside goes on", "No spam: %(num)s messages that were set aside go on",
        meanwhile,
    )  # fmt: skip
    return await changed(request, Toast(text=came if meanwhile else _("No spam: they can write again")))


@page("POST", "/inbox/{id}/tags")
async def tag(request: web.Request) -> web.StreamResponse:
    """Put a tag on it."""
    made = await _do(request, inbox.tag, (await form(request)).get("name", ""))
    undo = f"/inbox/{path_id(request)}/tags/{made.id}"
    return await changed(request, Toast(text=_("Tag: %(name)s", name=made.name), undo=undo))


@page("DELETE", "/inbox/{id}/tags/{tag}")
async def untag(request: web.Request) -> web.StreamResponse:
    """Take a tag off it."""
    gone = await _do(request, inbox.untag, path_id(request, "tag"))
    return await changed(request, Toast(text=_("Tag taken off: %(name)s", name=gone.name)))


@page("POST", "/inbox/{id}/merge")
async def merge(request: web.Request) -> web.StreamResponse:
    """Make it a part of another conversation of the same contact."""
    into = listing.number((await form(request)).get("into")) or 0
    deed = await _do(request, _merge, into)
    return await changed(
        request,
        Toast(text=_("Two conversations became one"), undo=f"/regroupings/{deed}"),
        back=f"/inbox/{into}",
    )


@page("POST", "/inbox/{id}/split")
async def split(request: web.Request) -> web.StreamResponse:
    """Make a conversation of its own of what stands in it from one touch on."""
    touch_id = listing.number((await form(request)).get("touch")) or 0
    deed, made = await _do(request, _split, touch_id)
    toast = Toast(text=_("Split off"), undo=f"/regroupings/{deed}", href=f"/inbox/{made}", words=_("Open it"))
    return await changed(request, toast)


@page("POST", "/inbox/{id}/join")
async def join(request: web.Request) -> web.StreamResponse:
    """Make it a part of what it follows up."""
    deed, into, subject = await _do(request, _join)
    toast = Toast(text=_("Joined with “%(subject)s”", subject=subject), undo=f"/regroupings/{deed}",
                  href=f"/inbox/{into}", words=_("Open it"))  # fmt: skip
    return await changed(request, toast)


@page("POST", "/inbox/{id}/apart")
async def keep_apart(request: web.Request) -> web.StreamResponse:
    """Say that it follows up nothing."""
    await _do(request, follow_ups.keep_apart)
    return await changed(request, Toast(text=_("Kept apart"), undo=f"/inbox/{path_id(request)}/apart"))


@page("DELETE", "/inbox/{id}/apart")
async def ask_again(request: web.Request) -> web.StreamResponse:
    """Take back that it was kept apart."""
    await _do(request, follow_ups.ask_again)
    return await changed(request, Toast(text=_("It may be a follow-up after all")))


@page("DELETE", "/regroupings/{id}")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Take back that conversations were made one or split."""
    await request.app[DB].write(_undo, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("As it was before")))


async def _do(
    request: web.Request, deed: Callable[Concatenate[Session, Viewer, Conversation, P], T], *args: P.args,
    **kwargs: P.kwargs,
) -> T:  # fmt: skip
    """Do something with the conversation in the address."""

    def do(session: Session, viewer: Viewer, conversation_id: int) -> T:
        return deed(session, viewer, visible(session, viewer, conversation_id), *args, **kwargs)

    return await request.app[DB].write(do, viewer_of(request), path_id(request))


def _assign(
    session: Session, viewer: Viewer, found: Conversation, to: str, why: str, had: int | None
) -> Given:
    before = f"user:{found.assignee_id}" if found.assignee_id else f"department:{found.department_id}"
    inbox_ways.require_sight(session, found, to)
    inbox.assign(session, viewer, found, to, why, had)
    what = str(found.subject)
    if found.assignee_id is None:
        department = setup(session).departments[found.department_id or 0].name
        return Given(_("%(task)s: in the queue of %(department)s", task=what, department=department), before)
    if found.assignee_id == viewer.user_id:
        return Given(_("%(task)s: yours now", task=what), before)
    name = session.get_one(User, found.assignee_id).name
    return Given(_("%(task)s: %(name)s has it now", task=what, name=name), before)


def _snooze(session: Session, viewer: Viewer, found: Conversation, until: datetime | None) -> Conversation:
    inbox.snooze(session, viewer, found, until)
    return found


def _close(session: Session, viewer: Viewer, found: Conversation, why: str) -> Conversation:
    inbox.close(session, viewer, found, why)
    return found


def _reopen(session: Session, viewer: Viewer, found: Conversation) -> Conversation:
    inbox.reopen(session, viewer, found)
    return found


def _call_spam(session: Session, viewer: Viewer, found: Conversation) -> str:
    chat_junk.call_spam(session, viewer, found)
    return str(found.subject)


def _merge(session: Session, viewer: Viewer, found: Conversation, into_id: int) -> int:
    into = conversation_for(session, viewer, into_id)
    if into is None:
        raise Refusal(_("Choose one of the conversations that were offered"))
    deed = regroupings.merge(session, viewer, found, into)
    session.flush()
    return deed.id


def _split(session: Session, viewer: Viewer, found: Conversation, touch_id: int) -> tuple[int, int]:
    deed = regroupings.split(session, viewer, found, touch_id)
    session.flush()
    return deed.id, deed.into_id


def _join(session: Session, viewer: Viewer, found: Conversation) -> tuple[int, int, str]:
    into = follow_ups.quoted(session, found)
    if into is not None and conversation_for(session, viewer, into.id) is None:
        raise Refusal(_("The other conversation is another department's. Ask who leads yours, or a manager"))
    deed = follow_ups.join(session, viewer, found)
    session.flush()
    return deed.id, deed.into_id, str(into.subject) if into else ""


def _undo(session: Session, viewer: Viewer, regrouping_id: int) -> None:
    deed = session.get(regroupings.Regrouping, regrouping_id)
    if deed is None or conversation_for(session, viewer, deed.into_id) is None:
        raise Problem(404, _("There is nothing at this address."))
    if deed.kind != MERGE and conversation_for(session, viewer, deed.from_id) is None:
        raise Problem(404, _("There is nothing at this address."))
    regroupings.undo(session, viewer, regrouping_id)
