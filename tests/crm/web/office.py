"""Elin's desk: a hub in this process, listening to a real Asterisk, and her console on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts
from crm.calls import Call
from crm.company import Company
from crm.contacts import PHONE
from crm.conversations import Interaction
from hub.app import make_app
from hub.channels import Channel
from hub.db import Database
from hub.settings import Settings
from hub.users import find_user
from tests.connectors.asterisk.stage import CUSTOMER, Stage, on_stage
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import CHANNEL, SESAME
from tests.crm.web.console import Consoles, Shown
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk

KARIN = 1
Serve = Callable[..., Awaitable[TestServer]]
Visit = Callable[..., Awaitable[TestClient]]


class Office:
    """The company with its telephones: Elin at 101, Johan at 102, Nils at 103; Karin Ekdahl is who is called."""

    def __init__(self, firm: Klarruta, consoles: Consoles, stage: Stage) -> None:
        """Sit down."""
        self.firm = firm
        self.consoles = consoles
        self.stage = stage

    async def clicks(self, number: str = CUSTOMER, **more: str) -> Shown:
        """Have Elin press a number."""
        self.stage.expects("101", number)
        return await self.consoles.press("Elin", "/calls", number=number, **more)

    async def presses(self, deed: str, method: str = "POST", **fields: str) -> Shown:
        """Have Elin press a button in the popup of her newest call."""
        return await self.consoles.press(
            "Elin", f"/popups/{(await self.calls())[-1].id}/{deed}", method, **fields
        )

    async def sees(self, words: str, name: str = "Elin", seconds: float = 15) -> str:
        """Wait until somebody's popups say this."""

        async def said() -> str:
            shown = (await self.consoles.part(name, "/popups")).words
            return shown if words in shown else ""

        return cast("str", await eventually(said, seconds))

    async def calls(self) -> Sequence[Call]:
        """Give all calls."""
        return await self.firm.db.read(lambda session: session.scalars(select(Call).order_by(Call.id)).all())

    async def ended(self) -> Call:
        """Wait until the newest call ended, and give it."""

        async def last() -> Call | None:
            call = (await self.calls())[-1]
            return call if call.ended_at else None

        return cast("Call", await eventually(last, 20))

    async def lines(self) -> Sequence[str]:
        """Give what stands on the cards."""
        wanted = select(Interaction.summary).order_by(Interaction.id)
        return await self.firm.db.read(lambda session: session.scalars(wanted).all())


@asynccontextmanager
async def opened(
    db: Database, asterisk: Asterisk, folder: Path, serve: Serve, visit: Visit
) -> AsyncIterator[Office]:
    """Open the office, and close it in the end."""
    firm = Klarruta(db)
    await firm.found()
    await db.write(_furnish, {"port": asterisk.ami_port, "secret": asterisk.secret,
                              "callers": ["Sales = 08-465 004 09"]})  # fmt: skip
    app = await make_app(db, folder, Settings())
    server = await serve(app, auto_decompress=False)
    consoles = Consoles(firm, await visit(server))
    async with on_stage(asterisk) as stage:
        await eventually(lambda: db.read(_is_heard), 20)
        yield Office(firm, consoles, stage)


def _furnish(session: Session, settings: dict[str, object]) -> None:
    session.add(
        Channel(id=CHANNEL, name="pbx", title="Office", kind="asterisk", token=SESAME, settings=settings)
    )
    for name, extension in (("elin", "101"), ("johan", "102"), ("nils", "103"), ("sofia", "104")):
        find_user(session, f"{name}@klarruta.example").extension = extension
    company = session.get_one(Company, 1)
    company.calls_from = company.calls_until = "00:00"  # whenever the tests run
    sales = find_user(session, "elin@klarruta.example").department_id
    contacts.add_contact(session, "Karin Ekdahl", [(PHONE, CUSTOMER)], department_id=sales)


def _is_heard(session: Session) -> bool:
    return session.get_one(Channel, CHANNEL).up_at is not None
