"""The company's PBX, for tests: what it tells of calls is taken at once, as it is from the journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import intake
from crm.calls import Call
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.tasks import Task
from hub import journal
from hub.channels import Channel, LiveChannel
from hub.clock import now
from hub.connector import Connector, Settings
from hub.db import Database
from hub.events import CallChanged, CallFound, CallsListed, CallState, Event, Talk
from hub.journal import Inbound, Outcome
from hub.users import find_user
from tests.crm.klarruta import Klarruta

CHANNEL = 2
SESAME = "open-sesame"
KARIN = "+46701740612"


class Switchboard:
    """One PBX of a filled store, with Elin at 101 and Johan at 102."""

    def __init__(self, firm: Klarruta, kind: str = "asterisk") -> None:
        """Stand for the PBX of this company; a hub that runs has nobody listen to one of a kind that is not there."""
        self.firm = firm
        self.kind = kind
        self.db: Database = firm.db
        self.channel = LiveChannel(
            CHANNEL, "pbx", "Office", "asterisk", "s", Connector("pbx", "s", Settings())
        )
        self._calls = 0
        self._numbers: dict[str, int] = {}

    async def open(self) -> None:
        """Add the channel and the telephones."""
        await self.db.write(lambda session: session.add(self.row()))
        await self.sits("Elin", "101")
        await self.sits("Johan", "102")

    def row(self) -> Channel:
        """Give the channel, to be added."""
        return Channel(id=CHANNEL, name="pbx", title="Office", kind=self.kind, token=SESAME, settings={})

    async def sits(self, name: str, extension: str) -> None:
        """Put a telephone on somebody's desk."""

        def sit(session: Session) -> None:
            find_user(session, f"{name.lower()}@klarruta.example").extension = extension

        await self.db.write(sit)

    def rings(self, customer: str | None = KARIN, *extensions: str, **more: object) -> CallState:
        """Give a new call that rings at these extensions."""
        self._calls += 1
        rang = extensions or ("101", "102")
        state = CallState(key=f"1764.{self._calls}", direction="inbound", customer=customer, written=customer or "",
                          queue="sales", rang=rang, ringing=rang, started_at=now())  # fmt: skip
        return structs.replace(state, **more)

    def answered(self, call: CallState, extension: str = "101") -> CallState:
        """Give a call that this extension took."""
        return structs.replace(call, ringing=(), talking=(extension,), inside=(extension,), answered_at=now())

    def ended(self, call: CallState, outcome: str = "abandoned", seconds: float = 0) -> CallState:
        """Give a call at its end."""
        talks = (Talk(call.talking[0], seconds),) if call.talking else ()
        outcome = "answered" if talks else outcome
        over = structs.replace(call, ringing=(), talking=(), inside=(), talks=talks, outcome=outcome)
        return structs.replace(over, ended_by="customer", ended_at=now() + timedelta(seconds=seconds))

    async def tells(self, call: CallState, number: int | None = None, department: str = "Sales") -> Outcome:
        """Tell of a call as it is now; `number` tells it again as it was told then."""
        number = number or self._numbers.get(call.key, 0) + 1
        self._numbers[call.key] = max(number, self._numbers.get(call.key, 0))

        key = f"{call.key} {number} {now()}"
        return await self._hears(key, call.key, CallChanged(call, number, department))

    async def lists(self, *living: CallState) -> Outcome:
        """Tell which calls live, as after a time in which nobody listened."""
        listed = CallsListed(keys=tuple(call.key for call in living), at=now() + timedelta(seconds=1))
        return await self._hears(f"listed {now()}", None, listed)

    async def finds(self, call: CallState, department: str = "Sales") -> Outcome:
        """Find a call afterwards in what the PBX wrote down."""
        found = structs.replace(call, gap=call.gap or 60.0)
        return await self._hears(f"{call.key} written {now()}", call.key, CallFound(found, department))

    async def _hears(self, key: str, stream: str | None, event: Event) -> Outcome:
        def take(session: Session) -> Outcome:
            journal.insert_items(session, [{
                "channel_id": CHANNEL, "key": key, "stream": stream, "received_at": now(), "headers": {},
                "body": b"", "blob": None, "size": 0, "attempts": 0, "due_at": now(),
            }])  # fmt: skip
            item = session.scalars(select(Inbound).where(Inbound.key == key)).one()
            return intake.take(session, item, self.channel, event)

        return await self.db.write(take)

    async def misses(self, customer: str | None = KARIN, **more: object) -> None:
        """Have somebody call in vain."""
        call = self.rings(customer, **more)
        await self.tells(call)
        await self.tells(self.ended(call))

    async def talks(self, customer: str | None = KARIN, extension: str = "101", **more: object) -> None:
        """Have somebody call and be answered."""
        call = self.rings(customer, **more)
        await self.tells(call)
        call = self.answered(call, extension)
        await self.tells(call)
        await self.tells(self.ended(call, seconds=192))

    async def calls(self) -> Sequence[Call]:
        """Give all calls."""
        return await self.db.read(lambda session: session.scalars(select(Call).order_by(Call.id)).all())

    async def cards(self) -> Sequence[Contact]:
        """Give all cards."""
        return await self.db.read(lambda session: session.scalars(select(Contact).order_by(Contact.id)).all())

    async def tasks(self) -> Sequence[Task]:
        """Give all tasks."""
        return await self.db.read(lambda session: session.scalars(select(Task).order_by(Task.id)).all())

    async def lines(self) -> Sequence[str]:
        """Give what stands on the cards."""
        wanted = select(Interaction.summary).order_by(Interaction.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())
