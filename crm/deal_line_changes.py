"""What is sold in a deal is said as a whole: all its lines at once, from the price list or written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import money
from crm.deal_lines import HUNDRED_PERCENT, THOUSAND, DealLine, lines_of, totals
from crm.deal_written import state, written
from crm.deals import Deal
from crm.desk import Refusal
from crm.products import Product
from hub.languages import _
from hub.users import Viewer

MOST = 1_000  # lines of a deal
LONGEST = 300  # characters of what a line says
IN_AUDIT = 50  # lines that the audit tells of


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is wanted, counted as in crm/deal_lines.py. What is None, and a name of "", is the product's."""

    product_id: int | None = None
    name: str = ""
    unit: str | None = None
    quantity: int = THOUSAND
    price: int | None = None
    discount: int = 0
    tax: int | None = None


def set_lines(session: Session, viewer: Viewer, deal: Deal, wanted: Sequence[Line]) -> None:
    """Have exactly these lines be what is sold; the deal is worth their sum. Without any it keeps its value."""
    if len(wanted) > MOST:
        raise Refusal(_("A deal has at most %(most)s lines", most=MOST), field="lines")
    before = state(deal) | {"lines": _plain(lines_of(session, deal.id))}
    products = _products(session, wanted)
    lines = [_line(deal, place, each, products) for place, each in enumerate(wanted)]
    sums = totals(lines)
    if sums.net < 0 or max(sums.net, sums.gross) > money.MOST:
        raise Refusal(_("The lines come to less than nothing, or to more than can be counted"))
    session.execute(delete(DealLine).where(DealLine.deal_id == deal.id))
    session.add_all(lines)
    if lines:
        deal.value = sums.net
    session.flush()
    written(session, viewer, deal, before, lines=_plain(lines))


def _products(session: Session, wanted: Sequence[Line]) -> Mapping[int, Product]:
    ids = {line.product_id for line in wanted if line.product_id is not None}
    rows = session.scalars(select(Product).where(Product.id.in_(ids))) if ids else ()
    return {each.id: each for each in rows}


def _line(deal: Deal, position: int, line: Line, products: Mapping[int, Product]) -> DealLine:
    """Make a line; the first that is wrong is named by its number."""
    product = products.get(line.product_id or 0)
    if line.product_id is not None and product is None:
        raise Refusal(
            _("Line %(num)s: there is no such product", num=position + 1), field=f"lines/{position}"
        )
    if product is not None and line.price is None and product.currency != deal.currency:
        raise Refusal(
            _("Line %(num)s: “%(name)s” is priced in %(theirs)s and the deal in %(ours)s: say its price",
              num=position + 1, name=product.name, theirs=product.currency, ours=deal.currency),
            field=f"lines/{position}",
        )  # fmt: skip
    made = DealLine(
        deal_id=deal.id, position=position, product_id=line.product_id, quantity=line.quantity,
        name=_one_line(line.name) or (product.name if product else ""),
        unit=_one_line(line.unit if line.unit is not None else product.unit if product else ""),
        price=line.price if line.price is not None or product is None else product.price,
        tax=line.tax if line.tax is not None else product.tax if product else 0, discount=line.discount,
    )  # fmt: skip
    _check(made)
    return made


def _check(line: DealLine) -> None:
    """Refuse a line that cannot be counted. A negative price takes off: an old window taken in."""
    wrong = ""
    if not line.name:
        wrong = _("say what it is")
    elif line.price is None or abs(line.price) > money.MOST:
        wrong = _("say what one costs")
    elif not 0 < line.quantity <= money.MOST:
        wrong = _("say how many")
    elif not 0 <= line.discount <= HUNDRED_PERCENT or not 0 <= line.tax <= HUNDRED_PERCENT:
        wrong = _("a discount and a tax are between 0 and 100 percent")
    if wrong:
        raise Refusal(
            _("Line %(num)s: %(wrong)s", num=line.position + 1, wrong=wrong), field=f"lines/{line.position}"
        )


def _plain(lines: Iterable[DealLine]) -> list[str]:
    """Give lines as the audit keeps them, the first ones of very many."""
    found = [
        f"{line.quantity / THOUSAND:g} × {line.name} · {line.price} · -{line.discount} · +{line.tax}"  # noqa: RUF001
        for line in lines
    ]
    return found[:IN_AUDIT] + [f"+ {len(found) - IN_AUDIT}"] * (len(found) > IN_AUDIT)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
