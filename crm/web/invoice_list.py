"""All invoices that one sees: who owes what, and for how long."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm import money
from crm.deals import Deal
from crm.invoices import Invoice, is_open
from crm.web.deal_cards import contact_names
from crm.web.invoice_rows import InvoiceRow, invoice_rows
from crm.web.payments import SHOWN, Tab, tabs_of
from hub.languages import _
from hub.web.keys import DB
from hub.web.pages import page, render

HERE = "/invoices"
LONGEST_ID = 18  # digits


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice with whom it is for."""

    row: InvoiceRow
    customer: str


class Invoices(msgspec.Struct, frozen=True, kw_only=True):
    """The values of invoices.html. `sums` are what is owed, in each currency; `count` is of how many."""

    tabs: Sequence[Tab]
    rows: Sequence[Owed]
    sums: Sequence[str]
    count: int
    every: bool
    more: str


@page("GET", HERE, role="manager")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show the invoices that wait for money, the oldest first; with `every` all of them, the newest first."""
    every, text = "every" in request.query, request.query.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None
    shown = await request.app[DB].read(_every, before) if every else await request.app[DB].read(_open)
    return await render(request, "invoices.html", title=_("Payments"), invoices=shown)


def _open(session: Session) -> Invoices:
    waiting = select(Invoice).where(is_open()).order_by(Invoice.due_on, Invoice.id).limit(SHOWN)
    owed = (
        select(Invoice.currency, func.sum(Invoice.amount - Invoice.paid), func.count(Invoice.id))
        .where(is_open()).group_by(Invoice.currency).order_by(Invoice.currency)
    )  # fmt: skip
    sums = session.execute(owed).all()
    return Invoices(
        tabs=tabs_of(session, HERE), rows=_rows(session, waiting), every=False, more="",
        sums=[money.written(int(total), currency) for currency, total, _count in sums],
        count=sum(count for _currency, _total, count in sums),
    )  # fmt: skip


def _every(session: Session, before: int | None) -> Invoices:
    wanted = select(Invoice).order_by(Invoice.id.desc()).limit(SHOWN)
    rows = _rows(session, wanted if before is None else wanted.where(Invoice.id < before))
    more = f"{HERE}?every&before={rows[-1].row.id}" if len(rows) == SHOWN else ""
    return Invoices(tabs=tabs_of(session, HERE), rows=rows, sums=[], count=len(rows), every=True, more=more)


def _rows(session: Session, wanted: Select[Invoice]) -> list[Owed]:
    found = session.scalars(wanted).all()
    deals = select(Deal.id, Deal.contact_id).where(Deal.id.in_({each.deal_id for each in found}))
    whose = {deal_id: contact_id for deal_id, contact_id in session.execute(deals).all()}  # noqa: C416 - typed
    names = contact_names(session, set(whose.values()))
    return [
        Owed(row=row, customer=names.get(whose[each.deal_id], ""))
        for each, row in zip(found, invoice_rows(session, found), strict=True)
    ]
