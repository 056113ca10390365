"""Visits of the window company: Nils goes to customers; named by what people would say of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import appointment_changes, appointment_deeds, appointment_news, appointments, contacts
from crm.appointment_changes import Plan
from crm.appointments import Appointment
from crm.contacts import MAIL, Contact
from crm.conversations import Interaction
from hub.clock import now
from hub.letters import SendLetter
from hub.outbox import Outgoing
from hub.users import find_department, find_user, viewer
from tests.crm.klarruta import Klarruta, T

ZONE = "Europe/Stockholm"
A_WEEK = timedelta(days=7)


def at(hour: str, days: int = 7) -> datetime:
    """Give a moment of a day to come, by the clock of UTC."""
    day = (now() + timedelta(days=days)).date()
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=UTC)


class Visiting:
    """Karin is visited."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for the visits of this company."""
        self.firm = firm

    async def contact(self, name: str = "Karin Ekdahl", mail: str = "karin@ekdahl.example") -> int:
        """Give somebody to visit."""

        def make(session: Session) -> int:
            handles = [(MAIL, mail)] if mail else []
            place = find_department(session, "Sales").id
            return contacts.add_contact(session, name, handles, department_id=place)

        return await self.firm.do(make)

    async def plan(
        self, starts_at: datetime, contact_id: int, *, who: str = "Nils", by: str = "Elin", **values: object
    ) -> int:  # fmt: skip
        """Have somebody plan a visit."""
        viewer_ = await self.firm.who(by)

        def make(session: Session) -> int:
            person = find_user(session, f"{who.lower()}@klarruta.example")
            wanted = Plan(
                person_id=person.id, starts_at=starts_at, minutes=60, zone=ZONE, address="Storgatan 1"
            )
            contact = session.get_one(Contact, contact_id)
            plan = msgspec.structs.replace(wanted, **values)
            return appointment_deeds.make(session, viewer_, plan, contact_id=contact_id, name=contact.name).id

        return await self.firm.do(make)

    async def move(self, number: int, starts_at: datetime, by: str = "Elin", **values: object) -> None:
        """Have somebody move it."""

        def go(session: Session) -> None:
            row = session.get_one(Appointment, number)
            plan = msgspec.structs.replace(appointment_changes.plan_of(row), starts_at=starts_at, **values)
            who = viewer(find_user(session, f"{by.lower()}@klarruta.example"))
            appointment_changes.change(session, who, row, plan)

        await self.firm.do(go)

    async def act(self, number: int, deed: Callable[..., T], *args: object, by: str = "Elin") -> T:
        """Have somebody do something with it."""
        who = await self.firm.who(by)
        return await self.firm.do(
            lambda session: deed(session, who, session.get_one(Appointment, number), *args)
        )

    async def now(self, number: int) -> Appointment:
        """Give it as it is now."""
        return await self.firm.db.read(lambda session: session.get_one(Appointment, number))

    async def tick(self) -> None:
        """Tell customers what is due to be told, as the hub's timer does."""
        for _key, number in await self.firm.db.read(appointments.take, now(), 10):
            await self.firm.do(appointment_news.fire, number)

    async def letters(self) -> list[SendLetter]:
        """Give the letters that are to leave, in order."""

        def look(session: Session) -> list[SendLetter]:
            rows = session.scalars(select(Outgoing).order_by(Outgoing.id))
            kinds = [row for row in rows if row.command.get("type") == "SendLetter"]
            return [msgspec.convert(row.command, SendLetter) for row in kinds]

        return await self.firm.db.read(look)

    async def touches(self, contact_id: int) -> list[Interaction]:
        """Give what stands on the contact's timeline."""
        wanted = select(Interaction).where(Interaction.contact_id == contact_id).order_by(Interaction.id)
        return await self.firm.db.read(lambda session: list(session.scalars(wanted)))
