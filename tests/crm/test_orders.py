"""An order is one interaction that changes: what came is kept, what changed is said, and nothing is done twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from msgspec import structs
from sqlalchemy import select

from crm import desk, orders, tasks
from crm.orders import OrderVersion
from crm.tasks import Task
from hub.bus import Notice
from hub.clock import Clock
from hub.events import FormSubmitted
from hub.orders import Order, OrderLine
from tests.crm.klarruta import Klarruta
from tests.crm.test_intake_races import at_once
from tests.crm.website import Website, form

TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
WINDOW = OrderLine(name="Window 2x1", sku="W21", quantity="2", price="7700", total="15400.00")
SILL = OrderLine(name="Sill, oak", sku="S1", quantity="1", price="450", total="450.00")
ORDER = Order(
    number="731", state="processing", total="15400.00", currency="SEK", lines=(WINDOW,), changed_at=TEN,
    address="Anna K\nStorgatan 1\n411 24 Göteborg", payment="Card", delivery="Our own van",
)  # fmt: skip
GONE = Order(number="731", state="deleted", cancelled=True)


def later(hours: float, **changes: object) -> Order:
    """Give the order as it was some hours later."""
    return structs.replace(ORDER, changed_at=TEN + timedelta(hours=hours), **changes)


def ordered(order: Order = ORDER, **answers: object) -> FormSubmitted:
    """Give what a shop says of an order."""
    who = {"name": "Anna K", "phone": "070-174 06 12", **answers}
    return form(key="shop 731", repeats_within=None, order=order, **who)


async def told(website: Website) -> list[OrderVersion]:
    """Give everything that was told of orders."""
    wanted = select(OrderVersion).order_by(OrderVersion.id)
    return list(await website.db.read(lambda session: session.scalars(wanted).all()))


async def now(website: Website) -> Order:
    """Give the order as it is now."""
    return orders.standing(await told(website)).ordered


async def history(website: Website, task_id: int) -> list[str]:
    """Give what happened to a task, newest first."""
    return await website.db.read(lambda session: [each.words for each in tasks.history(session, task_id)])


async def test_an_order_becomes_a_card_an_interaction_and_a_task(website: Website) -> None:
    await website.sends(ordered())
    (touch,), (task,), (card,) = await website.interactions(), await website.tasks(), await website.cards()
    assert (touch.kind, touch.summary, card.name) == ("order", "Order 731: 15,400 SEK", "Anna K")
    assert (task.kind, task.title) == ("order", "Order 731: 15,400 SEK, Anna K")
    assert task.due_at == task.created_at + timedelta(minutes=15)
    assert await now(website) == ORDER


async def test_a_changed_order_is_the_same_interaction_and_says_what_changed(website: Website) -> None:
    await website.sends(ordered())
    more = structs.replace(WINDOW, quantity="3", total="23100.00")
    sent = await website.sends(ordered(later(1, lines=(more, SILL), total="23550.00", state="on-hold")))
    (_first, second), (touch,), (task,) = (
        await told(website), await website.interactions(), await website.tasks()
    )  # fmt: skip
    assert second.words == [
        "it is “on-hold” now and was “processing”",
        "it comes to 23,550 SEK instead of 15,400 SEK",
        "Window 2x1: 3 pieces instead of 2",
        "added: 1 x Sill, oak",
    ]
    assert (touch.summary, task.title) == ("Order 731: 23,550 SEK", "Order 731: 23,550 SEK, Anna K")
    assert (sent.outcome.became or "").startswith("order 731 changed: it is “on-hold” now")
    assert (await history(website, task.id))[0].startswith("the order changed: it is “on-hold” now")


async def test_what_is_taken_off_and_where_it_goes_is_said(website: Website) -> None:
    await website.sends(ordered(later(0, lines=(WINDOW, SILL))))
    await website.sends(ordered(later(1, address="Lillgatan 2", delivery="Collected", payment="Invoice")))
    assert (await told(website))[1].words == [
        "taken off: 1 x Sill, oak",
        "it goes to another address: Lillgatan 2",
        "it goes by “Collected” instead of “Our own van”",
        "it is paid by “Invoice” instead of “Card”",
    ]


async def test_the_same_order_told_again_is_linked_and_changes_nothing(website: Website) -> None:
    first = await website.sends(ordered())
    again = await website.sends(ordered())
    assert again.outcome.duplicate_of == first.item
    assert (len(await told(website)), len(await website.tasks())) == (1, 1)


async def test_an_older_state_that_comes_late_changes_nothing_and_is_seen(website: Website) -> None:
    await website.sends(ordered(later(2, state="completed")))
    sent = await website.sends(ordered(later(1, state="on-hold")))
    assert (await now(website)).state == "completed"
    late = (await told(website))[1]
    assert late.came_late
    assert late.words == ["it had been “on-hold” before; that came late and changes nothing"]
    assert sent.outcome.became == "order 731 as it was before; nothing changed"


STATES = (later(0, state="pending"), later(1, state="processing"), later(2, state="completed", total="9.50"))


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda each: "".join(map(str, each)))
async def test_whatever_comes_first_the_latest_is_how_it_is(website: Website, order: tuple[int, ...]) -> None:
    sent = [await website.sends(ordered(STATES[each])) for each in order]
    for each in sent:
        await website.replays(each)
    assert await now(website) == STATES[2]
    assert (await website.interactions())[0].summary == "Order 731: 9.50 SEK"
    assert (len(await told(website)), len(await website.tasks())) == (3, 1)


async def test_the_whole_journal_read_again_makes_the_same(website: Website) -> None:
    events = [ordered(), ordered(), ordered(later(1, state="on-hold")), ordered(GONE), ordered(later(-1))]
    sent = [await website.sends(event) for event in events]
    before = [(each.inbound_id, list(each.words), each.order) for each in await told(website)]
    for each in sent:
        await website.replays(each)
    assert [(each.inbound_id, list(each.words), each.order) for each in await told(website)] == before
    assert len(await website.interactions()) == 1


async def test_a_cancelled_order_ends_the_task_that_nobody_took(website: Website, firm: Klarruta) -> None:
    await website.sends(ordered())
    await website.sends(ordered(later(1, state="cancelled", cancelled=True)))
    (task,), (touch,) = await website.tasks(), await website.interactions()
    assert task.done_at is not None
    assert task.done_by is None
    assert (await history(website, task.id))[:2] == ["done", "the order was cancelled"]
    assert (await firm.deadline(task.id)).met_at is not None
    assert touch.summary == "Order 731: 15,400 SEK, cancelled"


async def test_whoever_took_it_is_told_that_it_was_cancelled(website: Website, firm: Klarruta) -> None:
    await website.sends(ordered())
    (task,) = await website.tasks()
    await firm.do(desk.take_next, await firm.who("Elin"))
    await website.sends(ordered(later(1, state="cancelled", cancelled=True)))
    (task,) = await website.tasks()
    assert task.done_at is None
    assert (await history(website, task.id))[0] == "the order was cancelled"


async def test_one_that_comes_back_asks_again(website: Website) -> None:
    await website.sends(ordered())
    await website.sends(ordered(later(1, cancelled=True)))
    await website.sends(ordered(later(2)))
    (task,) = await website.tasks()
    assert task.done_at is None
    assert "it is no longer cancelled" in (await told(website))[2].words


async def test_one_that_comes_back_after_somebody_was_done_with_it_asks_anew(
    website: Website, firm: Klarruta
) -> None:
    await done_by_elin(website, firm)
    await website.sends(ordered(later(1, cancelled=True)))
    sent = await website.sends(ordered(later(2)))
    await website.replays(sent)
    first, second = await website.tasks()
    assert (first.done_at is not None, second.done_at) == (True, None)
    assert second.title == "Order 731: 15,400 SEK, Anna K"


async def test_whoever_was_done_with_it_is_told_that_it_was_cancelled(
    website: Website, firm: Klarruta
) -> None:
    task = await done_by_elin(website, firm)
    heard: list[Notice] = []
    website.db.listen(Notice, heard.append)
    await website.sends(ordered(later(1, state="cancelled", cancelled=True)))
    elin = await firm.who("Elin")
    assert [(each.id, each.why) for each in heard if each.audience.users == {elin.user_id} and each.why] == [
        (task.id, f"{task.title}: the order was cancelled")
    ]
    assert (await history(website, task.id))[0] == "the order was cancelled"
    assert [each.done_at is not None for each in await website.tasks()] == [True]


async def done_by_elin(website: Website, firm: Klarruta) -> Task:
    """Have an order come, and Elin take its task and be done with it."""
    await website.sends(ordered())
    await firm.do(desk.take_next, await firm.who("Elin"))
    (task,) = await website.tasks()
    await firm.act(desk.complete, "Elin", task.id)
    return task


async def test_an_order_without_an_id_of_its_own_is_known_when_it_is_sent_again(
    website: Website, clock: Clock
) -> None:
    event = structs.replace(ordered(), key="h:cart", repeats_within=600.0)
    first = await website.sends(event)
    again = await website.sends(event)
    assert again.outcome.duplicate_of == first.item
    clock.advance(hours=1)
    await website.sends(event)
    assert len(await website.interactions()) == 2


async def test_a_number_without_end_makes_a_short_title(website: Website) -> None:
    await website.sends(ordered(structs.replace(ORDER, number="7" * 5000, total="1" * 500)))
    (task,), (touch,) = await website.tasks(), await website.interactions()
    assert (len(task.title) <= 200, len(touch.summary) <= 200) == (True, True)


async def test_one_first_heard_of_as_cancelled_asks_for_nothing_until_it_comes_back(website: Website) -> None:
    await website.sends(ordered(later(0, cancelled=True)))
    assert await website.tasks() == []
    await website.sends(ordered(later(1)))
    assert [task.title for task in await website.tasks()] == ["Order 731: 15,400 SEK, Anna K"]


async def test_a_deleted_order_keeps_what_was_ordered(website: Website) -> None:
    await website.sends(ordered())
    await website.sends(ordered(GONE, name="", phone=""))
    order, (touch,) = await now(website), await website.interactions()
    assert (order.cancelled, order.state, order.lines) == (True, "deleted", (WINDOW,))
    assert {"label": "name", "value": "Anna K"} in touch.fields


async def test_one_that_was_gone_before_it_was_known_makes_nothing(website: Website) -> None:
    sent = await website.sends(ordered(GONE, name="", phone=""))
    assert sent.outcome.became == "order 731 was gone before it was heard of here"
    assert await website.cards() == []


async def test_odd_sums_are_shown_as_they_were_written(website: Website) -> None:
    await website.sends(ordered(structs.replace(ORDER, total="1 234,50", currency="kr")))
    assert (await website.tasks())[0].title == "Order 731: 1 234,50 kr, Anna K"


async def test_a_form_that_turns_out_to_be_an_order_is_read_into_it(website: Website) -> None:
    sent = await website.sends(name="Anna K", phone="070-174 06 12", billing="…")
    again = await website.replays(sent, ordered())
    (touch,) = await website.interactions()
    assert (touch.kind, touch.key, again.contact) == ("order", "shop 731", sent.contact)
    await website.sends(ordered(later(1, state="completed")))
    assert (await now(website)).state == "completed"


async def test_two_workers_that_hear_of_one_order_keep_both_states(website: Website) -> None:
    await website.sends(ordered())
    items = [await website.db.write(website.keep) for _ in range(2)]
    news = (ordered(later(1, state="on-hold")), ordered(later(2, state="completed")))
    deeds = [
        lambda session, item=item, event=event: website.take(session, item, event)
        for item, event in zip(items, news, strict=True)
    ]
    await at_once(website.db, *deeds)
    assert (len(await told(website)), (await now(website)).state) == (3, "completed")


async def test_two_workers_that_first_hear_of_one_order_make_one_card_and_one_task(website: Website) -> None:
    items = [await website.db.write(website.keep) for _ in range(2)]
    news = (ordered(), ordered(later(1, state="completed")))
    deeds = [
        lambda session, item=item, event=event: website.take(session, item, event)
        for item, event in zip(items, news, strict=True)
    ]
    await at_once(website.db, *deeds)
    assert (len(await website.cards()), len(await website.tasks()), len(await told(website))) == (1, 1, 2)
    assert (await now(website)).state == "completed"
