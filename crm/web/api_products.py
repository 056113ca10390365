"""The price list over the API; whoever may see all keeps it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import price_list
from crm.products import LONGEST, LONGEST_CODE, Priced, Product
from crm.setup import setup
from crm.web.api_deal_shapes import Currency, ProductOut, Rate, Sum
from hub.languages import _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

Code = Annotated[str, Meta(min_length=1, max_length=LONGEST_CODE)]
Called = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
Unit = Annotated[str, Meta(max_length=LONGEST_CODE)]


class ProductQuery(Paging, frozen=True, kw_only=True):
    """Which products."""

    code: Annotated[Code | None, Meta(description="Only the one with this code")] = None
    retired: Annotated[bool, Meta(description="Also what was taken off the list")] = False


class ProductIn(Body, frozen=True, kw_only=True):
    """Something new on the list; without `currency` it is priced in the company's."""

    code: Code
    name: Called
    unit: Unit = ""
    price: Sum
    currency: Currency | None = None
    tax: Rate = 0


class ProductPatch(Body, frozen=True, kw_only=True):
    """What it is to be from now on; what is left out stays. With `retired` it is taken off the list, or put back."""

    code: Code | UnsetType = UNSET
    name: Called | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    price: Sum | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    tax: Rate | UnsetType = UNSET
    retired: bool | UnsetType = UNSET


@endpoint("GET", "/products", scope="deals:read", query=ProductQuery, returns=Page[ProductOut],
          summary="List the price list, newest first")  # fmt: skip
async def listed(request: web.Request, query: ProductQuery) -> Page[ProductOut]:
    """List products."""
    return await request.app[DB].read(_listed, query)


@endpoint("GET", "/products/{id}", scope="deals:read", returns=ProductOut, etag=tag_of,
          summary="Get one product")  # fmt: skip
async def product(request: web.Request) -> ProductOut:
    """Give one."""
    return await request.app[DB].read(_one, path_id(request))


@endpoint("POST", "/products", scope="deals:write", role="manager", body=ProductIn, returns=ProductOut, status=201,
          etag=tag_of, summary="Put a product on the price list")  # fmt: skip
async def make(request: web.Request, body: ProductIn) -> ProductOut:
    """Put one on the list."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("PATCH", "/products/{id}", scope="deals:write", role="manager", body=ProductPatch, returns=ProductOut,
          etag=tag_of, summary="Change a product, take it off the price list or put it back")  # fmt: skip
async def change(request: web.Request, body: ProductPatch) -> ProductOut:
    """Change one."""
    return await write(request, _change, viewer_of(request), path_id(request), body, if_match(request))


def _listed(session: Session, query: ProductQuery) -> Page[ProductOut]:
    wanted = select(Product)
    if query.code is not None:
        wanted = wanted.where(Product.code == query.code)
    if not query.retired:
        wanted = wanted.where(Product.retired_at.is_(None))
    rows = session.scalars(newest_first(wanted, Product.id, query)).all()
    return page_of(rows, query.limit, _shown)


def _one(session: Session, product_id: int) -> ProductOut:
    return _shown(_found(session, product_id))


def _make(session: Session, viewer: Viewer, new: ProductIn) -> ProductOut:
    currency = new.currency or setup(session).company.currency
    wanted = Priced(
        code=new.code, name=new.name, unit=new.unit, price=new.price, currency=currency, tax=new.tax
    )
    return _shown(price_list.add(session, viewer, wanted))


def _change(
    session: Session, viewer: Viewer, product_id: int, wanted: ProductPatch, match: Match
) -> ProductOut:
    found = _found(session, product_id)
    match.check(tag_of(_shown(found)))
    values = {name: getattr(found, name) for name in Priced.__struct_fields__} | {
        name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not UNSET
    }  # fmt: skip
    values.pop("retired", None)
    price_list.change(session, viewer, found, Priced(**values))
    if wanted.retired is not UNSET:
        (price_list.retire if wanted.retired else price_list.restore)(session, viewer, found)
    return _shown(found)


def _found(session: Session, product_id: int) -> Product:
    found = session.get(Product, product_id)
    if found is None:
        raise Problem(404, _("There is no such product."))
    return found


def _shown(row: Product) -> ProductOut:
    return convert(row, ProductOut, from_attributes=True)
