"""Documents of deals over the API: made, listed, fetched, and given out to be signed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import document_sendings, document_trials, documents, signing_links, signings
from crm.document_drafts import Unwanted, Wanted
from crm.documents import DealDocument, DocumentTemplate, DocumentVersion
from crm.number_series import NumberSeries
from crm.signing_links import Signing
from crm.signings import MOST_DAYS
from crm.web.api_deal_lines import seen
from crm.web.api_shapes import Name
from crm.web.deal_documents import found, unmade
from crm.web.document_files import paper
from crm.web.document_making import MAKER
from hub.letters import Enclosure
from hub.papers import UnmadeError
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint, replay, write
from hub.web.decoding import Body
from hub.web.idempotency import checked
from hub.web.keys import BLOBS, CALLER, DB
from hub.web.origin import base_url
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem

CONFLICT = 409


class SignatureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A link by which a document is signed. `standing` is waits, signed, declined, revoked, expired or overtaken.

    `sha256` names the bytes that were signed; `address` and `agent` are whence it was signed or declined.
    """

    id: int
    standing: str
    made_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    signed_at: datetime | None
    signed_by: str
    address: str
    agent: str
    sha256: str
    declined_at: datetime | None
    declined_why: str
    revoked_at: datetime | None


class DocumentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a deal. `amount` is with tax, in the smallest unit of `currency`; `sha256` is of its content.

    `newer` is the id of the newest document that the same template made of the deal since. `made_by` is a user's id.
    """

    id: int
    deal: int
    template: str
    version: int
    number: str
    language: str
    format: str
    size: int
    sha256: str
    amount: int
    currency: str
    made_at: datetime
    made_by: int | None
    newer: int | None
    signatures: list[SignatureOut]
    content: str


class DocumentsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of a deal, the newest first."""

    documents: list[DocumentOut]


class DocumentIn(Body, frozen=True, kw_only=True):
    """A document that is wanted: of which template, by its name or as Ringback calls it ("quote")."""

    template: Name
    language: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"


class SignatureRequestIn(Body, frozen=True, kw_only=True):
    """For how many days the link holds."""

    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = signings.DAYS


class SignatureRequestOut(SignatureOut, frozen=True, kw_only=True):
    """The same with the link itself, which is told this once."""

    url: str


class DocumentVersionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a template; `language` is "" where it speaks them all."""

    language: str
    version: int
    made_at: datetime


class DocumentTemplateOut(msgspec.Struct, frozen=True, kw_only=True):
    """A template. `ready` is its name as Ringback brings it, `pattern` how its numbers are written."""

    id: int
    name: str
    ready: str
    format: str
    pattern: str
    retired: bool
    versions: list[DocumentVersionOut]


class DocumentTemplatesOut(msgspec.Struct, frozen=True, kw_only=True):
    """All templates."""

    templates: list[DocumentTemplateOut]


@endpoint("GET", "/deals/{id}/documents", scope="deals:read", returns=DocumentsOut,
          summary="List the documents of a deal, newest first")  # fmt: skip
async def listed(request: web.Request) -> DocumentsOut:
    """List them."""
    return await request.app[DB].read(_listed, viewer_of(request), path_id(request))


@endpoint("POST", "/deals/{id}/documents", scope="deals:write", body=DocumentIn, returns=DocumentOut, status=201,
          summary="Make a document of a deal", errors=(409,))  # fmt: skip
async def make(request: web.Request, body: DocumentIn) -> DocumentOut:
    """Make one. With an Idempotency-Key the same wish makes one document."""
    viewer, deal_id = viewer_of(request), path_id(request)
    await replay(request)
    await request.app[DB].read(seen, viewer, deal_id)
    wanted = Wanted(deal_id=deal_id, template=body.template, language=body.language,
                    wish=_wish(request, deal_id, body))  # fmt: skip
    try:
        made = await request.app[MAKER].make(viewer, wanted)
    except UnmadeError as error:
        raise Problem(CONFLICT, unmade(error)) from None
    except Unwanted as error:
        raise Problem(CONFLICT, str(error)) from None
    return await write(request, document_shown, viewer, made)


@endpoint(
    "GET", "/documents/{id}", scope="deals:read", returns=DocumentOut, summary="Get one document of a deal"
)
async def document(request: web.Request) -> DocumentOut:
    """Give one."""
    return await request.app[DB].read(document_shown, viewer_of(request), path_id(request))


@endpoint("GET", "/documents/{id}/content", scope="deals:read", returns=bytes, errors=(410,),
          summary="Get the content of a document: a PDF or a DOCX")  # fmt: skip
async def content(request: web.Request) -> web.StreamResponse:
    """Give its bytes."""
    file = await request.app[DB].read(_file, viewer_of(request), path_id(request))
    return paper(request.app[BLOBS].path(file.blob), file, save=True)


@endpoint("POST", "/documents/{id}/signature-requests", scope="deals:write", body=SignatureRequestIn,
          returns=SignatureRequestOut, status=201,
          summary="Make the link by which a document is signed; those of before lead nowhere any more")  # fmt: skip
async def ask(request: web.Request, body: SignatureRequestIn) -> SignatureRequestOut:
    """Ask for a signature."""
    base = base_url(request)
    return await write(request, _ask, viewer_of(request), path_id(request), body.days, base)


@endpoint("DELETE", "/documents/{id}/signature-requests", scope="deals:write",
          summary="Have the link by which a document is signed lead nowhere; what was signed stays")  # fmt: skip
async def take_back(request: web.Request) -> None:
    """Take the link back."""
    await write(request, _take_back, viewer_of(request), path_id(request))


@endpoint("GET", "/document-templates", scope="deals:read", returns=DocumentTemplatesOut,
          summary="List the templates of documents")  # fmt: skip
async def templates(request: web.Request) -> DocumentTemplatesOut:
    """List them."""
    await request.app[MAKER].bring()
    return await request.app[DB].read(_templates)


def _wish(request: web.Request, deal_id: int, body: DocumentIn) -> str | None:
    key, caller = request.headers.get("Idempotency-Key"), request[CALLER]
    if key is None:
        return None
    who = (
        f"token {caller.token}" if caller.token else f"user {caller.viewer.user_id if caller.viewer else ''}"
    )
    whole = f"{who}\n{checked(key)}\n{deal_id}\n{body.template}\n{body.language}"
    return f"api {hashlib.sha256(whole.encode()).hexdigest()}"


def _listed(session: Session, viewer: Viewer, deal_id: int) -> DocumentsOut:
    rows = documents.documents_of(session, seen(session, viewer, deal_id).id)
    return DocumentsOut(documents=[_shown(session, each) for each in rows])


def document_shown(session: Session, viewer: Viewer, document_id: int) -> DocumentOut:
    """Show a document of a deal that this viewer sees."""
    return _shown(session, found(session, viewer, document_id))


def _shown(session: Session, row: DealDocument) -> DocumentOut:
    version = session.get_one(DocumentVersion, row.version_id)
    template = session.get_one(DocumentTemplate, version.template_id)
    newer = signings.newer_than(session, row)
    links = signing_links.signings_of(session, row.id)
    return DocumentOut(
        id=row.id, deal=row.deal_id, template=template.name, version=version.version, number=row.number,
        language=row.language, format=template.format, size=row.size, sha256=row.blob, amount=row.amount,
        currency=row.currency, made_at=row.made_at, made_by=row.made_by, newer=newer.id if newer else None,
        signatures=[convert(_signature(session, each, row), SignatureOut) for each in links],
        content=f"/api/v1/documents/{row.id}/content",
    )  # fmt: skip


def _signature(session: Session, signing: Signing, row: DealDocument) -> dict[str, object]:
    kept = {name: getattr(signing, name) for name in SignatureOut.__struct_fields__ if name != "standing"}
    return kept | {"standing": signings.standing_of(session, signing, row)}


def _file(session: Session, viewer: Viewer, document_id: int) -> Enclosure:
    return document_sendings.enclosure(session, found(session, viewer, document_id))


def _ask(session: Session, viewer: Viewer, document_id: int, days: int, base: str) -> SignatureRequestOut:
    row = found(session, viewer, document_id)
    signing, token = signings.ask(session, viewer, row, days)
    told = _signature(session, signing, row) | {"url": f"{base}/sign/{token}"}
    return convert(told, SignatureRequestOut)


def _take_back(session: Session, viewer: Viewer, document_id: int) -> None:
    signings.revoke(session, viewer, found(session, viewer, document_id))


def _templates(session: Session) -> DocumentTemplatesOut:
    patterns = dict(session.execute(select(NumberSeries.id, NumberSeries.pattern)).all())
    return DocumentTemplatesOut(templates=[
        DocumentTemplateOut(
            id=each.id, name=each.name, ready=each.ready, format=each.format, pattern=patterns[each.series_id],
            retired=each.retired_at is not None, versions=_versions(document_trials.versions_of(session, each.id)),
        )
        for each in document_trials.templates(session)
    ])  # fmt: skip


def _versions(rows: Sequence[DocumentVersion]) -> list[DocumentVersionOut]:
    return [
        DocumentVersionOut(language=row.language, version=row.version, made_at=row.made_at) for row in rows
    ]
