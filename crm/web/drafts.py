"""Writing a letter: begun on a card, kept while it is typed, sent or thrown away. Drafts are their author's alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
from aiohttp import web
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import letter_boxes, letter_drafts, letter_people, letter_replies, letter_writing, light_text
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.desk import Refusal
from crm.letter_doubts import Doubtful
from crm.letter_drafts import Draft, Typed
from crm.sendings import How, Wanted
from crm.web.answer_box import AnswerBox, box_of, wrote_last_in_a_chat
from crm.web.card import in_place
from crm.web.composer import Begun, Composer, begun, composer, own, whole_number
from crm.web.seen import visible
from crm.web.zones import zone_of
from hub.languages import N_, _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.keyboard import add_key
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

CONFLICT = 409
ANSWERS = frozenset({"reply", "all"})

add_key("w", N_("Write a letter"))


class Sent(msgspec.Struct, frozen=True):
    """A letter that leaves: which one, on whose card, and when, None for at once."""

    id: int
    contact_id: int
    at: datetime | None


@page("POST", "/contacts/{id}/drafts")
async def begin(request: web.Request) -> web.StreamResponse:
    """Begin a letter, or go on with the one that was begun: how=new|reply|all|forward, about=an interaction, to."""
    said = await form(request)
    draft_id, contact_id = await request.app[DB].write(_begin, viewer_of(request), path_id(request), said)
    if not is_fragment(request):
        return see_other(f"/contacts/{contact_id}?draft={draft_id}#composer")
    return await _show(request, draft_id)


@page("GET", "/contacts/{id}/drafts")
async def drafts(request: web.Request) -> web.StreamResponse:
    """Show what I began to write on a card."""
    if not is_fragment(request):
        return see_other(f"/contacts/{path_id(request)}")
    head, shown, answer = await request.app[DB].read(_drafts, viewer_of(request), path_id(request))
    return await render(request, "_writing.html", contact=head, drafts=shown, answer=answer)


@page("GET", "/drafts/{id}")
async def draft(request: web.Request) -> web.StreamResponse:
    """Show a draft: alone to a script, on its card to a browser."""
    if is_fragment(request):
        return await _show(request, path_id(request))
    contact_id = await request.app[DB].read(_whose, viewer_of(request), path_id(request))
    return see_other(f"/contacts/{contact_id}?draft={path_id(request)}#composer")


@page("POST", "/drafts/{id}")
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep what is typed, while it is typed."""
    said = await form(request)
    await request.app[DB].write(_keep, viewer_of(request), path_id(request), said)
    if is_fragment(request):
        return web.Response(status=204)
    return await changed(request, Toast(text=_("Draft kept")), back=f"/drafts/{path_id(request)}")


@page("POST", "/drafts/{id}/letter")
async def send(request: web.Request) -> web.StreamResponse:
    """Send it: after ten seconds, or at a moment. What speaks against it is said before."""
    said, viewer = await form(request), viewer_of(request)
    body = await request.app[DB].write(_keep, viewer, path_id(request), said)
    await asyncio.to_thread(light_text.prepare, body)
    try:
        sent = await request.app[DB].write(_send, viewer, path_id(request), said)
    except Doubtful as doubtful:
        return await _show(request, path_id(request), tuple(doubtful.words), status=CONFLICT)
    words = _("It leaves at the time that you chose") if sent.at else _("Sent in ten seconds")
    back = f"/contacts/{sent.contact_id}"
    return await changed(request, Toast(text=words, undo=f"/letters/{sent.id}"), back=back)


@page("DELETE", "/drafts/{id}")
async def discard(request: web.Request) -> web.StreamResponse:
    """Throw a draft away."""
    contact_id = await request.app[DB].write(_discard, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Draft thrown away")), back=f"/contacts/{contact_id}")


async def _show(
    request: web.Request, draft_id: int, against: tuple[str, ...] = (), status: int = 200
) -> web.StreamResponse:
    shown = await request.app[DB].read(_composer, viewer_of(request), draft_id, against)
    if not is_fragment(request):
        return await in_place(request, shown, status)
    response = await render(request, "_composer.html", composer=shown, status=status)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#composer", "outerHTML"
    return response


def _drafts(
    session: Session, viewer: Viewer, contact_id: int
) -> tuple[Contact, list[Begun], AnswerBox | None]:
    contact = visible(session, viewer, contact_id)
    chats = wrote_last_in_a_chat(session, contact.id)
    return contact, begun(session, viewer, contact.id), box_of(session, viewer, contact) if chats else None


def _composer(session: Session, viewer: Viewer, draft_id: int, against: tuple[str, ...]) -> Composer:
    return composer(session, viewer, own(session, viewer, draft_id), against)


def _begin(session: Session, viewer: Viewer, contact_id: int, said: dict[str, str]) -> tuple[int, int]:
    contact = visible(session, viewer, contact_id)
    if viewer.user_id is None:
        raise Refusal(_("Only a person writes drafts."))
    touch = _about(session, contact, said.get("about", ""))
    how: How = _how(said.get("how", "")) if touch else "new"
    conversation_id = touch.conversation_id if touch else None
    box = letter_boxes.box_for(session, viewer, contact, conversation_id)
    if box is None:
        raise Refusal(_("There is no mailbox to write from: an admin adds one under Settings, Channels."))
    wanted = letter_replies.begun(session, contact, box.id, touch, how, said.get("to", ""))
    draft = _begun(session, viewer, wanted)
    if draft is not None and not letter_drafts.says_something(session, draft):
        letter_drafts.drop(session, draft)  # it was opened and closed: what it would answer may be old
        draft = None
    if draft is None:
        draft = letter_drafts.begin(session, viewer.user_id, wanted)
    elif draft.how != how:
        letter_drafts.turn(draft, wanted)
    return draft.id, contact.id


def _begun(session: Session, viewer: Viewer, wanted: Wanted) -> Draft | None:
    """Give what was begun already: the answer in this conversation, to whichever letter of it and to whomever."""
    drafts = letter_drafts.drafts_of(session, viewer.user_id, wanted.contact_id)
    if wanted.how in ANSWERS:
        same = (each for each in drafts if each.how in ANSWERS and _is_in(each, wanted))
    else:
        alike = (each for each in drafts if each.how == wanted.how and each.about_id == wanted.about)
        same = (each for each in alike if letter_people.written(wanted.to) in each.to)
    return next(same, None)


def _is_in(draft: Draft, wanted: Wanted) -> bool:
    in_it = wanted.conversation_id is not None and draft.conversation_id == wanted.conversation_id
    return in_it or draft.about_id == wanted.about


def _about(session: Session, contact: Contact, text: str) -> Interaction | None:
    if not (touch_id := whole_number(text)):
        return None
    of_card = select(Interaction).where(Interaction.id == touch_id, Interaction.contact_id == contact.id)
    found = session.scalar(of_card)
    if found is None:
        raise Problem(404, _("There is no such letter on this card."))
    return found


def _how(text: str) -> How:
    return convert(text, How) if text in {"reply", "all", "forward"} else "reply"


def _whose(session: Session, viewer: Viewer, draft_id: int) -> int:
    return own(session, viewer, draft_id).contact_id


def _keep(session: Session, viewer: Viewer, draft_id: int, said: dict[str, str]) -> str:
    """Keep a draft as it was typed, and give its words."""
    box = letter_boxes.box(session, whole_number(said.get("channel", "")))
    typed = Typed(
        to=said.get("to"), cc=said.get("cc"), blind=said.get("blind"), subject=said.get("subject"),
        body=said.get("body"), channel_id=box.id if box else None,
        quotes=bool(said.get("quotes")) if "quotable" in said else None,
    )  # fmt: skip
    draft = own(session, viewer, draft_id)
    letter_drafts.keep(draft, typed)
    return draft.body


def _send(session: Session, viewer: Viewer, draft_id: int, said: dict[str, str]) -> Sent:
    draft = own(session, viewer, draft_id)
    if not letter_drafts.is_there(session, draft):
        raise Problem(404, _("There is no such draft: it was sent, or thrown away."))
    at = _moment(session, said.get("at", "")) if said.get("when") == "later" else None
    try:
        wanted = replace(letter_drafts.meant(session, draft, at), contact_id=draft.contact_id)
    except ValueError as error:
        raise Refusal(str(error)) from None
    knowing = bool(said.get("knowing"))
    touch = letter_writing.write(session, viewer, wanted, knowing=knowing, seen=draft.seen_id)
    letter_drafts.drop(session, draft)
    return Sent(touch.id, touch.contact_id, at)


def _moment(session: Session, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone_of(session)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal(_("Choose a time that is still to come, within a year.")) from None


def _discard(session: Session, viewer: Viewer, draft_id: int) -> int:
    draft = own(session, viewer, draft_id)
    contact_id = draft.contact_id
    letter_drafts.drop(session, draft)
    return contact_id
