"""Files of addresses over the API: one is taken, it is seen how far each is, and one on its way is stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import addresses, consent_taking, consents
from crm.consent_files import ConsentFile
from crm.consent_taking import Stated
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.web.api_references import refused
from crm.web.api_shapes import Id
from hub.languages import _
from hub.said import again
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

Addresses = Annotated[
    list[Annotated[str, Meta(min_length=3, max_length=320)]],
    Meta(min_length=1, max_length=consent_taking.AT_ONCE),
]
"""Out here, since a file has a `list` of its own."""


class ConsentFileQuery(Paging, frozen=True, kw_only=True):
    """Which files."""

    list: Annotated[Id | None, Meta(description="Into this list")] = None


class ConsentFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file of `total` addresses: `made` are new, `same` agreed already, the others are `left_out`.

    Its lines of the ledger count once it is `kept`, all at once, and never if it was `stopped`. The new ones begin
    `sequence` then.
    """

    id: int
    list: int
    name: str
    state: Literal["going", "kept", "stopped"]
    total: int
    made: int
    same: int
    left_out: int
    sequence: int | None
    by: int | None
    at: datetime
    kept_at: datetime | None
    stopped_at: datetime | None


class ConsentFileIn(Body, frozen=True, kw_only=True):
    """Addresses that agreed to a list: on which `ground`, and in `words` how and when. `name` is the file's.

    Who newly agrees by it begins `sequence`, one of the list that is on.
    """

    list: Id
    ground: Literal["consent", "customer", "contract"]
    words: Annotated[str, Meta(min_length=consent_taking.LEAST_WORDS, max_length=consents.WORDS)]
    name: Annotated[str, Meta(max_length=consents.PLACE)] = ""
    addresses: Addresses
    sequence: Id | None = None


@endpoint("POST", "/consent-files", scope="campaigns:write", role="manager", body=ConsentFileIn, returns=ConsentFileOut,
          status=201, errors=(409,),
          summary="Write down that all of some addresses agreed, or none of them")  # fmt: skip
async def take(request: web.Request, body: ConsentFileIn) -> ConsentFileOut:
    """Take them."""
    return await write(request, _take, viewer_of(request), body)


@endpoint("GET", "/consent-files", scope="campaigns:read", role="manager", query=ConsentFileQuery,
          returns=Page[ConsentFileOut], summary="List files of addresses, newest first")  # fmt: skip
async def files(request: web.Request, query: ConsentFileQuery) -> Page[ConsentFileOut]:
    """List them."""
    return await request.app[DB].read(_files, query)


@endpoint("DELETE", "/consent-files/{id}", scope="campaigns:write", role="manager", returns=ConsentFileOut,
          summary="Stop a file that is on its way: nobody is taken from it")  # fmt: skip
async def stop(request: web.Request) -> ConsentFileOut:
    """Stop one."""
    return await write(request, _stop, viewer_of(request), path_id(request))


def _files(session: Session, query: ConsentFileQuery) -> Page[ConsentFileOut]:
    wanted = select(ConsentFile)
    if query.list is not None:
        wanted = wanted.where(ConsentFile.list_id == query.list)
    return page_of(session.scalars(newest_first(wanted, ConsentFile.id, query)).all(), query.limit, _out)


def _take(session: Session, viewer: Viewer, asked: ConsentFileIn) -> ConsentFileOut:
    of = session.get(MailingList, asked.list)
    if of is None or of.retired_at is not None:
        raise refused(_("There is no such list."), "/list")
    read = {each: addresses.alone(each) for each in asked.addresses}
    if wrong := [each for each, address in read.items() if address is None]:
        raise Refusal(_("“%(text)s” is no address.", text=wrong[0][:60]))
    values = list(dict.fromkeys(address.handle for address in read.values() if address is not None))
    stated = Stated(asked.ground, asked.words, asked.name, asked.sequence or 0)
    try:
        return _out(consent_taking.take_all(session, viewer, of, values, stated))
    except ValueError as error:
        raise Refusal(again(error.args[0])) from None


def _stop(session: Session, viewer: Viewer, file_id: int) -> ConsentFileOut:
    row = session.get(ConsentFile, file_id, with_for_update=True)
    if row is None:
        raise Problem(404, _("There is no such file."))
    consent_taking.stop(session, viewer, row)
    return _out(row)


def _out(row: ConsentFile) -> ConsentFileOut:
    return ConsentFileOut(
        id=row.id, list=row.list_id, name=row.name,
        state="stopped" if row.stopped_at else "kept" if row.kept_at else "going", total=row.total, made=row.made,
        same=row.same, left_out=row.left_out, sequence=row.sequence_id, by=row.by, at=row.at, kept_at=row.kept_at,
        stopped_at=row.stopped_at,
    )  # fmt: skip
