"""Sales by the windows process: one at each of its steps, some late, with a visit, invoices, and money that came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_changes, deal_line_changes, desk, invoice_making, paying, processes, run_mending
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deal_line_changes import Line
from crm.demo.people import STAFF, colleague
from crm.invoice_making import Wanted
from crm.invoices import invoices_of
from crm.paying import Money
from crm.processes import ProcessVersion
from crm.products import Product
from crm.runs import Run, RunStep, steps_of
from crm.tasks import Task
from hub.clock import now
from hub.said import said
from hub.settings import default_file
from hub.users import User, Viewer, viewer

SELLERS, FITTERS, HEAD = ("Karl Nyman", "Henrik Sundin"), ("Marek Zieliński", "Tove Rask"), "Henrik Sundin"
DEPOSIT = 30_00  # hundredths of a percent
SOLD = (("W-1210", 7), ("FIT", 21), ("AWAY", 1))
OPENINGS = "Kitchen 1180 by 980, bedrooms 4 of 1190 by 990, hall 2 of 890 by 880"


class Sale:
    """A sale that goes on: its deal, its run, and what is done next."""

    def __init__(
        self, session: Session, version: ProcessVersion, contact: Contact, number: int, title: str
    ) -> None:
        """Open the deal, and begin."""
        self._session, self._fitter = session, _person(session, FITTERS[number % len(FITTERS)])
        self._seller = _person(session, SELLERS[number % len(SELLERS)])
        self._home, self._who = f"Tallgatan {number + 3}, Göteborg", contact.name
        wanted = NewDeal(title=title, source="Website", responsible_id=self._seller.user_id)
        self.deal = deal_changes.open_deal(session, self._seller, contact, wanted)
        self.run = run_mending.begin(session, self._seller, version, deal=self.deal, contact_id=contact.id)

    def call(self) -> None:
        """Reach the buyer, who wants an offer and has time tomorrow; a fitter takes the visit."""
        self._do("call", self._seller, interested="yes", windows="7", address=self._home, visit_at="10:00",
                 visit_on=_workday(now() + timedelta(days=1)).isoformat())  # fmt: skip
        self._give("measure", self._fitter)

    def measure(self) -> None:
        """Measure."""
        self._do("measure", self._fitter, measured="7", measurements=OPENINGS, remarks="A dog in the house")

    def agree(self) -> None:
        """Write down what is sold, and agree on it."""
        products = {each.code: each.id for each in self._session.scalars(select(Product))}
        lines = [Line(product_id=products[code], quantity=1_000 * many) for code, many in SOLD]
        deal_line_changes.set_lines(self._session, self._seller, self.deal, lines)
        self._do("price", self._seller, agreed="yes", install_at="08:00",
                 expected_on=_workday(now() + timedelta(days=21)).isoformat())  # fmt: skip

    def sign(self) -> None:
        """Have quote and contract signed on paper, so that only the money is waited for; part of it is asked for."""
        run_mending.move_by_hand(
            self._session, _person(self._session, HEAD), self.run, self._open("quote"), "invoice",
            "Signed on paper, in our shop",
        )  # fmt: skip
        self._ask_for(Wanted(part="deposit", percent=DEPOSIT))
        self._do("invoice", self._seller)

    def pay_some(self) -> None:
        """Have less come than was asked for."""
        self._pay(60)

    def pay_all(self) -> None:
        """Have all of it come, and what the deposit left; a fitter takes the installation."""
        self._pay(100)
        self._ask_for(Wanted(part="rest"))
        self._pay(100)
        self._give("install", self._fitter)

    def _ask_for(self, wanted: Wanted) -> None:
        drawn = invoice_making.draft(self._session, self._seller, self.deal, wanted)
        invoice_making.issue(self._session, self._seller, drawn)

    def _pay(self, share: int) -> None:
        """Have so many percent of the last invoice come."""
        invoice, *_before = invoices_of(self._session, self.deal.id)
        amount = invoice.amount * share // 100
        came = Money(amount=amount, currency=invoice.currency, paid_on=now().date(), payer=self._who)
        paying.receive(self._session, self._seller, came, {invoice.id: amount})

    def _do(self, element: str, who: Viewer, **answers: str) -> None:
        desk.complete(self._session, who, self._task(element), answers=answers)

    def _give(self, element: str, who: Viewer) -> None:
        desk.hand_over(self._session, who, self._task(element), f"user:{who.user_id}", said("You took it"))

    def _task(self, element: str) -> Task:
        return self._session.get_one(Task, self._open(element).task_id)

    def _open(self, element: str) -> RunStep:
        self._session.flush()
        return next(each for each in steps_of(self._session, self.run.id)
                    if each.element == element and each.ended_at is None and each.dropped_at is None)  # fmt: skip


Walk = tuple[str, float, Sequence[tuple[float, Callable[[Sale], None]]]]

# What is sold, how many days ago it began, and how many days later what was done. That of the old house goes on by
# itself once the hub serves: its quote and its contract are made, and it says that no mailbox is there to send them.
WALKS: Sequence[Walk] = (
    ("Two windows in the attic", 0.1, ()),
    ("Five windows and a balcony door", 1.2, ((0.01, Sale.call),)),
    ("Windows for a summer house", 5.0, ((0.01, Sale.call), (2.0, Sale.measure))),
    ("Seven windows in an old house", 2.0, ((0.01, Sale.call), (1.0, Sale.measure), (1.9, Sale.agree))),
    ("Windows of the nursery", 9.0, (
        (0.01, Sale.call), (1.5, Sale.measure), (2.2, Sale.agree), (3.0, Sale.sign), (6.0, Sale.pay_some),
    )),
    ("Seven windows, white inside", 12.0, (
        (0.01, Sale.call), (1.5, Sale.measure), (2.2, Sale.agree), (3.0, Sale.sign), (6.0, Sale.pay_all),
    )),
)  # fmt: skip


def walk(session: Session, until: datetime, move_to: Callable[[datetime], None]) -> Iterator[Task]:
    """Publish the process, and have sales come to where they stand; give the tasks that are open in them."""
    boss = viewer(colleague(session, next(each.name for each in STAFF if each.role == "manager")))
    people = session.scalars(
        select(Contact).where(Contact.name != "", Contact.merged_into_id.is_(None))
        .order_by(Contact.id).limit(len(WALKS))
    ).all()  # fmt: skip
    move_to(until - timedelta(days=30))
    drawn = processes.make(session, boss, "", default_file("processes/windows.bpmn").read_bytes())
    version = processes.publish(session, boss, drawn)
    for number, (contact, (title, ago, done)) in enumerate(zip(people, WALKS, strict=False)):
        began = until - timedelta(days=ago)
        move_to(began)
        sale = Sale(session, version, contact, number, title)
        for later, act in done:
            move_to(began + timedelta(days=later))
            act(sale)
    yield from session.scalars(
        select(Task).join(RunStep, RunStep.task_id == Task.id).join(Run, Run.id == RunStep.run_id)
        .where(Run.version_id == version.id, Task.done_at.is_(None)).order_by(Task.id)
    ).all()  # fmt: skip


def _person(session: Session, name: str) -> Viewer:
    user: User = colleague(session, name)
    return viewer(user)


def _workday(at: datetime) -> date:
    return at.date() + timedelta(days={5: 2, 6: 1}.get(at.weekday(), 0))
