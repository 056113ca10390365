"""The public page where a customer opens a document, reads it, and signs or declines it.

Nobody signs in here: whoever has the link may. Programs that follow links change nothing, since everything that counts
is pressed; what was pressed twice is said. The page speaks the language of its document.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import document_sendings, money, signing_certificates, signings
from crm.contacts import Contact
from crm.document_sendings import TYPES
from crm.signings import NAME, WORDS, Asked, Visitor
from crm.web.document_files import paper
from crm.web.document_making import MAKER
from crm.web.zones import zone_of
from hub.languages import Listener, _, listening
from hub.letters import Enclosure
from hub.pace import Pace
from hub.paper_orders import Block
from hub.web import moments
from hub.web.journal_item import bytes_in_words
from hub.web.keys import BLOBS, DB
from hub.web.origin import remote
from hub.web.pages import form, page, render, see_other
from hub.web.problems import Problem

R = TypeVar("R", bound=web.StreamResponse)

GONE, UNREADABLE, TOO_MANY = 410, 422, 429
READERS, SIGNERS = Pace(120, 60), Pace(12, 6)  # of one network
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of sign.html."""

    title: str
    contact: str
    amount: str
    file: Enclosure
    size: str
    is_pdf: bool
    standing: str
    opened: bool
    until: str
    newer: str
    signed_by: str
    at: datetime | None
    proof: str


class Seen(msgspec.Struct, frozen=True):
    """What a page shows, and the language in which it does."""

    shown: Shown
    language: str


@page("GET", "/sign/{token}", role=None)
async def sheet(request: web.Request) -> web.StreamResponse:
    """Show what is asked: at first only of whom it is, then the document and where it is signed."""
    _pace(READERS, request)
    return await _show(request)


@page("GET", "/sign/{token}/document", role=None)
async def content(request: web.Request) -> web.StreamResponse:
    """Give the document: to be looked at, or with `save` to be saved."""
    _pace(READERS, request)
    seen = await _seen(request)
    if seen.shown.standing in {"revoked", "expired", "overtaken"} or not seen.shown.opened:
        raise Problem(GONE, _("This link leads to no document any more."))
    file = seen.shown.file
    return _closed(paper(request.app[BLOBS].path(file.blob), file, save="save" in request.query))


@page("POST", "/sign/{token}/opening", role=None)
async def open_it(request: web.Request) -> web.StreamResponse:
    """Open it: a person pressed, and no program that follows links."""
    _pace(SIGNERS, request)
    await request.app[DB].write(_open, request.match_info["token"])
    return see_other(f"/sign/{request.match_info['token']}")


@page("POST", "/sign/{token}", role=None)
async def sign(request: web.Request) -> web.StreamResponse:
    """Sign it: name, and agree."""
    _pace(SIGNERS, request)
    seen, said = await _seen(request), await form(request)
    name, agrees = said.get("name", ""), bool(said.get("agree"))
    if seen.shown.standing == "waits" and not (agrees and signings.is_name(name)):
        wrong = {"name": "" if signings.is_name(name) else _("Write your name, as you sign with it.")}
        wrong["agree"] = "" if agrees else _("Say that you agree.")
        return await _show(request, name=name[:NAME], wrong=wrong, status=UNREADABLE)
    await request.app[DB].write(_sign, request.match_info["token"], name, _visitor(request))
    return see_other(f"/sign/{request.match_info['token']}")


@page("POST", "/sign/{token}/refusal", role=None)
async def decline(request: web.Request) -> web.StreamResponse:
    """Decline it, with words or without."""
    _pace(SIGNERS, request)
    await _seen(request)
    why = (await form(request)).get("why", "").replace("\r\n", "\n")[:WORDS]
    await request.app[DB].write(_decline, request.match_info["token"], why, _visitor(request))
    return see_other(f"/sign/{request.match_info['token']}")


async def _show(
    request: web.Request, *, name: str = "", wrong: dict[str, str] | None = None, status: int = 0
) -> web.StreamResponse:
    seen = await _seen(request)
    shown = seen.shown
    reads = shown.opened and not shown.is_pdf and shown.standing in {"waits", "signed", "declined"}
    blocks: Sequence[Block] = await request.app[MAKER].reading(shown.file.blob) if reads else ()
    gone = shown.standing in {"revoked", "expired", "overtaken"}
    response = await render(
        request, "sign.html", status=status or (GONE if gone else 200), one=shown, blocks=blocks, name=name,
        wrong=wrong or {}, at=f"/sign/{request.match_info['token']}", most=NAME, most_words=WORDS,
    )  # fmt: skip
    response.headers["Content-Security-Policy"] = POLICY
    return _closed(response)


def _closed(response: R) -> R:
    """Keep it out of stores and searches, and its address out of others' logs."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _seen(request: web.Request) -> Seen:
    seen = await request.app[DB].read(_read, request.match_info["token"])
    listening.set(Listener(seen.language))
    return seen


def _pace(pace: Pace, request: web.Request) -> None:
    if seconds := pace.wait(remote(request)):
        headers = {"Retry-After": str(int(seconds) + 1)}
        raise Problem(TOO_MANY, _("Too many at once: wait a minute."), headers=headers)


def _visitor(request: web.Request) -> Visitor:
    return Visitor(remote(request), request.headers.get("User-Agent", ""))


def _read(session: Session, token: str) -> Seen:
    asked = _asked(session, token)
    signing, document, deal = asked
    listening.set(Listener(document.language))
    file = document_sendings.enclosure(session, document)
    newer = signings.newer_than(session, document)
    shown = Shown(
        title=signing_certificates.title_of(session, document), contact=session.get_one(Contact, deal.contact_id).name,
        amount=money.written(document.amount, document.currency), file=file, size=bytes_in_words(file.size),
        is_pdf=file.type == TYPES["pdf"], standing=signings.standing_of(session, signing, document),
        opened=signing.opened_at is not None, until=moments.full(signing.expires_at, zone_of(session)),
        newer=newer.number if newer else "", signed_by=signing.signed_by,
        at=signing.signed_at or signing.declined_at, proof=f"SHA-256 {signing.sha256}",
    )  # fmt: skip
    return Seen(shown, document.language)


def _open(session: Session, token: str) -> None:
    signings.open_it(session, _asked(session, token, lock=True))


def _sign(session: Session, token: str, name: str, visitor: Visitor) -> None:
    asked = _asked(session, token, lock=True)
    pressed_twice = asked.signing.signed_at is not None and asked.signing.signed_by == " ".join(name.split())
    if not pressed_twice:
        signings.sign(session, asked, name, visitor)


def _decline(session: Session, token: str, why: str, visitor: Visitor) -> None:
    asked = _asked(session, token, lock=True)
    pressed_twice = asked.signing.declined_at is not None and asked.signing.declined_why == why.strip()
    if not pressed_twice:
        signings.decline(session, asked, why, visitor)


def _asked(session: Session, token: str, *, lock: bool = False) -> Asked:
    found = signings.found(session, token, lock=lock)
    if found is None:
        raise Problem(404, _("There is nothing at this address. Ask whoever sent you the link."))
    return found
