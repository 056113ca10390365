"""What is brought as the next version of a template: tried with a real deal, and only then counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import BodyPartReader, web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import document_drafts, document_trials
from crm.deals import Deal
from crm.desk import Refusal
from crm.document_drafts import Prepared, Unwanted, Wanted
from crm.document_trials import DocumentTrial
from crm.web.composer import whole_number
from crm.web.document_files import preview
from crm.web.document_making import MAKER
from crm.web.document_template_views import template_of
from crm.web.document_templates import HOME, MOST_TEXT
from hub.languages import LANGUAGES, _, listener
from hub.paper_orders import MOST_TEMPLATE
from hub.papers import UnmadeError
from hub.users import Viewer
from hub.web.keys import BLOBS, DB
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of
from hub.web.problems import Problem

READ = 256 * 1024
UNREADABLE = 422

Values = Mapping[str, str]


class Sent(NamedTuple):
    """A posted form with at most one file."""

    said: Values
    file: bytes


class Trying(NamedTuple):
    """A trial with what it makes a document of."""

    prepared: Prepared
    format: str
    blob: str


@page("POST", HOME + "/{id}/trials", role="manager")
async def bring(request: web.Request) -> web.StreamResponse:
    """Bring what may be its next version: a file, or text of typst."""
    viewer, template_id = viewer_of(request), path_id(request)
    template = await request.app[DB].read(template_of, template_id)
    sent = await _sent(request)
    content = sent.file or sent.said.get("text", "").replace("\r\n", "\n")[:MOST_TEXT].encode()
    if not content.strip():
        raise Refusal(_("Choose a file, or write the text of the template."))
    _check(template.format, content)
    blob = await request.app[BLOBS].put(content)
    language = sent.said.get("language", "")
    await request.app[DB].write(_bring, viewer, template_id, language, blob)
    toast = Toast(text=_("Brought: look at it with a deal, then have it count"))
    return await changed(request, toast, back=f"{HOME}/{template_id}")


@page("GET", HOME + "/{id}/trials/{trial}/preview", role="manager")
async def look(request: web.Request) -> web.StreamResponse:
    """Show what it makes of a deal."""
    asked = request.query
    wanted = (whole_number(asked.get("deal", "")), asked.get("language", ""))
    trying = await request.app[DB].read(_trying, path_id(request), path_id(request, "trial"), *wanted)
    return preview(await _tried(request, trying), trying.format)


@page("POST", HOME + "/{id}/trials/{trial}", role="manager")
async def adopt(request: web.Request) -> web.StreamResponse:
    """Have it be the template from now on, if it makes a document of the deal in each language that it is for."""
    said, viewer, template_id = await form(request), viewer_of(request), path_id(request)
    trial_id, deal_id = path_id(request, "trial"), whole_number(said.get("deal", ""))
    languages = await request.app[DB].read(_languages, template_id, trial_id)
    trying = None
    for language in languages:
        trying = await request.app[DB].read(_trying, template_id, trial_id, deal_id, language)
        await _tried(request, trying)
    blob = said.get("blob", "") or (trying.blob if trying else "")
    number = await request.app[DB].write(_adopt, viewer, template_id, trial_id, blob)
    toast = Toast(text=_("Version %(number)s: documents are made of it from now on", number=number))
    return await changed(request, toast, back=f"{HOME}/{template_id}")


@page("DELETE", HOME + "/{id}/trials/{trial}", role="manager")
async def drop(request: web.Request) -> web.StreamResponse:
    """Throw away what was brought."""
    template_id = path_id(request)
    await request.app[DB].write(_drop, viewer_of(request), template_id, path_id(request, "trial"))
    return await changed(request, Toast(text=_("Thrown away")), back=f"{HOME}/{template_id}")


async def _tried(request: web.Request, trying: Trying) -> bytes:
    try:
        return await request.app[MAKER].tried(trying.prepared)
    except UnmadeError as error:
        raise Problem(UNREADABLE, str(error), title=_("This template makes no document yet")) from None


async def _sent(request: web.Request) -> Sent:
    """Read a form with a file; without scripts or with them it comes in parts."""
    if not request.content_type.startswith("multipart/"):
        return Sent(await form(request), b"")
    said: dict[str, str] = {}
    file = bytearray()
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            read = bytearray()
            while chunk := await part.read_chunk(READ):
                read += chunk
                if len(read) > MOST_TEMPLATE:
                    raise Problem(
                        413, _("A template has at most %(most)s MB.", most=MOST_TEMPLATE // 1_000_000)
                    )
            if part.filename:
                file = read
            elif part.name:
                said[part.name] = read.decode(errors="replace").replace("\0", "")
    except (ValueError, LookupError) as error:
        raise Problem(400, _("This form could not be read.")) from error
    return Sent(said, bytes(file))


def _check(format_: str, content: bytes) -> None:
    """Refuse at once what is another kind of file; what is wrong within is said by the preview."""
    is_packed = content.startswith(b"PK")
    if format_ == "docx" and not is_packed:
        raise Refusal(_("This is no DOCX file, or a broken one."))
    if format_ == "pdf":
        try:
            content.decode()
        except UnicodeDecodeError:
            raise Refusal(_("This template is written in typst, as text: bring a .typ file.")) from None


def _bring(session: Session, viewer: Viewer, template_id: int, language: str, blob: str) -> None:
    document_trials.bring(session, viewer, template_of(session, template_id), language, blob)


def _trying(session: Session, template_id: int, trial_id: int, deal_id: int, language: str) -> Trying:
    """Read what a trial makes a document of: the deal that was chosen, or the one that was changed last."""
    trial, template = _trial(session, template_id, trial_id), template_of(session, template_id)
    newest = select(Deal.id).order_by(Deal.changed_at.desc(), Deal.id.desc()).limit(1)
    deal_id = deal_id or session.scalar(newest) or 0
    if not deal_id:
        raise Refusal(_("Open a deal first: a template is tried with a real one before it counts."))
    spoken = trial.language or (language if language in LANGUAGES else listener().language)
    wanted = Wanted(deal_id=deal_id, template=template.name, language=spoken)
    try:
        return Trying(
            document_drafts.tried(session, wanted, template, trial.blob), template.format, trial.blob
        )
    except Unwanted as error:
        raise Refusal(str(error)) from None


def _languages(session: Session, template_id: int, trial_id: int) -> tuple[str, ...]:
    trial = _trial(session, template_id, trial_id)
    return (trial.language,) if trial.language else tuple(LANGUAGES)


def _adopt(session: Session, viewer: Viewer, template_id: int, trial_id: int, blob: str) -> int:
    return document_trials.adopt(session, viewer, _trial(session, template_id, trial_id), blob).version


def _drop(session: Session, viewer: Viewer, template_id: int, trial_id: int) -> None:
    document_trials.drop(session, viewer, _trial(session, template_id, trial_id))


def _trial(session: Session, template_id: int, trial_id: int) -> DocumentTrial:
    found = session.get(DocumentTrial, trial_id)
    if found is None or found.template_id != template_id:
        raise Problem(404, _("This was taken or thrown away already."))
    return found
