"""Answering in a chat: kept as it is typed, sent at once, where the contact wrote last unless that was changed."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.orm import Session

from crm import chat_drafts, chat_writing
from crm.chat_drafts import ChatDraft, Typed
from crm.chat_writing import Wanted
from crm.chats import Chat
from crm.desk import Refusal
from crm.web.answer_box import AnswerBox, Way, box_of, ways_to
from crm.web.composer import whole_number
from crm.web.seen import visible
from hub.chats import Button
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.keyboard import WRITING, add_key
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of

MOST_BUTTONS = 20
LETTERS = 80  # of a button
VALUES = 20
LONGEST = 2_000  # letters of a template's value
AT_ONCE = "outerHTML settle:0"  # in one go: a key that is pressed meanwhile would be lost

Said = Mapping[str, str]

add_key("Shift Enter", N_("A new line in a chat, where Enter sends"), WRITING)


@page("GET", "/contacts/{id}/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    """Show where a contact is answered in a chat; to a browser without scripts on his card."""
    if not is_fragment(request):
        return see_other(_on_card(request))
    held = whole_number(request.query["chat"]) if "chat" in request.query else None
    return await _show(request, held, focus="focus" in request.query)


@page("POST", "/contacts/{id}/answer")
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep what is typed, while it is typed; `show` has it shown again, as where it goes was changed."""
    said = await form(request)
    await request.app[DB].write(_keep, viewer_of(request), path_id(request), said)
    if not is_fragment(request):
        return see_other(_on_card(request))
    return await _show(request, _held(said), focus=True) if said.get("show") else web.Response(status=204)


@page("DELETE", "/contacts/{id}/answer")
async def discard(request: web.Request) -> web.StreamResponse:
    """Throw away what was written."""
    await request.app[DB].write(_discard, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Draft thrown away")), back=f"/contacts/{path_id(request)}")


@page("POST", "/contacts/{id}/answer/message")
async def send(request: web.Request) -> web.StreamResponse:
    """Send it. It cannot be taken back: nobody waits ten seconds in a chat."""
    said = await form(request)
    await request.app[DB].write(_send, viewer_of(request), path_id(request), said)
    if not is_fragment(request):
        return see_other(_on_card(request))
    return await _show(request, _held(said), focus=True)


@page("POST", "/contacts/{id}/answer/typing")
async def typing(request: web.Request) -> web.StreamResponse:
    """Have the contact see that somebody types."""
    chat_id = whole_number((await form(request)).get("chat", ""))
    await request.app[DB].write(_typing, viewer_of(request), path_id(request), chat_id)
    return web.Response(status=204)


async def _show(request: web.Request, held: int | None, *, focus: bool = False) -> web.StreamResponse:
    shown = await request.app[DB].read(_box, viewer_of(request), path_id(request), held)
    response = await render(request, "_answer.html", answer=shown, focus=focus)
    if request.method == "POST":  # what is refused becomes a toast, and what was typed stays
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#composer", AT_ONCE
    return response


def _on_card(request: web.Request) -> str:
    return f"/contacts/{path_id(request)}?by=chat#composer"


def _held(said: Said) -> int | None:
    """Give the chat that the box stays with, 0 for that of what is being written, None where it stays with none."""
    return whole_number(said.get("chat", "")) if "held" in said else None


def _box(session: Session, viewer: Viewer, contact_id: int, held: int | None) -> AnswerBox:
    found = box_of(session, viewer, visible(session, viewer, contact_id), held)
    if found is None:
        raise Refusal(_("Nobody has written from this card in a chat."))
    return found


def _keep(session: Session, viewer: Viewer, contact_id: int, said: Said) -> ChatDraft:
    draft = _draft(session, viewer, contact_id)
    chat_drafts.keep(session, draft, Typed(
        body=said.get("body"), buttons=said.get("buttons"),
        chat_id=whole_number(said["chat"]) if "chat" in said else None,
        answers_id=whole_number(said["answers"]) if "answers" in said else None,
    ))  # fmt: skip
    return draft


def _send(session: Session, viewer: Viewer, contact_id: int, said: Said) -> None:
    draft = _draft(session, viewer, contact_id)
    if "turn" in said and whole_number(said["turn"]) != draft.turn:
        return  # pressed twice at once
    _keep(session, viewer, contact_id, said)
    way = _way(session, draft.contact_id, whole_number(said.get("chat", "")) or draft.chat_id)
    wanted = _template(way, said) if said.get("template") else _words(session, draft, way)
    chat_writing.say(session, viewer, wanted)
    chat_drafts.empty(session, draft)


def _template(way: Way, said: Said) -> Wanted:
    name, _space, language = said["template"].partition("\n")
    wanted = range(1, VALUES + 1)
    values = [" ".join(said.get(f"value-{number}", "").split())[:LONGEST] for number in wanted]
    while values and not values[-1]:
        values.pop()
    return Wanted(chat_id=way.chat.id, template=name, language=language, values=tuple(values))


def _words(session: Session, draft: ChatDraft, way: Way) -> Wanted:
    lines = [" ".join(line.split())[:LETTERS] for line in draft.buttons.splitlines()]
    most = min(way.rules.buttons, MOST_BUTTONS)
    buttons = tuple(Button(text=line, payload=line) for line in lines if line)
    if len(buttons) > most:
        raise Refusal(_("There can be %(most)s buttons at most.", most=most))
    return Wanted(
        chat_id=way.chat.id, text=draft.body.strip(), files=chat_drafts.enclosures(session, draft.id),
        buttons=buttons, answers=draft.answers_id,
    )  # fmt: skip


def _typing(session: Session, viewer: Viewer, contact_id: int, chat_id: int) -> None:
    contact, chat = visible(session, viewer, contact_id), session.get(Chat, chat_id)
    if chat is not None and chat.contact_id == contact.id and chat.blocked_at is None:
        chat_writing.typing(session, viewer, chat)


def _discard(session: Session, viewer: Viewer, contact_id: int) -> None:
    chat_drafts.empty(session, _draft(session, viewer, contact_id))


def _draft(session: Session, viewer: Viewer, contact_id: int) -> ChatDraft:
    contact = visible(session, viewer, contact_id)
    if viewer.user_id is None:
        raise Refusal(_("Only a person writes drafts."))
    return chat_drafts.locked(session, viewer.user_id, contact.id)


def _way(session: Session, contact_id: int, chat_id: int | None) -> Way:
    """Give where it goes: to the chat that was named, which may be another card's by now, or where he wrote last."""
    ways = ways_to(session, contact_id)
    if not ways:
        raise Refusal(_("Nobody has written from this card in a chat."))
    if not chat_id:
        return ways[0]
    found = next((each for each in ways if each.chat.id == chat_id), None)
    if found is None:
        raise Refusal(_("This chat is not on this card any more. Choose where the answer goes."))
    return found
