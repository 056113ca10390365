"""An order that is told of again: what changed is said on its one interaction and to whoever has its task.

The shop's own time decides: of two states the later one is how the order is, whichever came first. The same item of
the journal, read again, makes what it made before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, orders, sla, tasks, telling, turns
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.order_changes import differences, money
from crm.orders import KIND, OrderVersion
from crm.setup import Setup
from crm.tasks import Task, audience_of
from hub.bus import Audience, Notice
from hub.db import announce
from hub.journal import Inbound, Outcome
from hub.orders import Order
from hub.said import Said, said

# Letters of a name, a number, a sum and its currency within a title, which has 200 together.
NAMED, NUMBERED, SUMMED, CURRENCY = 100, 40, 30, 10
CANCELLED = said("the order was cancelled")


class Heard(NamedTuple):
    """What an item told of an order that is known: `order` is how it is now.

    `read_anew`: what stands on the interaction is of this item now. `asks`: there is something to do, and no task.
    """

    outcome: Outcome
    order: Order
    read_anew: bool = False
    asks: bool = False


def hear(session: Session, item: Inbound, known: Interaction, key: str, order: Order) -> Heard:
    """Take what an item tells of an order whose interaction is known."""
    # Two workers may hear of one order at once: the second one compares with what the first one kept.
    session.execute(select(Interaction.id).where(Interaction.id == known.id).with_for_update())
    told = orders.versions(session, known.id)
    path = f"/contacts/{known.contact_id}"
    if not told:  # taken for a form, before anybody knew orders
        known.kind, known.key = KIND, key
        orders.keep(session, known.id, item.id, item.received_at, order)
        return Heard(Outcome(item.became or said("read again"), path), order, read_anew=True)
    own = next((version for version in told if version.inbound_id == item.id), None)
    if own is not None:
        return _read_again(told, own, order, Outcome(item.became or said("read again"), path))
    before, gone = orders.standing(told), is_nothing(order)
    order = _whole(before.ordered, order)
    if _is_known(told, before, order, repeats=item.duplicate_of is not None):
        _look_again(session, known)
        again = Outcome(said("the same request, sent again"), path, duplicate_of=known.inbound_id)
        return Heard(again, before.ordered)
    if (order.changed_at or item.received_at) < before.changed_at:
        return _late(session, item, known, before.ordered, order)
    heard = _changed(session, item, known, before.ordered, order)
    return heard._replace(read_anew=not gone)


def is_nothing(order: Order) -> bool:
    """Tell whether a shop says no more than that an order is gone."""
    return order.cancelled and not (order.lines or order.total)


def title(order: Order, name: str) -> Said:
    """Name the task for an order: its number, its sum, and who ordered."""
    name, number = " ".join(name.split())[:NAMED], order.number[:NUMBERED]
    comes_to = money(order.total[:SUMMED], order.currency[:CURRENCY])
    if comes_to and name:
        return said("Order %(number)s: %(sum)s, %(name)s", number=number, sum=comes_to, name=name)
    return said("Order %(number)s: %(sum)s", number=number, sum=comes_to or name or order.state[:NAMED])


def summary(order: Order) -> Said:
    """Say an order in short."""
    words = title(order, "")
    return said("%(order)s, cancelled", order=words) if order.cancelled else words


def promised_as(state: Setup, department_id: int | None) -> str:
    """Give the kind by which an order is promised an answer: its own where the company has such, else a form's."""
    own = any(KIND in policy.kinds for policy in state.policies_for(KIND, department_id))
    return KIND if own else "form"


def _read_again(told: Sequence[OrderVersion], own: OrderVersion, order: Order, outcome: Outcome) -> Heard:
    """Keep what an item says now, in place of what it said before."""
    earlier = [version for version in told if version.id < own.id]
    if earlier:
        order = _whole(orders.standing(earlier).ordered, order)
    own.order, own.changed_at = orders.plain(order), order.changed_at or own.at
    if earlier and not own.came_late:
        own.words = list(differences(orders.standing(earlier).ordered, order))
    now = orders.standing(told)
    return Heard(outcome, now.ordered, read_anew=now is own and not is_nothing(order))


def _whole(before: Order, order: Order) -> Order:
    """Fill in what was ordered, where a shop says no more than that it is gone."""
    if not is_nothing(order):
        return order
    return structs.replace(before, state=order.state, cancelled=True, changed_at=order.changed_at)


def _is_known(told: Sequence[OrderVersion], now: OrderVersion, order: Order, *, repeats: bool) -> bool:
    """Tell whether an order was told of in just this way; without a time it could have become so again.

    `repeats`: this very item was found to say what was known, when it was first read.
    """
    if order.changed_at is None:
        return repeats or structs.replace(now.ordered, changed_at=None) == order
    return any(version.ordered == order for version in told)


def _late(session: Session, item: Inbound, known: Interaction, now: Order, order: Order) -> Heard:
    words = said("it had been “%(state)s” before; that came late and changes nothing", state=order.state)
    orders.keep(session, known.id, item.id, item.received_at, order, [words], came_late=True)
    _look_again(session, known)
    became = said("order %(number)s as it was before; nothing changed", number=order.number)
    return Heard(Outcome(became, f"/contacts/{known.contact_id}"), now)


def _changed(session: Session, item: Inbound, known: Interaction, before: Order, order: Order) -> Heard:
    words = differences(before, order)
    orders.keep(session, known.id, item.id, item.received_at, order, words)
    if known.conversation_id is not None:
        turns.touched(session, known.conversation_id, item.received_at)
    _look_again(session, known)
    path = f"/contacts/{known.contact_id}"
    if not words:
        again = Outcome(said("the same request, sent again"), path, duplicate_of=known.inbound_id)
        return Heard(again, order)
    found = _tasks(session, known)
    for task in found:
        _tell(session, task, known, before, order, words)
    became = said("order %(number)s changed: %(what)s", number=order.number, what=list[object](words))
    if any(task.done_at is None for task in found):
        return Heard(Outcome(became, path), order)
    asks = before.cancelled and not order.cancelled
    if not asks:
        _tell_who_did_it(session, found, before, order, words)
    return Heard(Outcome(became, path), order, asks=asks)


def _tasks(session: Session, known: Interaction) -> Sequence[Task]:
    wanted = select(Task).where(Task.interaction_id == known.id).order_by(Task.id)
    return session.scalars(wanted.with_for_update()).all()


def _tell(
    session: Session, task: Task, known: Interaction, before: Order, order: Order, words: Sequence[Said]
) -> None:
    """Say what changed in the task for an order: it ends where nobody took it and the order was cancelled."""
    if before.cancelled and not order.cancelled and task.done_at is not None and task.done_by is None:
        sla.unmeet(session, task.id, task.done_at)
        alarms.reopen(session, task.id, task.done_at)
        tasks.reopen(session, task, None)
    if task.done_at is not None:
        return
    name = session.get_one(Contact, known.contact_id).name
    task.title = title(order, name)
    what = _what(before, order, words)
    tasks.changed(session, task, None, what)
    if what is CANCELLED and task.assignee_id is None:
        tasks.complete(session, task, None)
        sla.meet(session, task.id)
        alarms.answer(session, task.id, None)
    elif task.assignee_id is not None:
        _tell_alone(session, task, task.assignee_id, what)


def _tell_who_did_it(
    session: Session, found: Sequence[Task], before: Order, order: Order, words: Sequence[Said]
) -> None:
    """Say what changed to whoever ended the last task for an order: what he did may be undone by it."""
    done = [task for task in found if task.done_by is not None]
    if not done:
        return
    task = max(done, key=lambda each: (each.done_at, each.id))
    what = _what(before, order, words)
    tasks.changed(session, task, None, what)
    if task.done_by is not None:
        _tell_alone(session, task, task.done_by, what)


def _tell_alone(session: Session, task: Task, user_id: int, what: str) -> None:
    alone = Audience(users=frozenset({user_id}))
    announce(session, Notice(kind="task", id=task.id, audience=alone, why=f"{task.title}: {what}"))


def _what(before: Order, order: Order, words: Sequence[Said]) -> Said:
    cancelled = order.cancelled and not before.cancelled
    return CANCELLED if cancelled else said("the order changed: %(what)s", what=list[object](words))


def _look_again(session: Session, known: Interaction) -> None:
    contact = session.get_one(Contact, known.contact_id)
    telling.look_again(session, contact.id, audience_of(contact.responsible_id, contact.department_id))
