"""One mailing list: its words, its ledger's newest lines, and addresses from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import BodyPartReader, web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consent_file, consent_files, consent_taking, consents, list_invitations
from crm.consent_file import LARGEST, Read
from crm.consent_files import ConsentFile
from crm.consent_taking import AT_ONCE, GROUNDS, Report, Stated
from crm.consents import Consent
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.sequences import LetterSequence
from crm.web.chat_kinds import kind_in_words
from crm.web.composer import whole_number
from crm.web.consent_words import STATES, told
from crm.web.mailing_lists import HOME, Row, found, shown
from hub.languages import LANGUAGES, _
from hub.said import again
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, page, path_id, render, viewer_of
from hub.web.problems import Problem

READ = 256 * 1024
LONGEST_FIELD = 20_000  # bytes of what stands beside the file
LINES = 50
LAID = 20_000  # addresses of a file in one transaction


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ledger."""

    address: str
    contact_id: int | None
    state: str
    words: str
    at: datetime


class Sent(msgspec.Struct, frozen=True):
    """A file that was sent, and what was said of it."""

    data: bytes
    name: str
    ground: str
    words: str
    sequence: int


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where one joins by a channel; `messenger` is what that is called, `href` "" where no link is known."""

    title: str
    messenger: str
    href: str
    channel_id: int


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """How one joins a list by messenger; `phrase` is "" where it is not offered there."""

    list_id: int
    phrase: str
    ways: Sequence[Way]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The values of mailing_list.html."""

    row: Row
    list: MailingList
    lines: Sequence[Line]
    joining: Joining
    file: ConsentFile | None
    begins: str
    sequences: Sequence[tuple[int, str]]


@page("GET", "/mailing-lists/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show a list."""
    return await _show(request)


@page("GET", "/mailing-lists/{id}/file", role="manager")
async def on_its_way(request: web.Request) -> web.StreamResponse:
    """Show how far a file is that is being taken in."""
    file, begins = await request.app[DB].read(_file, path_id(request))
    return await render(request, "_consent_file.html", file=file, begins=begins, list_id=path_id(request))


@page("GET", "/mailing-lists/{id}/joining", role="manager")
async def joining(request: web.Request) -> web.StreamResponse:
    """Show how one joins a list by messenger."""
    how = await request.app[DB].read(_joining, path_id(request))
    return await render(request, "_mailing_list_joining.html", joining=how)


@page("POST", "/mailing-lists/{id}/import", role="manager")
async def take(request: web.Request) -> web.StreamResponse:
    """Take addresses from a file, or say which rows hold none."""
    sent = await _sent(request)
    read = await asyncio.to_thread(consent_file.read, sent.data)
    report = await _taken(request, read, Stated(sent.ground, sent.words, sent.name, sent.sequence))
    return await _show(request, report)


@page("DELETE", "/mailing-lists/{id}/file", role="manager")
async def stop(request: web.Request) -> web.StreamResponse:
    """Have nothing be taken of a file that is on its way."""
    await request.app[DB].write(_stop, viewer_of(request), path_id(request))
    words = _("Stopped: nobody is taken from the file")
    return await changed(request, Toast(text=words), back=f"{HOME}/{path_id(request)}")


async def _show(request: web.Request, report: Report | None = None) -> web.StreamResponse:
    view = await request.app[DB].read(_view, path_id(request))
    return await render(
        request, "mailing_list.html", status=422 if report and report.wrong else 200, title=view.row.name, view=view,
        file=view.file, begins=view.begins, list_id=view.row.id,
        list=view.list, report=report, languages=list(LANGUAGES.items()),
        grounds=[(key, _(words)) for key, words in GROUNDS.items()], back=Back(HOME, _("Mailing lists")),
    )  # fmt: skip


async def _sent(request: web.Request) -> Sent:
    """Read the posted file and what stands beside it."""
    if not request.content_type.startswith("multipart/"):
        raise Problem(415, _("Send files as a form does."))
    fields: dict[str, bytes] = {}
    name = ""
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name in {"file", "ground", "words", "sequence"}:
                most = LARGEST if part.name == "file" else LONGEST_FIELD
                fields[part.name] = await _bytes(part, most)
                name = part.filename or name
    except (ValueError, LookupError) as error:
        raise Problem(400, _("This form could not be read.")) from error
    ground, words, begins = (
        fields.get(key, b"").decode("utf-8", "replace") for key in ("ground", "words", "sequence")
    )
    return Sent(
        fields.get("file", b""), name.replace("\0", ""), ground, words.replace("\0", ""), whole_number(begins)
    )


async def _bytes(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(READ):
        data += chunk
        if len(data) > most:
            raise Problem(413, _("A file of addresses has at most %(most)s MB.", most=LARGEST // 1024**2))
    return bytes(data)


async def _taken(request: web.Request, read: Read, stated: Stated) -> Report:
    """Take a small file at once, and lay a large one aside in parts, between which others write."""
    db, viewer, list_id, values = request.app[DB], viewer_of(request), path_id(request), read.values
    if read.wrong or len(values) <= AT_ONCE:
        return await db.write(_take, viewer, list_id, read, stated)
    file_id = await db.write(_lay_aside, viewer, list_id, len(values), stated)
    for at in range(0, len(values), LAID):
        is_last = at + LAID >= len(values)
        await db.write(lambda session, some, last: consent_taking.lay(session, file_id, some, last=last),
                       values[at : at + LAID], is_last)  # fmt: skip
    return Report(waiting=len(values), column=read.column, names=read.names)


def _take(session: Session, viewer: Viewer, list_id: int, read: Read, stated: Stated) -> Report:
    try:
        return consent_taking.take(session, viewer, found(session, list_id), read, stated)
    except ValueError as error:
        raise Problem(422, again(error.args[0])) from error


def _lay_aside(session: Session, viewer: Viewer, list_id: int, total: int, stated: Stated) -> int:
    try:
        return consent_taking.lay_aside(session, viewer, found(session, list_id), total, stated).id
    except ValueError as error:
        raise Problem(422, again(error.args[0])) from error


def _stop(session: Session, viewer: Viewer, list_id: int) -> None:
    file = consent_files.under_way(session, found(session, list_id).id)
    if file is None:
        raise Refusal(_("No file is being taken in."))
    consent_taking.stop(session, viewer, file)


def _view(session: Session, list_id: int) -> View:
    row = found(session, list_id)
    own = select(Consent).where(Consent.list_id == row.id, consents.counts(Consent))
    wanted = own.order_by(Consent.id.desc()).limit(LINES)
    lines = [
        Line(address=each.value, contact_id=each.contact_id, state=_(STATES[each.state]),
             words=told(session, each), at=each.at)
        for each in session.scalars(wanted)
    ]  # fmt: skip
    file, begins = _file(session, row.id)
    on = select(LetterSequence.id, LetterSequence.name).where(
        LetterSequence.list_id == row.id, LetterSequence.on_at.is_not(None)
    )
    on = on.order_by(LetterSequence.name)
    (told_of,) = shown(session, [row])
    return View(
        row=told_of, list=row, lines=lines, file=file, begins=begins,
        sequences=[(each.id, each.name) for each in session.execute(on)],
        joining=_joining(session, row.id),
    )  # fmt: skip


def _file(session: Session, list_id: int) -> tuple[ConsentFile | None, str]:
    """Give the file that is on its way, and which sequence begins whom it brings, "" for none."""
    file = consent_files.under_way(session, list_id)
    if file is None or file.sequence_id is None:
        return file, ""
    return file, session.get_one(LetterSequence, file.sequence_id).name


def _joining(session: Session, list_id: int) -> Joining:
    row = found(session, list_id)
    ways = [
        Way(title=each.title, messenger=kind_in_words(each.kind), href=each.href, channel_id=each.channel_id)
        for each in list_invitations.invitations(session, row)
    ]  # fmt: skip
    return Joining(list_id=row.id, phrase=list_invitations.phrase(row) if row.word else "", ways=ways)
