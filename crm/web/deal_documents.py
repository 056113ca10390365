"""The documents of a deal on its page: made there, opened, and what became of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    document_drafts,
    document_sendings,
    documents,
    money,
    ready_documents,
    signing_certificates,
    signing_links,
    signings,
)
from crm.deal_lines import lines_of, totals
from crm.deals import Deal
from crm.desk import Refusal
from crm.document_drafts import Unwanted
from crm.documents import INVOICE, DealDocument, DocumentTemplate, DocumentVersion, kind_of
from crm.rights import deal_for
from crm.web.chat_kinds import kind_in_words
from crm.web.deal_moves import seen
from crm.web.document_making import MAKER
from crm.web.people import people_of
from crm.web.zones import zone_of
from hub.languages import LANGUAGES, N_, _
from hub.papers import UnmadeError
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

PAIR = ("contract", "quote")
CONFLICT = 409
STANDINGS = {
    "waits": ("off", N_("Waits for the signature")), "opened": ("soon", N_("Opened, not signed yet")),
    "signed": ("ok", N_("Signed")), "declined": ("late", N_("Declined")),
    "revoked": ("off", N_("Link taken back")), "expired": ("late", N_("The link has run out")),
    "overtaken": ("off", N_("There is a newer one")),
}  # fmt: skip

Values = Mapping[str, str]


class Sending(msgspec.Struct, frozen=True):
    """A document went along with something: how, when, and where what became of that stands."""

    words: str
    at: datetime
    href: str


class SigningLine(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with a signature; `proof` are the lines of its certificate."""

    mark: str
    words: str
    at: datetime
    why: str = ""
    proof: str = ""
    open: bool = False


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it stands on its deal; `now` is what the deal comes to where that is something else by now."""

    id: int
    kind: str
    number: str
    language: str
    format: str
    version: int
    who: str
    at: datetime
    amount: str
    now: str
    overtaken: bool
    signing: SigningLine | None
    sendings: Sequence[Sending]


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_documents.html: what there is, and of which templates more is made."""

    deal_id: int
    rows: Sequence[DocumentRow]
    templates: Sequence[tuple[str, str]]
    languages: Sequence[tuple[str, str]]
    language: str
    pair: bool


@page("GET", "/deals/{id}/documents")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show the documents of a deal."""
    if not is_fragment(request):
        return see_other(f"/deals/{path_id(request)}#documents")
    shown = await request.app[DB].read(_listed, viewer_of(request), path_id(request))
    return await render(request, "_deal_documents.html", papers=shown)


@page("POST", "/deals/{id}/documents")
async def make(request: web.Request) -> web.StreamResponse:
    """Make a document of a template, or contract and quote together."""
    deal_id, viewer, said = path_id(request), viewer_of(request), await form(request)
    await request.app[DB].read(seen, viewer, deal_id)
    names = PAIR if said.get("both") else (said.get("template", ""),)
    wanted = [
        document_drafts.Wanted(deal_id=deal_id, template=name, language=said.get("language", "en"))
        for name in names
    ]
    try:
        made = await request.app[MAKER].make_all(viewer, wanted)
    except UnmadeError as error:
        toast = Toast(text=unmade(error), refused=True, **await _place(request, viewer, deal_id, error))
        return await changed(request, toast, back=_here(deal_id), status=CONFLICT)
    except Unwanted as error:
        raise Refusal(str(error)) from None
    words = await request.app[DB].read(_numbers, made)
    toast = Toast(
        text=_("Made: %(numbers)s", numbers=words), href=f"/documents/{made[0]}/content", words=_("Open")
    )
    return await changed(request, toast, back=_here(deal_id))


def unmade(error: UnmadeError) -> str:
    """Say why there is no document, and that nothing was kept."""
    return _("No document was made. %(why)s", why=str(error))


def found(session: Session, viewer: Viewer, document_id: int) -> DealDocument:
    """Give a document of a deal that this viewer sees."""
    document = session.get(DealDocument, document_id)
    if document is None or deal_for(session, viewer, document.deal_id) is None:
        raise Problem(404, _("There is no such document, or its deal belongs to another department."))
    return document


def view(session: Session, deal: Deal) -> Documents:
    """Show the documents of a deal."""
    rows = documents.documents_of(session, deal.id)
    return Documents(
        deal_id=deal.id, rows=_rows(session, deal, rows), templates=_templates(session),
        languages=list(LANGUAGES.items()),
        language=rows[0].language if rows else document_drafts.usual_language(session),
        pair=all(_is_offered(session, key) for key in PAIR),
    )  # fmt: skip


def _listed(session: Session, viewer: Viewer, deal_id: int) -> Documents:
    return view(session, seen(session, viewer, deal_id))


def _rows(session: Session, deal: Deal, rows: Sequence[DealDocument]) -> list[DocumentRow]:
    people = people_of(session, {row.made_by for row in rows}, zone_of(session))
    sent = document_sendings.sent(session, deal, rows)
    comes_to = totals(lines_of(session, deal.id)).gross
    made = dict(session.execute(
        select(DocumentVersion.id, DocumentVersion).where(DocumentVersion.id.in_({row.version_id for row in rows}))
    ).all())  # fmt: skip
    shown, newest = [], set[int]()
    for row in rows:
        version = made[row.version_id]
        template = session.get_one(DocumentTemplate, version.template_id)
        is_invoice = template.ready == INVOICE  # of a part, and one beside the other
        overtaken = template.id in newest and not is_invoice
        newest.add(template.id)
        other = not overtaken and not is_invoice and (comes_to, deal.currency) != (row.amount, row.currency)
        shown.append(DocumentRow(
            id=row.id, kind=kind_of(template, row), number=row.number, language=LANGUAGES[row.language],
            format=template.format, version=version.version, at=row.made_at, overtaken=overtaken,
            who=people[row.made_by].name if row.made_by is not None and row.made_by in people else "",
            amount=money.written(row.amount, row.currency), now=money.written(comes_to, deal.currency) if other else "",
            signing=_signing(session, row),
            sendings=[
                Sending(_way(touch.kind), touch.at, f"/contacts/{touch.contact_id}#event-{touch.id}")
                for touch in sent[row.blob]
            ],
        ))  # fmt: skip
    return shown


def _way(kind: str) -> str:
    return _("By mail") if kind == "mail" else _("In a chat") if kind == "chat" else kind_in_words(kind)


def _signing(session: Session, document: DealDocument) -> SigningLine | None:
    """Show its signature, else the link that was made last."""
    signing = signing_links.signature_of(session, document.id) or next(
        iter(signing_links.signings_of(session, document.id)), None
    )
    if signing is None:
        return None
    standing: str = signings.standing_of(session, signing, document)
    waits = standing == "waits"
    if waits and signing.opened_at is not None:
        standing = "opened"
    mark, words = STANDINGS[standing]
    words = _(words) + (f": {signing.signed_by}" if signing.signed_by else "")
    moments = {"signed": signing.signed_at, "declined": signing.declined_at, "revoked": signing.revoked_at,
               "expired": signing.expires_at, "opened": signing.opened_at}  # fmt: skip
    proof = ""
    if signing.signed_at is not None:
        title = signing_certificates.title_of(session, document)
        proof = signing_certificates.certificate(signing, title, document.language)
    return SigningLine(
        mark=mark, words=words, at=moments.get(standing) or signing.made_at, why=signing.declined_why, proof=proof,
        open=waits,
    )  # fmt: skip


def _templates(session: Session) -> list[tuple[str, str]]:
    """Give the templates of which documents are made: what is in the store, and what will come into it."""
    rows = session.scalars(select(DocumentTemplate).where(DocumentTemplate.retired_at.is_(None))).all()
    with_version = set(session.scalars(select(DocumentVersion.template_id)))
    there = [(row.name, _(row.name)) for row in rows if row.id in with_version and row.ready != INVOICE]
    coming = [(each.key, _(each.name)) for each in ready_documents.missing(session) if each.key != INVOICE]
    return there + coming


def _is_offered(session: Session, key: str) -> bool:
    return documents.template_named(session, key) is not None or any(
        each.key == key for each in ready_documents.missing(session)
    )


def _numbers(session: Session, made: Sequence[int]) -> str:
    return ", ".join(session.get_one(DealDocument, each).number for each in made)


async def _place(request: web.Request, viewer: Viewer, deal_id: int, error: UnmadeError) -> dict[str, str]:
    """Give where what is missing is filled in: on the contact's card, or on the deal."""
    if not error.missing:
        return {}
    if re.search(rf"\bcontact\.[\w.]*\b{re.escape(error.missing)}\b", error.where):
        contact_id = await request.app[DB].read(lambda session: seen(session, viewer, deal_id).contact_id)
        return {"href": f"/contacts/{contact_id}", "words": _("Fill it in on the card")}
    return {"href": f"/deals/{deal_id}/form", "words": _("Fill it in")}


def _here(deal_id: int) -> str:
    return f"/deals/{deal_id}#documents"
