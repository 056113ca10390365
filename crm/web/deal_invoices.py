"""The invoices of a deal on its page: how they stand, and how one is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import invoice_making, money
from crm.deals import Deal
from crm.desk import Refusal
from crm.invoice_making import Part, Wanted
from crm.invoices import invoices_of, sums_of
from crm.web.deal_moves import seen
from crm.web.invoice_rows import InvoiceRow, invoice_rows
from hub.languages import LANGUAGES, _, listener
from hub.said import again
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of

PARTS: Mapping[str, Part] = {"all": "all", "deposit": "deposit", "rest": "rest"}


class Invoices(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_invoices.html; `paid` and `left` are words, "" where nothing is invoiced."""

    deal_id: int
    rows: Sequence[InvoiceRow]
    paid: str
    left: str
    parts: Sequence[tuple[str, str]]
    languages: Sequence[tuple[str, str]]
    language: str


@page("GET", "/deals/{id}/invoices")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show the invoices of a deal."""
    shown = await request.app[DB].read(_view, viewer_of(request), path_id(request))
    return await render(request, "_deal_invoices.html", invoices=shown)


@page("POST", "/deals/{id}/invoices")
async def make(request: web.Request) -> web.StreamResponse:
    """Write an invoice, which may be looked at before it is issued."""
    said, deal_id = await form(request), path_id(request)
    made = await request.app[DB].write(_make, viewer_of(request), deal_id, said)
    toast = Toast(text=_("An invoice is written"), href=f"/invoices/{made}", words=_("Look at it"))
    return await changed(request, toast, back=f"/invoices/{made}")


def view(session: Session, deal: Deal) -> Invoices:
    """Show the invoices of a deal."""
    found = invoices_of(session, deal.id)
    paid, left = sums_of(session, deal.id)
    standing = [each for each in found if not each.cancelled_at and not each.credits_id]
    return Invoices(
        deal_id=deal.id, rows=invoice_rows(session, found), languages=list(LANGUAGES.items()),
        paid=money.written(paid, deal.currency) if found else "",
        left=money.written(left, deal.currency) if left > 0 else "", parts=_parts(standing),
        language=standing[0].language if standing else listener().language,
    )  # fmt: skip


def _parts(standing: Sequence[object]) -> Sequence[tuple[str, str]]:
    """Give what one more invoice may ask for."""
    rest = [("rest", _("The rest"))] if standing else [("all", _("All that is sold"))]
    return [*rest, ("deposit", _("A deposit"))]


def _view(session: Session, viewer: Viewer, deal_id: int) -> Invoices:
    return view(session, seen(session, viewer, deal_id))


def _make(session: Session, viewer: Viewer, deal_id: int, said: Mapping[str, str]) -> int:
    deal = seen(session, viewer, deal_id)
    part = PARTS.get(said.get("part", "all"), "all")
    try:
        percent = money.read_percent(said.get("percent", "") or "0") if part == "deposit" else 0
    except ValueError as error:
        raise Refusal(again(str(error))) from error
    wanted = Wanted(part=part, percent=percent, language=said.get("language", "") or listener().language)
    return invoice_making.draft(session, viewer, deal, wanted).id
