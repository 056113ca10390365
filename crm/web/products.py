"""The price list: what is sold and for how much; taken from a file, and given to one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import BodyPartReader, web
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm import money, price_list
from crm.exports import BOM, csv_rows
from crm.price_file import LARGEST, Fault, table
from crm.price_list import Report
from crm.products import Priced, Product
from crm.setup import setup
from hub import audit
from hub.languages import N_, _
from hub.said import again, nsaid
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/products"
SHOWN, LONGEST, UNREADABLE = 200, 100, 422
READ = 256 * 1024

add_room(
    Room(href=HOME, name=N_("Price list"), icon="tag", order=64, role="manager", within="/settings",
         about=N_("What you sell and for how much; read from a file"))
)  # fmt: skip

Values = Mapping[str, str]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A product, as its inputs show it."""

    id: int
    code: str
    name: str
    unit: str
    price: str
    currency: str
    tax: str
    retired: bool


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _products.html; `total` is how many there are, of which the first are shown."""

    q: str
    rows: Sequence[Row]
    total: int
    currency: str


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the list."""
    return await _show(request)


@page("GET", f"{HOME}/export.csv", role="manager")
async def export(request: web.Request) -> web.StreamResponse:
    """Give the list as text of columns, as it is read back."""
    rows = await request.app[DB].write(_exported, viewer_of(request))
    return web.Response(
        body=BOM.encode() + csv_rows(rows),
        headers={
            "Content-Type": "text/csv; charset=utf-8", "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="price-list.csv"',
        },
    )  # fmt: skip


@page("POST", HOME, role="manager")
async def add(request: web.Request) -> web.StreamResponse:
    """Put something on the list."""
    name = await request.app[DB].write(_add, viewer_of(request), await form(request))
    return await changed(request, Toast(text=_("On the price list: %(name)s", name=name)), back=HOME)


@page("POST", f"{HOME}/import", role="manager")
async def take(request: web.Request) -> web.StreamResponse:
    """Take a whole list from a file, or say which rows make no sense."""
    data = await _file(request)
    try:
        rows = await asyncio.to_thread(table, data)  # beside the store, which has one writer
    except ValueError as error:
        return await _show(request, Report(faults=(Fault(0, again(error.args[0])),)))
    report = await request.app[DB].write(price_list.import_list, viewer_of(request), rows)
    return await _show(request, report)


@page("POST", "/products/{id}", role="manager")
async def change(request: web.Request) -> web.StreamResponse:
    """Change what stands on the list."""
    name = await request.app[DB].write(_change, viewer_of(request), path_id(request), await form(request))
    return await changed(request, Toast(text=_("Saved: %(name)s", name=name)), back=HOME)


@page("POST", "/products/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Take something off the list."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=True)
    toast = Toast(text=_("Off the list: %(name)s", name=name), undo=f"{HOME}/{path_id(request)}/retirement")
    return await changed(request, toast, back=HOME)


@page("DELETE", "/products/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Put something back on the list."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=False)
    return await changed(request, Toast(text=_("On the price list: %(name)s", name=name)), back=HOME)


async def _show(request: web.Request, report: Report | None = None) -> web.StreamResponse:
    q = request.query.get("q", "").replace("\0", "").strip()[:LONGEST]
    shown = await request.app[DB].read(_listed, q)
    template = "_products.html" if is_fragment(request) else "products.html"
    status = UNREADABLE if report and report.faults else 200
    return await render(request, template, status=status, title=_("Price list"), list=shown, report=report)


async def _file(request: web.Request) -> bytes:
    """Read the one file of the posted form."""
    if not request.content_type.startswith("multipart/"):
        raise Problem(415, _("Send files as a form does."))
    data = bytearray()
    try:
        async for part in await request.multipart():
            while isinstance(part, BodyPartReader) and (chunk := await part.read_chunk(READ)):
                data += chunk
                if len(data) > LARGEST:
                    raise Problem(413, _("A price list has at most %(most)s MB.", most=LARGEST // 1024**2))
    except (ValueError, LookupError) as error:
        raise Problem(400, _("This form could not be read.")) from error
    return bytes(data)


def _listed(session: Session, q: str) -> Listed:
    fits = (
        [or_(Product.name.icontains(q, autoescape=True), Product.code.icontains(q, autoescape=True))]
        if q
        else []
    )
    wanted = select(Product).where(*fits)
    rows = session.scalars(wanted.order_by(Product.retired_at.is_not(None), Product.code).limit(SHOWN))
    return Listed(
        q=q, rows=[_row(each) for each in rows], currency=setup(session).company.currency,
        total=session.scalar(wanted.with_only_columns(func.count(Product.id))) or 0,
    )  # fmt: skip


def _row(product: Product) -> Row:
    return Row(
        id=product.id, code=product.code, name=product.name, unit=product.unit, currency=product.currency,
        price=money.typed(product.price, product.currency), tax=money.typed_percent(product.tax),
        retired=product.retired_at is not None,
    )  # fmt: skip


def _exported(session: Session, viewer: Viewer) -> Sequence[Sequence[str]]:
    rows = list(price_list.export_rows(session))
    words = nsaid("%(num)s product", "%(num)s products", len(rows) - 1)
    audit.record(session, viewer, audit.EXPORTED, price_list.LIST, 0, words=words)
    return rows


def _add(session: Session, viewer: Viewer, said: Values) -> str:
    return price_list.add(session, viewer, _priced(session, said)).name


def _change(session: Session, viewer: Viewer, product_id: int, said: Values) -> str:
    product = _one(session, product_id)
    price_list.change(session, viewer, product, _priced(session, said))
    return product.name


def _retire(session: Session, viewer: Viewer, product_id: int, *, retired: bool) -> str:
    product = _one(session, product_id)
    (price_list.retire if retired else price_list.restore)(session, viewer, product)
    return product.name


def _one(session: Session, product_id: int) -> Product:
    found = session.get(Product, product_id)
    if found is None:
        raise Problem(404, _("There is no such product."))
    return found


def _priced(session: Session, said: Values) -> Priced:
    """Read a product's form."""
    currency = (said.get("currency", "").strip() or setup(session).company.currency).upper()
    if not money.is_currency(currency):
        raise Problem(UNREADABLE, _("“%(code)s” is no currency; write it like EUR", code=currency[:10]))
    try:
        return Priced(
            code=said.get("code", ""), name=said.get("name", ""), unit=said.get("unit", ""), currency=currency,
            price=money.read(said.get("price", ""), currency), tax=money.read_percent(said.get("tax", "") or "0"),
        )  # fmt: skip
    except ValueError as error:
        raise Problem(UNREADABLE, again(str(error))) from error
