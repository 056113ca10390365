"""The window company's money: what is invoiced and paid of one deal, as tests use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import invoice_making, paying, payment_intake, statement_import, statement_matching
from crm import products as products  # noqa: PLC0414 - lines of deals name its table
from crm.bank_statements import BankEntry
from crm.deals import Deal
from crm.invoice_making import Part, Wanted
from crm.invoices import Invoice
from crm.paying import Money
from crm.payments import Payment
from crm.statement_import import Read
from hub.channels import LiveChannel, add_channel
from hub.clock import now
from hub.connector import Connector, Settings
from hub.db import Database
from hub.journal import Inbound
from hub.payments import PaymentHeard
from hub.users import Viewer, find_user, viewer
from tests.crm.sale import Sale
from tests.crm.window_deal import window_deal

P = ParamSpec("P")
T = TypeVar("T")


class Till:
    """Where Maria, the manager, keeps the money of Karin's deal."""

    def __init__(self, db: Database) -> None:
        """Stand for what is in this store."""
        self.db = db
        self.sale = Sale(db)
        self.deal = 0

    async def open(self, currency: str = "SEK") -> None:
        """Open the company, with seven windows sold."""
        await self.sale.found()
        self.deal = self.sale.deal_id = await self.another(currency)

    async def another(self, currency: str = "SEK", phone: str = "+46701234567") -> int:
        """Sell seven windows more."""
        return await self.db.write(window_deal, currency=currency, phone=phone)

    async def do(
        self, deed: Callable[Concatenate[Session, Viewer, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Have Maria do something."""
        return await self.on(self.db, deed, *args, **kwargs)

    @staticmethod
    async def on(
        db: Database, deed: Callable[Concatenate[Session, Viewer, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Have Maria do something at a node of the hub."""
        return await db.write(Till.doing(deed, *args, **kwargs))

    @staticmethod
    def doing(
        deed: Callable[Concatenate[Session, Viewer, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[Session], T]:
        """Give what Maria does as something that a node runs."""

        def run(session: Session) -> T:
            maria = viewer(find_user(session, "maria@klarruta.example"))
            return deed(session, maria, *args, **kwargs)

        return run

    async def invoice(
        self, part: Part = "all", percent: int = 0, deal: int = 0, language: str = "en"
    ) -> Invoice:
        """Write an invoice and issue it."""

        def make(session: Session, maria: Viewer) -> Invoice:
            wanted = Wanted(part=part, percent=percent, language=language)
            made = invoice_making.draft(session, maria, session.get_one(Deal, deal or self.deal), wanted)
            return invoice_making.issue(session, maria, made)

        return await self.do(make)

    async def pay(self, amount: int, *numbers: int, currency: str = "SEK") -> Payment:
        """Take money for invoices: for one all of it, for several what each still asks for."""

        def take(session: Session, maria: Viewer) -> Payment:
            shares = {each: session.get_one(Invoice, each).outstanding for each in numbers}
            shares = {numbers[0]: amount} if len(numbers) == 1 else shares
            came = Money(amount=amount, currency=currency, paid_on=now().date())
            return paying.receive(session, maria, came, shares)

        return await self.do(take)

    async def refund(self, payment: Payment, amount: int, db: Database | None = None) -> Payment:
        """Pay some of it back."""

        def back(session: Session, maria: Viewer) -> Payment:
            return paying.refund(session, maria, session.get_one(Payment, payment.id), amount, now().date())

        return await self.on(db or self.db, back)

    async def now(self, invoice: Invoice) -> Invoice:
        """Give an invoice as it is now."""
        return await self.db.read(lambda session: session.get_one(Invoice, invoice.id))

    async def payments(self) -> Sequence[Payment]:
        """Give every payment."""
        return await self.db.read(lambda session: session.scalars(select(Payment).order_by(Payment.id)).all())

    async def read(self, data: bytes, file: str = "statement") -> list[Read]:
        """Read a statement of the bank."""
        return await self.do(statement_import.take, statement_import.understood(data, file, "SEK"))

    async def entries(self) -> Sequence[BankEntry]:
        """Give every entry of the bank."""
        return await self.db.read(
            lambda session: session.scalars(select(BankEntry).order_by(BankEntry.id)).all()
        )

    async def accept(self, entry: BankEntry, invoice: Invoice, db: Database | None = None) -> Payment:
        """Accept that an entry pays an invoice."""
        return await self.on(db or self.db, statement_matching.accept, entry.id, invoice.id)

    async def provider(self) -> int:
        """Have a channel of a payment provider."""
        return await self.db.write(lambda session: add_channel(session, "card", "Cards", "payments", {}).id)

    async def hear(self, channel_id: int, event: PaymentHeard, db: Database | None = None) -> str:
        """Have the provider tell something; give what it became."""
        return await (db or self.db).write(self.hearing(channel_id, event))

    @staticmethod
    def hearing(channel_id: int, event: PaymentHeard) -> Callable[[Session], str]:
        """Give what takes a provider's news from the journal."""

        def take(session: Session) -> str:
            item = Inbound(channel_id=channel_id, key=f"{event.payment} {event.what} {event.total} {event.refers}"
                           f"{now()}", received_at=now(), headers={}, body=b"", size=0)  # fmt: skip
            session.add(item)
            session.flush()
            channel = LiveChannel(
                channel_id, "card", "Cards", "payments", "", Connector("card", "", Settings())
            )
            return str(payment_intake.take(session, item, channel, event).became)

        return take


def day(text: str) -> date:
    """Give a day."""
    return date.fromisoformat(text)
