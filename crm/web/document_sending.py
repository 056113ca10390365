"""Sending a document from its deal: as a draft of a letter or at once, in a chat, or as a link to be signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import (
    chat_writing,
    document_sendings,
    letter_boxes,
    letter_drafts,
    letter_templates,
    letter_writing,
    signing_certificates,
    signing_links,
    signings,
)
from crm.contacts import MAIL, Contact, handles_of
from crm.deals import Deal
from crm.desk import Refusal
from crm.document_sendings import LONGEST, Words
from crm.documents import DealDocument
from crm.letter_doubts import Doubtful
from crm.web.answer_box import ways_to
from crm.web.chat_kinds import known_as
from crm.web.composer import whole_number
from crm.web.deal_documents import found
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of

BY_MAIL, BY_LINK, BY_CHAT = "mail", "link", "chat:"

Said = Mapping[str, str]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _document_send.html. `ways` are (value, words); `link` stands there once it was made."""

    id: int
    deal_id: int
    title: str
    number: str
    ways: Sequence[tuple[str, str]]
    templates: Sequence[tuple[int, str]]
    subject: str
    text: str
    signed: str
    signs: bool
    link: str = ""
    days: int = signings.DAYS


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: words and where it stands, or a draft that is opened, or a link that is shown."""

    words: str = ""
    href: str = ""
    undo: str = ""
    draft: str = ""
    link: str = ""


@page("GET", "/documents/{id}/sending")
async def sheet(request: web.Request) -> web.StreamResponse:
    """Ask how it is sent."""
    return await _show(request)


@page("POST", "/documents/{id}/sending")
async def send(request: web.Request) -> web.StreamResponse:
    """Send it: by=mail (now, or as a draft), by=chat:3, or by=link; sign, with a link to be signed by."""
    said, viewer, base = await form(request), viewer_of(request), base_url(request)
    try:
        sent = await request.app[DB].write(_send, viewer, path_id(request), said, base)
    except Doubtful as doubtful:
        raise Refusal(" ".join(doubtful.words)) from None
    if sent.link:
        return await _show(request, sent.link)
    deal_id = await request.app[DB].read(lambda session: found(session, viewer, path_id(request)).deal_id)
    if sent.draft:
        if is_fragment(request):
            return web.Response(status=204, headers={"HX-Redirect": sent.draft})
        return see_other(sent.draft)
    toast = Toast(text=sent.words, undo=sent.undo, href=sent.href, words=_("Look at it") if sent.href else "")
    return await changed(request, toast, back=f"/deals/{deal_id}#documents")


@page("DELETE", "/documents/{id}/signature-request")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Have the link by which it is signed lead nowhere."""
    deal_id = await request.app[DB].write(_take_back, viewer_of(request), path_id(request))
    return await changed(
        request, Toast(text=_("The link leads nowhere now")), back=f"/deals/{deal_id}#documents"
    )


async def _show(request: web.Request, link: str = "") -> web.StreamResponse:
    shown = await request.app[DB].read(_sheet, viewer_of(request), path_id(request), link)
    fragment = is_fragment(request)
    response = await render(
        request, "_document_send.html" if fragment else "document_send.html", title=shown.title,
        back=Back(f"/deals/{shown.deal_id}", _("Deal")), sheet=shown, whole=not fragment,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    if request.method == "POST" and fragment:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _sheet(session: Session, viewer: Viewer, document_id: int, link: str) -> Sheet:
    document = found(session, viewer, document_id)
    contact_id = session.get_one(Deal, document.deal_id).contact_id
    words = document_sendings.usual_words(session, document)
    signed = signing_links.signature_of(session, document.id)
    signs = signed is None and signings.is_signed(session, document)
    return Sheet(
        id=document.id, deal_id=document.deal_id, title=signing_certificates.called(session, document),
        number=document.number, subject=words.subject, text=words.text,
        ways=_ways(session, contact_id, signs=signs), link=link, signs=signs,
        templates=[(each.id, each.name) for each in letter_templates.templates_for(session, viewer)],
        signed=signed.signed_by if signed else "",
    )  # fmt: skip


def _ways(session: Session, contact_id: int, *, signs: bool) -> list[tuple[str, str]]:
    """Give by what the contact can be reached; a link is for a document that is still to be signed."""
    mail = next(
        (each.value for each in handles_of(session, [contact_id])[contact_id] if each.kind == MAIL), ""
    )
    ways = []
    if mail and letter_boxes.boxes(session):
        ways.append((BY_MAIL, _("By mail to %(address)s", address=mail)))
    chats = [way for way in ways_to(session, contact_id) if way.chat.blocked_at is None]
    ways += [(f"{BY_CHAT}{way.chat.id}", f"{way.channel.title}: {known_as(way.chat)}") for way in chats]
    return [*ways, (BY_LINK, _("Only a link to be signed by, which you pass on yourself"))] if signs else ways


def _send(session: Session, viewer: Viewer, document_id: int, said: Said, base: str) -> Sent:
    document = found(session, viewer, document_id)
    by = said.get("by", "")
    words, link = _words(session, viewer, document, said), ""
    if by == BY_LINK or said.get("sign"):
        days = whole_number(said.get("days", "")) or signings.DAYS
        _signing, token = signings.ask(session, viewer, document, days)
        link = f"{base}/sign/{token}"
    if by == BY_LINK:
        return Sent(link=link)
    if by.startswith(BY_CHAT):
        return _say(session, viewer, document, words, link, whole_number(by.removeprefix(BY_CHAT)))
    if by != BY_MAIL:
        raise Refusal(_("Choose how it is sent."))
    return _mail(session, viewer, document, words, link, now=bool(said.get("now")))


def _words(session: Session, viewer: Viewer, document: DealDocument, said: Said) -> Words:
    if template_id := whole_number(said.get("wording", "")):
        return document_sendings.by_template(session, viewer, document, template_id)
    usual = document_sendings.usual_words(session, document)
    text = said.get("text", "").replace("\r\n", "\n").strip()[:LONGEST]
    return Words(" ".join(said.get("subject", "").split())[:200] or usual.subject, text or usual.text)


def _mail(
    session: Session, viewer: Viewer, document: DealDocument, words: Words, link: str, *, now: bool
) -> Sent:
    letter = document_sendings.letter(session, viewer, document, words, link)
    if now or viewer.user_id is None:
        touch = letter_writing.write(session, viewer, letter)
        return Sent(words=_("Sent in ten seconds"), undo=f"/letters/{touch.id}")
    draft = letter_drafts.begin(session, viewer.user_id, letter)
    return Sent(draft=f"/contacts/{letter.contact_id}?draft={draft.id}#composer")


def _say(
    session: Session, viewer: Viewer, document: DealDocument, words: Words, link: str, chat_id: int
) -> Sent:
    contact_id = session.get_one(Contact, session.get_one(Deal, document.deal_id).contact_id).id
    way = next((each for each in ways_to(session, contact_id) if each.chat.id == chat_id), None)
    if way is None:
        raise Refusal(_("This chat is not on this card any more. Choose where the answer goes."))
    text = document_sendings.with_link(words.text, link, document)
    file = document_sendings.enclosure(session, document)
    [touch, *_more] = chat_writing.say(
        session, viewer, chat_writing.Wanted(chat_id=chat_id, text=text, files=(file,))
    )
    return Sent(words=_("Said in the chat"), href=f"/contacts/{contact_id}#event-{touch.id}")


def _take_back(session: Session, viewer: Viewer, document_id: int) -> int:
    document = found(session, viewer, document_id)
    signings.revoke(session, viewer, document)
    return document.deal_id
