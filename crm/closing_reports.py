"""The closing report of a sale: what was asked, who did what, against which promise, and what came of it.

Every line names the record that proves it. Nothing here is kept: a report is read from what happened, and is the same
whenever it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from crm.appointments import Appointment
from crm.conversations import Interaction
from crm.deadlines import Deadline, deadlines_of
from crm.deal_lines import Totals, lines_of, totals
from crm.deals import Deal, DealMove, moves_of
from crm.documents import DealDocument, documents_of
from crm.invoices import Invoice
from crm.payments import Allocation, Payment
from crm.runs import Run, RunStep, is_dropped
from crm.tasks import Task
from hub.clock import now

MOST = 500
"""How many tasks, and how many touches, a report shows at most."""


class Deed(NamedTuple):
    """A task of the sale, and the promise that was made of it; `late` is by how much that was broken.

    `dropped`: nobody did it, for the process went another way.
    """

    task: Task
    promise: Deadline | None
    late: timedelta | None
    dropped: bool

    @property
    def kept(self) -> bool:
        """Tell whether its promise was kept: neither what is still open nor what nobody had to do is."""
        promise = self.promise
        return promise is not None and promise.met_at is not None and self.late is None and not self.dropped


class Stay(NamedTuple):
    """How long a deal was in a stage: until None, it is there still."""

    move: DealMove
    until: datetime | None


class Paid(NamedTuple):
    """So much of a payment, in the smallest unit, that an invoice of the deal got; less than nothing was paid back."""

    payment: Payment
    invoice: Invoice
    amount: int


class Report(NamedTuple):
    """All of it, in order of time. `request` is the touch that began it, where that is known."""

    deal: Deal
    request: Interaction | None
    began: datetime
    ended: datetime | None
    deeds: Sequence[Deed]
    stays: Sequence[Stay]
    touches: Sequence[Interaction]
    documents: Sequence[DealDocument]
    visits: Sequence[Appointment]
    payments: Sequence[Paid]
    totals: Totals

    @property
    def paid(self) -> int:
        """Give what was paid in all."""
        return sum(each.amount for each in self.payments)

    @property
    def kept(self) -> int:
        """Give how many promises were kept."""
        return sum(deed.kept for deed in self.deeds)

    @property
    def broken(self) -> int:
        """Give how many were not."""
        return sum(deed.late is not None for deed in self.deeds)


def report(session: Session, deal: Deal) -> Report:
    """Tell of a sale from its request until it was won or lost, or until now."""
    ended = deal.won_at or deal.lost_at
    until = ended or now()
    tasks = _tasks(session, deal, until)
    request = _request(session, deal, tasks)
    began = min(request.at, deal.made_at) if request else deal.made_at
    moves = moves_of(session, deal.id)
    promises = deadlines_of(session, [task.id for task in tasks])
    dropped = set(session.scalars(select(Task.id).where(Task.id.in_(promises), is_dropped(Task.id))))
    return Report(
        deal=deal, request=request, began=began, ended=ended,
        deeds=[_deed(task, promises[task.id], until, dropped=task.id in dropped) for task in tasks],
        stays=[Stay(move, left) for move, left in zip(moves, [*(each.at for each in moves[1:]), None], strict=False)],
        touches=_touches(session, deal, began, until), documents=documents_of(session, deal.id)[::-1],
        visits=_visits(session, deal), payments=_payments(session, deal),
        totals=totals(lines_of(session, deal.id)),
    )  # fmt: skip


def _request(session: Session, deal: Deal, tasks: Sequence[Task]) -> Interaction | None:
    """Give the touch that the deal was opened for, else the first that something was to be done about."""
    asked = (task.interaction_id for task in tasks)
    touch_id = deal.interaction_id or next((each for each in asked if each is not None), None)
    return session.get(Interaction, touch_id) if touch_id is not None else None


def _tasks(session: Session, deal: Deal, until: datetime) -> Sequence[Task]:
    """Give the tasks of its runs, and what else was to be done with its contact meanwhile."""
    runs = select(RunStep.task_id).join(Run, Run.id == RunStep.run_id).where(RunStep.task_id.is_not(None))
    own, others = runs.where(Run.deal_id == deal.id), runs.where(Run.deal_id != deal.id)
    meanwhile = and_(
        Task.contact_id == deal.contact_id, Task.created_at <= until, Task.id.not_in(others),
        or_(Task.done_at.is_(None), Task.done_at >= deal.made_at, Task.interaction_id == deal.interaction_id),
    )  # fmt: skip
    wanted = select(Task).where(or_(Task.id.in_(own), meanwhile)).order_by(Task.created_at, Task.id)
    return session.scalars(wanted.limit(MOST)).all()


def _deed(task: Task, promises: Sequence[Deadline], until: datetime, *, dropped: bool) -> Deed:
    """Tell how the promise that was broken most, or else the first to be due, was kept."""
    lates = [(late, each) for each in promises if (late := _late(each, until))]
    if lates:
        late, promise = max(lates, key=lambda pair: pair[0])
        return Deed(task, promise, late, dropped)
    return Deed(task, promises[0] if promises else None, None, dropped)


def _late(promise: Deadline, until: datetime) -> timedelta | None:
    if promise.due_at is None:
        return None
    late = (promise.met_at or until) - promise.due_at
    return late if late > timedelta() else None


def _touches(session: Session, deal: Deal, began: datetime, until: datetime) -> Sequence[Interaction]:
    """Give what was said and written with the contact meanwhile; what colleagues noted is none of it."""
    wanted = select(Interaction).where(
        Interaction.contact_id == deal.contact_id,
        Interaction.at.between(began, until),
        Interaction.kind != "note",
    )
    return session.scalars(wanted.order_by(Interaction.at, Interaction.id).limit(MOST)).all()


def _visits(session: Session, deal: Deal) -> Sequence[Appointment]:
    wanted = select(Appointment).where(Appointment.deal_id == deal.id)
    return session.scalars(wanted.order_by(Appointment.starts_at, Appointment.id).limit(MOST)).all()


def _payments(session: Session, deal: Deal) -> Sequence[Paid]:
    """Give what was paid of its invoices; what was taken back was never paid."""
    wanted = (
        select(Payment, Invoice, Allocation.amount)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Invoice.deal_id == deal.id, Payment.undone_at.is_(None))
    )
    rows = session.execute(wanted.order_by(Payment.paid_on, Allocation.id).limit(MOST)).all()
    return [Paid(*row) for row in rows]
