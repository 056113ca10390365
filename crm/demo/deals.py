"""What is being sold: a short price list, and deals at every stage, some of which stand too long."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_changes, deal_line_changes, deal_moves, edits, pipeline_changes, pipelines, price_list
from crm.contacts import Contact
from crm.deal_changes import DealChange, NewDeal
from crm.deal_line_changes import Line
from crm.deal_moves import Lost, Unfilled
from crm.deals import Deal
from crm.parts import FIELD, part_for
from crm.pipelines import LOST, LostReason, Stage
from crm.products import Priced, Product
from hub.users import Viewer, find_user, viewer

VAT = 2_500
PRICES = (
    ("W-1210", "Window 120 x 100, three panes", "pcs", 642_000),
    ("W-0909", "Window 90 x 90, three panes", "pcs", 489_000),
    ("T-0921", "Terrace door 90 x 210", "pcs", 1_180_000),
    ("S-1821", "Sliding door 180 x 210", "pcs", 2_940_000),
    ("D-OAK", "Front door, oak, with side light", "pcs", 3_275_000),
    ("FIT", "Fitting and making good", "h", 68_000),
    ("AWAY", "Taking the old ones away", "job", 245_000),
)
ABOUT = (
    ("Seven windows", (("W-1210", 7), ("FIT", 21), ("AWAY", 1))),
    ("Windows and a terrace door", (("W-0909", 6), ("T-0921", 1), ("FIT", 18))),
    ("Sliding door to the garden", (("S-1821", 1), ("FIT", 8))),
    ("Front door in oak", (("D-OAK", 1), ("FIT", 6), ("AWAY", 1))),
    ("The whole house, 18 openings", (("W-1210", 12), ("W-0909", 5), ("T-0921", 1), ("FIT", 54))),
    ("Kitchen window, opened inwards", (("W-0909", 1), ("FIT", 3))),
)
# In which stage deals stand now, counted from the first, and for how many days; None: they are lost.
STANDING = (
    (0, 0.1), (0, 0.6), (0, 2.0), (1, 0.4), (1, 1.5), (1, 6.0), (2, 1.0), (2, 3.0), (2, 9.0), (3, 0.8), (3, 4.0),
    (3, 12.0), (3, 21.0), (4, 2.0), (4, 5.0), (5, 3.0), (5, 11.0), (6, 4.0), (6, 9.0), (6, 17.0),
    (None, 6.0), (None, 13.0),
)  # fmt: skip
REASONS = ("Too dear", "Another was faster", "Does not build after all")
SOURCES = ("Website", "Website", "Recommended", "Telephone")


class _House(NamedTuple):
    """What all deals are made of."""

    stages: Sequence[Stage]
    products: dict[str, Product]
    reasons: Sequence[LostReason]
    sellers: Sequence[Viewer]


def sell(session: Session, rng: random.Random, until: datetime, move_to: Callable[[datetime], None]) -> None:
    """Fill the price list and the board. Nothing, where no pipeline is set up."""
    listed = pipelines.pipelines(session)
    if not listed:
        return
    move_to(until - timedelta(days=70))
    house = _furnish(session, listed[0].id)
    people = session.scalars(
        select(Contact).where(Contact.name != "", Contact.merged_into_id.is_(None)).order_by(Contact.id)
    ).all()
    chosen = rng.sample(people, min(len(people), len(STANDING)))
    for contact, (place, days) in zip(chosen, STANDING, strict=False):
        _one(session, rng, house, contact, place, until - timedelta(days=days), move_to)
    move_to(until)


def _furnish(session: Session, pipeline_id: int) -> _House:
    birgitta = viewer(find_user(session, "birgitta@klarruta.example"))
    for code, name, unit, price in PRICES:
        priced = Priced(code=code, name=name, unit=unit, price=price, currency="SEK", tax=VAT)
        price_list.add(session, birgitta, priced)
    known = {each.name for each in pipelines.lost_reasons(session)}
    for reason in REASONS:
        if not known:
            pipeline_changes.add_reason(session, birgitta, reason)
    sellers = [
        viewer(find_user(session, f"{name}@klarruta.example")) for name in ("henrik", "karl", "elin", "sofia")
    ]
    return _House(
        pipelines.stages_of(session, [pipeline_id])[pipeline_id],
        {each.code: each for each in session.scalars(select(Product))}, pipelines.lost_reasons(session), sellers,
    )  # fmt: skip


def _one(
    session: Session, rng: random.Random, house: _House, contact: Contact, place: int | None, at: datetime,
    move_to: Callable[[datetime], None],
) -> None:  # fmt: skip
    """Have one deal come to where it stands, stage by stage."""
    seller, (title, sold) = rng.choice(house.sellers), rng.choice(ABOUT)
    going = [stage for stage in house.stages if not stage.ends]
    lost = next((stage for stage in house.stages if stage.ends == LOST), None)
    last = place if place is not None else rng.randrange(1, len(going))
    road = [stage for stage in house.stages if stage.ends != LOST][: last + 1]
    moments = [at - timedelta(days=2.5 * step) for step in range(len(road) - 1, -1, -1)]
    move_to(moments[0])
    wanted = NewDeal(
        title=title, source=rng.choice(SOURCES), responsible_id=seller.user_id,
        value=rng.randrange(20, 90) * 100_000,
    )  # fmt: skip
    deal = deal_changes.open_deal(session, seller, contact, wanted)
    for stage, moment in zip(road[1:], moments[1:], strict=True):
        move_to(moment)
        _prepare(session, seller, house, deal, stage, sold, moment)
        try:
            deal_moves.move(session, seller, deal, stage.id)
        except (Lost, Unfilled):
            return
    if place is None and lost is not None and house.reasons:
        deal_moves.move(session, seller, deal, lost.id, lost_reason_id=rng.choice(house.reasons).id)


def _prepare(
    session: Session, seller: Viewer, house: _House, deal: Deal, stage: Stage, sold: Sequence[tuple[str, int]],
    moment: datetime,
) -> None:  # fmt: skip
    """Fill in what the stage asks for."""
    if "lines" in stage.required:
        lines = [Line(product_id=house.products[code].id, quantity=1_000 * many) for code, many in sold]
        deal_line_changes.set_lines(session, seller, deal, lines)
        day = moment.date() + timedelta(days=14 + len(deal.title) * 2)
        deal_changes.change(session, seller, deal, DealChange(expected_on=day))
    if "contact:address" in stage.required:
        contact = session.get_one(Contact, deal.contact_id)
        if "address" not in contact.fields:
            part = part_for(session, seller, f"{FIELD}address")
            edits.change(session, seller, contact, part, "Tallgatan 9, Göteborg", None)
