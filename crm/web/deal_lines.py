"""What is sold in a deal, as lines that are edited together: from the price list or written by hand, and their sums."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from aiohttp import web
from multidict import MultiMapping
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm import deal_line_changes, money
from crm.deal_line_changes import Line
from crm.deal_lines import DealLine, lines_of, totals
from crm.deals import Deal
from crm.desk import Refusal
from crm.products import Product
from crm.web.deal_moves import seen
from crm.web.deals import HERE, number
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of

OFFERED, LONGEST, CONFLICT = 8, 100, 409
LARGEST = 4 * 1024 * 1024  # bytes of a form of all lines that a deal may have, with the longest names
NAMES = ("product", "name", "quantity", "unit", "price", "discount", "tax")


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line as its inputs show it, and what it comes to, in words."""

    product: str = ""
    name: str = ""
    quantity: str = ""
    unit: str = ""
    price: str = ""
    discount: str = ""
    tax: str = ""
    net: str = ""


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a deal, known by their `mark`. `sums` are the rows under them: pairs of words and an amount."""

    currency: str
    rows: Sequence[LineRow]
    sums: Sequence[tuple[str, str]]
    gross: str
    mark: str


class Kept(msgspec.Struct, frozen=True):
    """What became of lines that were to be kept, and by what those of the deal are known now."""

    words: str
    mark: str
    refused: bool = False


class Offer(msgspec.Struct, frozen=True):
    """A product that is meant, perhaps."""

    id: int
    name: str
    price: str


@page("GET", "/products/offers")
async def offers(request: web.Request) -> web.StreamResponse:
    """Show what of the price list fits what is being typed."""
    words = request.query.get("q", "").replace("\0", "").strip()[:LONGEST]
    found = await request.app[DB].read(_offers, words) if words else []
    return await render(request, "_product_offers.html", q=words, offers=found)


@page("POST", "/deals/{id}/lines")
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep all lines as they are typed, unless others stand there than were seen."""
    said = await form(request, LARGEST)  # refuses what is too large, or no form at all
    rows, deal_id = _typed(await request.post()), path_id(request)
    kept = await request.app[DB].write(_keep, viewer_of(request), deal_id, rows, said.get("seen", ""))
    toast, status = Toast(text=kept.words, refused=kept.refused), CONFLICT if kept.refused else 200
    if is_fragment(request):
        return await render(request, "_deal_lines_kept.html", status=status, toast=toast, mark=kept.mark)
    return await changed(request, toast, back=f"{HERE}/{deal_id}#lines")


def lines(session: Session, deal: Deal) -> Lines:
    """Show the lines of a deal and what they come to."""
    found = lines_of(session, deal.id)
    sums = totals(found)
    told = [(_("Without tax"), money.written(sums.net, deal.currency))]
    told += [
        (_("Tax %(rate)s %%", rate=money.typed_percent(rate)), money.written(tax, deal.currency))
        for rate, tax in sums.taxes.items()
        if rate
    ]
    return Lines(
        mark=_mark(found), currency=deal.currency, sums=told, gross=money.written(sums.gross, deal.currency),
        rows=[
            LineRow(
                product=str(line.product_id or ""), name=line.name, unit=line.unit,
                quantity=money.typed_quantity(line.quantity), price=money.typed(line.price, deal.currency),
                discount=money.typed_percent(line.discount) if line.discount else "",
                tax=money.typed_percent(line.tax), net=money.written(line.net, deal.currency),
            )
            for line in found
        ],
    )  # fmt: skip


def _offers(session: Session, words: str) -> Sequence[Offer]:
    fits = or_(
        Product.name.icontains(words, autoescape=True), Product.code.istartswith(words, autoescape=True)
    )
    found = session.scalars(
        select(Product).where(Product.retired_at.is_(None), fits).order_by(Product.name).limit(OFFERED)
    )
    return [
        Offer(each.id, each.name, f"{each.code} · {money.written(each.price, each.currency)}")
        for each in found
    ]


def _typed(posted: MultiMapping[object]) -> Sequence[LineRow]:
    """Give the rows of the form, without the empty ones and the one that was dropped."""
    columns = [[str(each).replace("\0", "").strip() for each in posted.getall(name, [])] for name in NAMES]
    drop = str(posted.get("drop", ""))
    rows = [LineRow(**dict(zip(NAMES, row, strict=True))) for row in zip(*columns, strict=False)]
    return [row for at, row in enumerate(rows) if row.name and str(at) != drop]


def _mark(found: Sequence[DealLine]) -> str:
    """Give by what lines are known: what stands in them."""
    told = [[getattr(line, name) for name in (*NAMES[1:], "product_id")] for line in found]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


def _keep(session: Session, viewer: Viewer, deal_id: int, rows: Sequence[LineRow], mark: str) -> Kept:
    deal = seen(session, viewer, deal_id)
    session.refresh(deal, with_for_update=True)  # of two who keep lines at once one sees what the other kept
    found = lines_of(session, deal.id)
    if mark and mark != _mark(found):
        return Kept(
            ngettext(
                "The lines were changed since you saw them: there is %(num)s by now, %(sum)s. Press again to put yours "
                "in its place.",
                "The lines were changed since you saw them: there are %(num)s by now, %(sum)s. Press again to put "
                "yours in their place.",
                len(found), num=len(found), sum=money.written(totals(found).gross, deal.currency),
            ), _mark(found), refused=True,
        )  # fmt: skip
    wanted = [_line(session, deal, at, row) for at, row in enumerate(rows, 1)]
    deal_line_changes.set_lines(session, viewer, deal, wanted)
    sum_ = money.written(deal.value, deal.currency)
    words = ngettext(
        "%(num)s line, %(sum)s", "%(num)s lines, %(sum)s", len(wanted), num=len(wanted), sum=sum_
    )
    return Kept(words, _mark(lines_of(session, deal.id)))


def _line(session: Session, deal: Deal, at: int, row: LineRow) -> Line:
    """Read a row; what is left empty is the product's. A name that is a product's is that product."""
    product_id = number(row.product) or _named(session, row.name)
    try:
        return Line(
            product_id=product_id, name=row.name, unit=row.unit or None,
            quantity=money.read_quantity(row.quantity or "1"),
            price=money.read(row.price, deal.currency) if row.price else None,
            discount=money.read_percent(row.discount or "0"),
            tax=money.read_percent(row.tax) if row.tax else None,
        )  # fmt: skip
    except ValueError as error:
        raise Refusal(_("Line %(num)s: %(wrong)s", num=at, wrong=str(error))) from error


def _named(session: Session, name: str) -> int | None:
    typed = name.lower()
    same = or_(func.lower(Product.code) == typed, func.lower(Product.name) == typed)
    return session.scalar(
        select(Product.id).where(same, Product.retired_at.is_(None)).order_by(Product.id).limit(1)
    )
