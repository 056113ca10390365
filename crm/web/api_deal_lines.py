"""What is sold in a deal, and who else has to do with it, over the API: said as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy.orm import Session

from crm import deal_changes, deal_line_changes
from crm.deal_line_changes import Line as WantedLine
from crm.deal_lines import lines_of, totals
from crm.deals import Deal, parts_of
from crm.rights import deal_for
from crm.web.api_deal_shapes import (
    DealLineIn,
    DealLineOut,
    DealLinesOut,
    DealPartOut,
    DealPartsOut,
    TaxOut,
)
from crm.web.api_shapes import Id, Line
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem

OF_A_LINE = ("name", "unit", "quantity", "price", "discount", "tax", "net")


class LinesIn(Body, frozen=True, kw_only=True):
    """All lines that a deal has from now on."""

    lines: Annotated[list[DealLineIn], Meta(max_length=deal_line_changes.MOST)]


class PartIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody else who has to do with a deal: a contact's id, and as what."""

    contact: Id
    role: Line = ""


class PartsIn(Body, frozen=True, kw_only=True):
    """Everybody else who has to do with a deal from now on."""

    parts: Annotated[list[PartIn], Meta(max_length=deal_changes.MOST_PARTS)]


@endpoint("GET", "/deals/{id}/lines", scope="deals:read", returns=DealLinesOut, etag=tag_of,
          summary="Get what is sold in a deal")  # fmt: skip
async def lines(request: web.Request) -> DealLinesOut:
    """Give its lines."""
    return await request.app[DB].read(_lines, viewer_of(request), path_id(request))


@endpoint("PUT", "/deals/{id}/lines", scope="deals:write", body=LinesIn, returns=DealLinesOut, etag=tag_of,
          summary="Say what is sold in a deal; it is worth the sum")  # fmt: skip
async def set_lines(request: web.Request, body: LinesIn) -> DealLinesOut:
    """Set its lines."""
    return await write(request, _set_lines, viewer_of(request), path_id(request), body, if_match(request))


@endpoint("GET", "/deals/{id}/parts", scope="deals:read", returns=DealPartsOut, etag=tag_of,
          summary="Get who else has to do with a deal")  # fmt: skip
async def parts(request: web.Request) -> DealPartsOut:
    """Give who takes part."""
    return await request.app[DB].read(_parts, viewer_of(request), path_id(request))


@endpoint("PUT", "/deals/{id}/parts", scope="deals:write", body=PartsIn, returns=DealPartsOut, etag=tag_of,
          summary="Say who else has to do with a deal")  # fmt: skip
async def set_parts(request: web.Request, body: PartsIn) -> DealPartsOut:
    """Set who takes part."""
    return await write(request, _set_parts, viewer_of(request), path_id(request), body, if_match(request))


def seen(session: Session, viewer: Viewer, deal_id: int) -> Deal:
    """Give a deal that this viewer sees."""
    found = deal_for(session, viewer, deal_id)
    if found is None:
        raise Problem(404, _("There is no such deal."))
    return found


def read_lines(wanted: Iterable[DealLineIn]) -> list[WantedLine]:
    """Give lines as the business wants them."""
    return [
        WantedLine(
            product_id=each.product, name=each.name, unit=each.unit, quantity=each.quantity, price=each.price,
            discount=each.discount, tax=each.tax,
        )
        for each in wanted
    ]  # fmt: skip


def _lines(session: Session, viewer: Viewer, deal_id: int) -> DealLinesOut:
    return _shown(session, seen(session, viewer, deal_id))


def _set_lines(session: Session, viewer: Viewer, deal_id: int, wanted: LinesIn, match: Match) -> DealLinesOut:
    found = seen(session, viewer, deal_id)
    match.check(tag_of(_shown(session, found)))
    deal_line_changes.set_lines(session, viewer, found, read_lines(wanted.lines))
    return _shown(session, found)


def _parts(session: Session, viewer: Viewer, deal_id: int) -> DealPartsOut:
    return _shown_parts(session, seen(session, viewer, deal_id))


def _set_parts(session: Session, viewer: Viewer, deal_id: int, wanted: PartsIn, match: Match) -> DealPartsOut:
    found = seen(session, viewer, deal_id)
    match.check(tag_of(_shown_parts(session, found)))
    roles = {each.contact: each.role for each in wanted.parts}
    deal_changes.set_parts(session, viewer, found, roles)
    return _shown_parts(session, found)


def _shown(session: Session, deal: Deal) -> DealLinesOut:
    rows = lines_of(session, deal.id)
    sums = totals(rows)
    return DealLinesOut(
        lines=[
            DealLineOut(product=row.product_id, **{name: getattr(row, name) for name in OF_A_LINE}) for row in rows
        ],
        currency=deal.currency, net=sums.net, gross=sums.gross,
        taxes=[TaxOut(rate=rate, sum=tax) for rate, tax in sums.taxes.items()],
    )  # fmt: skip


def _shown_parts(session: Session, deal: Deal) -> DealPartsOut:
    rows = parts_of(session, deal.id)
    return DealPartsOut(parts=[DealPartOut(contact=row.contact_id, role=row.role) for row in rows])
