"""Public pages of who gets letters: what comes, the one click that ends it (RFC 8058), what he is asked to confirm.

To look changes nothing, since scanners follow every link: only a POST does. Nobody is signed in here, no cookie is set
or asked for, and nothing leads on to another address. The token is all the right there is, and the page shows only a
beginning of whose letters they are: a letter may have been passed on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import chat_joining, chat_places, consent_letters, consents, holders, leaving
from crm.chats import Chat
from crm.consents import PAGE, Consent, Origin
from crm.contacts import MAIL
from crm.holders import Holder
from crm.mailing_lists import MailingList
from crm.web.chat_kinds import kind_in_words
from crm.web.misses import missed, refuse_guessing
from hub.languages import LANGUAGES, Listener, _, listening, speaking_to
from hub.web.bodies import read_body
from hub.web.keys import DB
from hub.web.origin import base_url, remote
from hub.web.pages import ID_DIGITS, page, render
from hub.web.problems import Problem

LARGEST, SECONDS, MOST_FIELDS = 16 * 1024, 10.0, 200
ONE_CLICK, CLICKED = b"List-Unsubscribe", b"One-Click"


class Row(msgspec.Struct, frozen=True):
    """A list that can be chosen."""

    id: int
    name: str
    about: str
    taken: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of leaving.html; `done` says what just happened. `messenger` is by what it comes, "" for letters."""

    address: str
    messenger: str
    own: str
    language: str
    rows: Sequence[Row]
    done: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The values of confirming.html."""

    address: str
    name: str
    words: str
    language: str
    done: bool = False


@page("GET", "/unsubscribe/{token}", role=None)
async def choices(request: web.Request) -> web.StreamResponse:
    """Show what comes to this address; nothing changes."""
    refuse_guessing(request)
    shown = await request.app[DB].read(_choices, request.match_info["token"])
    return await _page(request, shown)


@page("POST", "/unsubscribe/{token}", role=None)
async def change(request: web.Request) -> web.StreamResponse:
    """Take the one click of a mail program, or what somebody chose on the page."""
    refuse_guessing(request)
    body = await read_body(request, LARGEST, SECONDS)
    token, origin = request.match_info["token"], Origin(source=PAGE, address=remote(request))
    if ONE_CLICK in body and CLICKED in body:
        clicked = msgspec.structs.replace(
            origin, place=ONE_CLICK.decode(), words=f"{ONE_CLICK.decode()}={CLICKED.decode()}"
        )
        return await _page(request, await request.app[DB].write(_leave, token, clicked))
    fields = _fields(body)
    chosen = msgspec.structs.replace(origin, place=leaving.PATH)
    match next((value for name, value in fields if name == "do"), ""):
        case "leave":
            shown = await request.app[DB].write(_leave, token, chosen)
        case "all":
            shown = await request.app[DB].write(_leave_all, token, chosen)
        case "choose":
            wanted = {int(value) for name, value in fields if name == "list" and _is_id(value)}
            shown = await request.app[DB].write(_choose, token, wanted, chosen, base_url(request))
        case _:
            raise Problem(422, _("Nothing was chosen."))
    return await _page(request, shown)


@page("GET", "/confirm/{token}", role=None)
async def question(request: web.Request) -> web.StreamResponse:
    """Ask whether it was he; nothing changes."""
    refuse_guessing(request)
    return await _asked(request, await request.app[DB].read(_question, request.match_info["token"]))


@page("POST", "/confirm/{token}", role=None)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Take that it was he."""
    refuse_guessing(request)
    token = request.match_info["token"]
    return await _asked(request, await request.app[DB].write(_confirm, token, remote(request)))


async def _page(request: web.Request, shown: Shown | None) -> web.StreamResponse:
    if shown is None:
        raise missed(request)
    _speak(shown.language)
    response = await render(request, "leaving.html", shown=shown, done=_done(shown))
    return _private(response)


def _done(shown: Shown) -> str:
    """Say what just happened."""
    if shown.messenger:
        return {"left": _("No more of “%(list)s” comes to you.", list=shown.own),
                "all": _("Nothing of this kind comes to you any more."), "chosen": _("Saved."),
                "asked": _("Saved. For what is new, confirm it in the message that comes now."),
                }.get(shown.done, "")  # fmt: skip
    return {"left": _("No more letters of “%(list)s” come to you.", list=shown.own),
            "all": _("No more letters of this kind come to you."), "chosen": _("Saved."),
            "asked": _("Saved. For what is new, confirm it in the letter that comes now."),
            }.get(shown.done, "")  # fmt: skip


async def _asked(request: web.Request, shown: Question | None) -> web.StreamResponse:
    if shown is None:
        raise missed(request)
    _speak(shown.language)
    return _private(await render(request, "confirming.html", question=shown))


def _private(response: web.Response) -> web.Response:
    """Keep the address of the page, which is all the right there is, from everybody else."""
    response.headers.update({
        "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
    })  # fmt: skip
    return response


def _speak(language: str) -> None:
    if language in LANGUAGES:
        listening.set(Listener(language))


def _choices(session: Session, token: str) -> Shown | None:
    holder = holders.read(session, token)
    return _shown(session, holder, "") if holder is not None else None


def _leave(session: Session, token: str, origin: Origin) -> Shown | None:
    holder = holders.read(session, token)
    if holder is None:
        return None
    leaving.leave(session, holder, _pressed(holder, origin, "leave"))
    return _shown(session, holder, "left" if holder.own else "all")


def _leave_all(session: Session, token: str, origin: Origin) -> Shown | None:
    holder = holders.read(session, token)
    if holder is None:
        return None
    leaving.leave_all(session, holder, _pressed(holder, origin, "all"))
    return _shown(session, holder, "all")


def _choose(session: Session, token: str, wanted: Collection[int], origin: Origin, base: str) -> Shown | None:
    holder = holders.read(session, token)
    if holder is None:
        return None
    asked = leaving.choose(session, holder, wanted, _pressed(holder, origin, "choose"))
    for each in asked:
        told = msgspec.structs.replace(origin, words=each.words, contact_id=holder.contact_id)
        if holder.kind == MAIL:
            consent_letters.agree(session, each, holder.address, told, base)
        elif (chat := _chat(session, holder)) is not None:
            chat_joining.ask(session, chat, each, told)
    return _shown(session, holder, "asked" if asked else "chosen")


def _pressed(holder: Holder, origin: Origin, do: str) -> Origin:
    """Give what was pressed in the words in which it stood there, where a mail program did not say its own."""
    if origin.words:
        return origin
    own = holder.own
    with speaking_to(Listener(own.language) if own else Listener()):
        words = {"leave": _("No more of “%(list)s”", list=own.name if own else ""),
                 "choose": _("Save what is ticked"), "all": _("No more of any of them")}[do]  # fmt: skip
    return msgspec.structs.replace(origin, words=words)


def _shown(session: Session, holder: Holder, done: str) -> Shown:
    rows = [Row(each.list.id, each.list.name, each.list.about, each.taken)
            for each in leaving.choices(session, holder)]  # fmt: skip
    chat, by_mail = _chat(session, holder), holder.kind == MAIL
    name = (
        masked(holder.address) if by_mail else f"{chat.name[:1]}…" if chat is not None and chat.name else ""
    )
    return Shown(
        address=name, messenger="" if by_mail else kind_in_words(holder.kind), rows=rows, done=done,
        own=holder.own.name if holder.own else "", language=holder.own.language if holder.own else "",
    )  # fmt: skip


def _chat(session: Session, holder: Holder) -> Chat | None:
    """Give the chat of whom a messenger knows by this; None by mail."""
    return chat_places.own_of(session, holder.kind, holder.address) if holder.kind != MAIL else None


def _question(session: Session, token: str) -> Question | None:
    row = consent_letters.asked_by(session, token)
    if row is None:
        return None
    last = consents.newest(session, row.kind, row.value)[row.list_id]
    return _put(session, row, done=last.state == consents.GIVEN)


def _confirm(session: Session, token: str, address: str) -> Question | None:
    row = consent_letters.asked_by(session, token)
    if row is None or consents.confirm(session, row, address) is None:
        return None
    return _put(session, row, done=True)


def _put(session: Session, row: Consent, *, done: bool) -> Question:
    of = session.get_one(MailingList, row.list_id)
    return Question(address=masked(row.value), name=of.name, words=row.words or of.words, language=of.language,
                    done=done)  # fmt: skip


def masked(address: str) -> str:
    """Give as much of an address as its owner needs to know it again: k…@n….example."""
    name, _at, domain = address.rpartition("@")
    host, _dot, last = domain.rpartition(".")
    return f"{name[:1]}…@{host[:1]}….{last}" if host else f"{name[:1]}…@{domain[:1]}…"


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Problem(400, _("This form could not be read.")) from error


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < ID_DIGITS
