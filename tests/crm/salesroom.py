"""The window company's sale in a few lines: its stages, its prices, and deals that people open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, deal_changes, deal_line_changes, deal_moves
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deal_line_changes import Line
from crm.deals import Deal, moves_of
from crm.pipelines import LOST, WON, LostReason, Pipeline, Stage
from crm.products import Product
from hub.audit import Entry, history
from hub.users import Viewer, find_department
from tests.crm.klarruta import Klarruta

P = ParamSpec("P")
T = TypeVar("T")

STAGES = (
    Stage(name="Request", probability=10, stale_days=1),
    Stage(name="Measured", probability=40, required=["phone"]),
    Stage(name="Quoted", probability=60, required=["lines", "expected_on", "deal:measurements"]),
    Stage(name="Installed", probability=100, ends=WON),
    Stage(name="Lost", ends=LOST),
)
REASONS = ("Too dear", "Somebody else was faster")
GLASS, FITTING = 1, 2


class Salesroom:
    """The sale of the window company, as tests use it. Stages are called by their names."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for this company's."""
        self.firm = firm

    async def open(self) -> None:
        """Make its pipeline and its prices."""
        await self.firm.do(fill)

    async def deal(
        self, title: str = "Seven windows", by: str = "Elin", *, phone: str = "", of: str = "Sales", value: int = 0
    ) -> int:  # fmt: skip
        """Have somebody open a deal with a new contact."""
        contact_id = await self.contact("Karin Ekdahl", phone, of)
        made = await self.act_on_contact(
            contact_id, by, deal_changes.open_deal, NewDeal(title=title, value=value)
        )
        return made.id

    async def contact(self, name: str, phone: str = "", of: str = "Sales") -> int:
        """Give somebody whom the company knows."""

        def make(session: Session) -> int:
            handles = [("phone", phone)] if phone else []
            return contacts.add_contact(session, name, handles, department_id=find_department(session, of).id)

        return await self.firm.do(make)

    async def act_on_contact(
        self, contact_id: int, name: str, deed: Callable[Concatenate[Session, Viewer, Contact, P], T],
        *args: P.args, **kwargs: P.kwargs,
    ) -> T:  # fmt: skip
        """Have somebody do something with a contact."""
        who = await self.firm.who(name)
        return await self.firm.do(
            lambda session: deed(session, who, session.get_one(Contact, contact_id), *args, **kwargs)
        )

    async def act(
        self, deed: Callable[Concatenate[Session, Viewer, Deal, P], T], name: str, deal_id: int, *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:  # fmt: skip
        """Have somebody do something with a deal."""
        who = await self.firm.who(name)
        return await self.firm.do(
            lambda session: deed(session, who, session.get_one(Deal, deal_id), *args, **kwargs)
        )

    async def move(self, deal_id: int, stage: str, by: str = "Elin", *, was: str = "", why: str = "",
                   reason: int | None = None) -> int | None:  # fmt: skip
        """Have somebody move a deal."""
        seen = (await self.stage(was)).id if was else None
        to = await self.stage(stage)
        return await self.act(deal_moves.move, by, deal_id, to.id, was=seen, why=why, lost_reason_id=reason)

    async def sell(self, deal_id: int, *lines: Line, by: str = "Elin") -> None:
        """Have somebody say what is sold."""
        await self.act(deal_line_changes.set_lines, by, deal_id, lines)

    async def stage(self, name: str) -> Stage:
        """Give a stage."""
        return await self.firm.db.read(
            lambda session: session.scalars(select(Stage).where(Stage.name == name)).one()
        )

    async def now(self, deal_id: int) -> Deal:
        """Give a deal as it is now."""
        return await self.firm.db.read(lambda session: session.get_one(Deal, deal_id))

    async def road(self, deal_id: int) -> list[str]:
        """Give the names of the stages that a deal entered, in order."""

        def read(session: Session) -> list[str]:
            return [session.get_one(Stage, move.to_id).name for move in moves_of(session, deal_id)]

        return await self.firm.db.read(read)

    async def history(self, deal_id: int) -> Sequence[Entry]:
        """Give what the audit tells of a deal, oldest first."""
        return list(reversed(await self.firm.db.read(history, "deal", deal_id)))


def fill(session: Session) -> None:
    """Make a pipeline, reasons of loss and prices."""
    pipeline = Pipeline(name="Windows", position=0)
    session.add(pipeline)
    session.flush()
    for position, stage in enumerate(STAGES):
        session.add(
            Stage(
                pipeline_id=pipeline.id, position=position, name=stage.name, probability=stage.probability or 0,
                ends=stage.ends or "", required=stage.required or [], stale_days=stage.stale_days or 0,
            )
        )  # fmt: skip
    session.add_all(LostReason(name=name, position=position) for position, name in enumerate(REASONS))
    session.add(
        Product(code="W-3", name="Window, three panes", unit="pc", price=1_250_000, currency="SEK", tax=2500)
    )
    session.flush()
    session.add(Product(code="FIT", name="Fitting", unit="h", price=65_000, currency="EUR", tax=2500))
