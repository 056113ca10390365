"""Who gets a new task: whoever knows the customer, else by the department's rule, nobody who is away."""

from __future__ import annotations

from crm import distribution
from crm.tasks import Task
from hub.clock import now
from hub.users import find_department
from tests.crm.klarruta import Klarruta


async def chosen(firm: Klarruta, responsible: int | None = None) -> str:
    """Give the first name of who gets a new task of Sales now, "" for the queue."""

    def choose(session) -> str:  # noqa: ANN001 - told by its only use
        choice = distribution.choose(session, find_department(session, "Sales"), responsible, now())
        names = {each.id: each.name.split()[0] for each in distribution.present(session, 1, now())}
        return names.get(choice.user_id or 0, "")

    return await firm.do(choose)


async def test_by_take_it_waits_in_the_queue(firm: Klarruta) -> None:
    assert await chosen(firm) == ""


async def test_by_turn_everybody_gets_one_and_then_the_first_again(firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="turn")
    assert [await chosen(firm) for _ in range(4)] == ["Elin", "Johan", "Sofia", "Elin"]


async def test_by_turn_who_is_away_is_skipped(firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="turn")
    await firm.send_away("Johan")
    assert [await chosen(firm) for _ in range(3)] == ["Elin", "Sofia", "Elin"]


async def test_by_load_who_has_least_gets_it(firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="load")
    await firm.request("Karin Ekdahl", to="Elin")
    await firm.request("Anders Holm", to="Johan")
    assert await chosen(firm) == "Sofia"


async def test_by_load_who_is_away_is_skipped(firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="load")
    await firm.request("Karin Ekdahl", to="Elin")
    await firm.send_away("Sofia")
    assert await chosen(firm) == "Johan"


async def test_done_tasks_are_no_load(firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="load")
    task = await firm.request("Karin Ekdahl", to="Elin")
    await firm.do(lambda session: setattr(session.get_one(Task, task), "done_at", now()))
    assert await chosen(firm) == "Elin"


async def test_who_knows_the_customer_gets_it_by_any_rule(firm: Klarruta) -> None:
    for rule in distribution.RULES:
        await firm.change_department("Sales", distribution=rule)
        assert await chosen(firm, (await firm.who("Johan")).user_id) == "Johan"


async def test_who_knows_the_customer_but_is_away_or_gone_does_not(firm: Klarruta) -> None:
    johan = (await firm.who("Johan")).user_id
    await firm.send_away("Johan")
    assert await chosen(firm, johan) == ""
    sofia = (await firm.who("Sofia")).user_id
    await firm.dismiss("Sofia")
    assert await chosen(firm, sofia) == ""


async def test_where_everybody_is_away_it_waits_in_the_queue(firm: Klarruta) -> None:
    for rule in ("turn", "load"):
        await firm.change_department("Sales", distribution=rule)
        for name in ("Elin", "Johan", "Sofia"):
            await firm.send_away(name)
        assert await chosen(firm) == ""
