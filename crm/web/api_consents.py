"""Lists, the ledger of consent, and who is not written to, over the API; whoever may see all keeps them."""

from __future__ import annotations

import msgspec
from aiohttp import web
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    addresses,
    consent_letters,
    consents,
    contacts,
    list_invitations,
    list_retiring,
    mailing_lists,
    suppressions,
)
from crm.consents import Consent, Origin
from crm.contacts import MAIL
from crm.mailing_lists import Listed, MailingList
from crm.suppressions import BY_HAND, KIND, Suppression
from crm.web.api_consent_shapes import (
    ConsentIn,
    ConsentOut,
    ConsentQuery,
    JoinOut,
    LiftIn,
    ListIn,
    ListOut,
    ListPatch,
    ListQuery,
    SuppressionIn,
    SuppressionOut,
    SuppressionQuery,
)
from crm.web.mailing_lists import found
from hub import audit
from hub.languages import _
from hub.said import again
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, newest_first, page_of
from hub.web.problems import Problem, refusal


@endpoint("GET", "/mailing-lists", scope="campaigns:read", role="manager", query=ListQuery, returns=Page[ListOut],
          summary="List the mailing lists in use, newest first")  # fmt: skip
async def lists(request: web.Request, query: ListQuery) -> Page[ListOut]:
    """List them."""
    return await request.app[DB].read(_lists, query)


@endpoint("POST", "/mailing-lists", scope="campaigns:write", role="manager", body=ListIn, returns=ListOut, status=201,
          summary="Begin a mailing list")  # fmt: skip
async def begin(request: web.Request, body: ListIn) -> ListOut:
    """Begin one."""
    return await write(request, _begin, viewer_of(request), body)


@endpoint("GET", "/mailing-lists/{id}", scope="campaigns:read", role="manager", returns=ListOut, etag=tag_of,
          summary="Get one mailing list")  # fmt: skip
async def one(request: web.Request) -> ListOut:
    """Give one."""
    return await request.app[DB].read(_one, path_id(request))


@endpoint("PATCH", "/mailing-lists/{id}", scope="campaigns:write", role="manager", body=ListPatch, returns=ListOut,
          etag=tag_of, errors=(409,), summary="Change a mailing list; what was agreed to before stays")  # fmt: skip
async def change(request: web.Request, body: ListPatch) -> ListOut:
    """Change one."""
    return await write(request, _change, viewer_of(request), path_id(request), body, if_match(request))


@endpoint("GET", "/consents", scope="campaigns:read", role="manager", query=ConsentQuery, returns=Page[ConsentOut],
          errors=(409,), summary="Read the ledger of consent, newest first")  # fmt: skip
async def ledger(request: web.Request, query: ConsentQuery) -> Page[ConsentOut]:
    """Read it."""
    return await request.app[DB].read(_ledger, query)


@endpoint("POST", "/consents", scope="campaigns:write", role="manager", body=ConsentIn, returns=ConsentOut, status=201,
          summary="Write down that somebody agreed, or took it back")  # fmt: skip
async def consent(request: web.Request, body: ConsentIn) -> ConsentOut:
    """Write a line."""
    return await write(request, _consent, viewer_of(request), body, base_url(request))


@endpoint("GET", "/suppressions", scope="campaigns:read", role="manager", query=SuppressionQuery,
          returns=Page[SuppressionOut], errors=(409,), summary="List who is not written to, newest first")  # fmt: skip
async def suppressed(request: web.Request, query: SuppressionQuery) -> Page[SuppressionOut]:
    """List them."""
    return await request.app[DB].read(_suppressed, query)


@endpoint("POST", "/suppressions", scope="campaigns:write", role="manager", body=SuppressionIn, returns=SuppressionOut,
          status=201, summary="Write to an address no more")  # fmt: skip
async def suppress(request: web.Request, body: SuppressionIn) -> SuppressionOut:
    """Leave one out."""
    return await write(request, _suppress, viewer_of(request), body)


@endpoint("POST", "/suppressions/{id}/lift", scope="campaigns:write", role="manager", body=LiftIn,
          summary="Let an address be written to again")  # fmt: skip
async def lift(request: web.Request, body: LiftIn) -> None:
    """Lift one."""
    await write(request, _lift, viewer_of(request), path_id(request), body)


def _lists(session: Session, query: ListQuery) -> Page[ListOut]:
    wanted = (
        select(MailingList) if query.retired else select(MailingList).where(MailingList.retired_at.is_(None))
    )
    rows = session.scalars(newest_first(wanted, MailingList.id, query)).all()
    return page_of(rows, query.limit, lambda row: _list_out(session, row))


def _begin(session: Session, viewer: Viewer, body: ListIn) -> ListOut:
    try:
        return _list_out(session, mailing_lists.add(session, viewer, Listed(**msgspec.structs.asdict(body))))
    except ValueError as error:
        raise refusal(again(error.args[0]), error.args[1]) from error


def _one(session: Session, list_id: int) -> ListOut:
    return _list_out(session, found(session, list_id))


def _change(session: Session, viewer: Viewer, list_id: int, wanted: ListPatch, match: Match) -> ListOut:
    row = found(session, list_id)
    match.check(tag_of(_list_out(session, row)))
    given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not UNSET}
    retired = given.pop("retired", None)
    kept = Listed(**{name: getattr(row, name) for name in Listed.__struct_fields__})
    try:
        mailing_lists.change(session, viewer, row, msgspec.structs.replace(kept, **given))
    except ValueError as error:
        raise refusal(again(error.args[0]), error.args[1]) from error
    if retired is not None:
        (list_retiring.retire if retired else mailing_lists.restore)(session, viewer, row)
    return _list_out(session, row)


def _ledger(session: Session, query: ConsentQuery) -> Page[ConsentOut]:
    wanted = select(Consent).where(consents.counts(Consent))
    if query.list is not None:
        wanted = wanted.where(Consent.list_id == query.list)
    if query.address is not None:
        wanted = wanted.where(Consent.value == _handle(query.address, query.kind or MAIL, ""))
    if kind := query.kind or (MAIL if query.address else None):
        wanted = wanted.where(Consent.kind == kind)
    return page_of(session.scalars(newest_first(wanted, Consent.id, query)).all(), query.limit, _consent_out)


def _consent(session: Session, viewer: Viewer, body: ConsentIn, base: str) -> ConsentOut:
    of, address, kind = _list(session, body.list), _known(session, body.address, body.kind), body.kind
    origin = Origin(source=consents.API, place=body.place or viewer.name, words=body.words, address=body.network,
                    by=viewer.user_id)  # fmt: skip
    if body.state == consents.WITHDRAWN:
        consents.withdraw(session, of.id, kind, address, origin)
        row = consents.newest(session, kind, address)[of.id]
    elif body.proved:
        row = consents.give(session, of.id, kind, address, origin)
    else:
        row = consent_letters.agree(session, of, address, origin, base, kind)
    audit.record(session, viewer, audit.CHANGED, mailing_lists.KIND, of.id, words=f"{address}: {row.state}")
    return _consent_out(row)


def _suppressed(session: Session, query: SuppressionQuery) -> Page[SuppressionOut]:
    wanted = select(Suppression).where(Suppression.lifted_at.is_(None))
    if query.address is not None:
        wanted = wanted.where(Suppression.value == _handle(query.address, query.kind or MAIL, ""))
    if kind := query.kind or (MAIL if query.address else None):
        wanted = wanted.where(Suppression.kind == kind)
    rows = session.scalars(newest_first(wanted, Suppression.id, query)).all()
    return page_of(rows, query.limit, _suppression_out)


def _suppress(session: Session, viewer: Viewer, body: SuppressionIn) -> SuppressionOut:
    list_id = _list(session, body.list).id if body.list is not None else None
    row = suppressions.suppress(session, body.kind, _known(session, body.address, body.kind), BY_HAND, list_id=list_id,
                                words=body.words, by=viewer.user_id)  # fmt: skip
    audit.record(session, viewer, audit.MADE, KIND, row.id, words=row.value)
    return _suppression_out(row)


def _lift(session: Session, viewer: Viewer, row_id: int, body: LiftIn) -> None:
    row = session.get(Suppression, row_id, with_for_update=True)
    if row is None or row.lifted_at is not None:
        raise Problem(404, _("This stands no more."))
    suppressions.lift(session, viewer, row, body.why)


def _list(session: Session, list_id: int) -> MailingList:
    row = session.get(MailingList, list_id)
    if row is None:
        raise refusal(_("There is no such list."), "list")
    return row


def _known(session: Session, address: str, kind: str) -> str:
    """Give the handle that an address is; by a messenger it has to be on a card."""
    value = _handle(address, kind)
    if kind != MAIL and contacts.find(session, kind, value) is None:
        raise refusal(_("Nobody is known by this to the messenger."), "address")
    return value


def _handle(address: str, kind: str = MAIL, field: str = "address") -> str:
    if kind != MAIL:
        return address
    read = addresses.alone(address)
    if read is None:
        raise refusal(_("This is no mail address."), field)
    return read.handle


def _list_out(session: Session, row: MailingList) -> ListOut:
    return ListOut(
        id=row.id, name=row.name, about=row.about, words=row.words, language=row.language, confirms=row.confirms,
        public=row.public, word=row.word, joins=list_invitations.phrase(row) if row.word else "",
        links=[JoinOut(channel=each.channel_id, kind=each.kind, href=each.href)
               for each in list_invitations.invitations(session, row)],
        retired_at=row.retired_at,
    )  # fmt: skip


def _consent_out(row: Consent) -> ConsentOut:
    return ConsentOut(
        id=row.id, list=row.list_id, kind=row.kind, address=row.value, state=row.state, ground=row.ground,
        source=row.source, place=row.place, words=row.words, network=row.address, contact=row.contact_id,
        campaign=row.campaign_id, by=row.by, at=row.at,
    )  # fmt: skip


def _suppression_out(row: Suppression) -> SuppressionOut:
    return SuppressionOut(id=row.id, kind=row.kind, address=row.value, list=row.list_id, reason=row.reason,
                          words=row.words, at=row.at)  # fmt: skip
