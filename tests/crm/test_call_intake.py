"""A call becomes a line on a card, one in vain a call-back; whoever gets through needs none any more."""

from __future__ import annotations

from msgspec import structs

from crm import contacts
from crm.callbacks import KIND
from crm.contacts import PHONE
from hub.clock import Clock, now
from hub.users import find_user
from tests.crm.switchboard import KARIN, Switchboard

BO = "+46701740613"


async def test_a_hub_that_was_started_at_the_end_of_a_talk_does_not_forget_it(pbx: Switchboard) -> None:
    call = pbx.rings()
    await pbx.tells(call)
    await pbx.tells(pbx.answered(call))
    end = pbx.ended(structs.replace(call, rang=(), ringing=(), started_at=now()))
    await pbx.tells(end)
    (kept,) = await pbx.calls()
    assert (kept.outcome, kept.rang) == ("answered", ["101", "102"])
    assert kept.answered_at is not None
    assert kept.task_id is None


async def test_a_hub_that_was_started_as_the_customer_hung_up_does_not_forget_who_he_was(
    pbx: Switchboard,
) -> None:
    """Of his call the leg of our telephone is left, as `test_calls.py` of the connector shows it."""
    call = pbx.rings(recorded=True, recording="/rec/a.wav")
    await pbx.tells(call)
    talk = pbx.answered(call)
    await pbx.tells(talk)
    left = structs.replace(talk, direction="internal", customer=None, written="", queue="", rang=(), talking=(),
                           recorded=False, recording="", started_at=now(), answered_at=None)  # fmt: skip
    await pbx.tells(left)
    await pbx.tells(pbx.ended(left, "unknown"))
    (kept,) = await pbx.calls()
    assert (kept.customer, kept.written, kept.direction, kept.queue) == (KARIN, KARIN, "inbound", "sales")
    assert (kept.outcome, kept.recording) == ("answered", "/rec/a.wav")
    assert len(await pbx.lines()) == 1


async def test_a_talk_that_is_taken_up_after_a_restart_lasts_since_it_began(
    pbx: Switchboard, clock: Clock
) -> None:
    call = pbx.rings()
    await pbx.tells(call)
    talk = pbx.answered(call)
    await pbx.tells(talk)
    clock.advance(minutes=2)
    await pbx.tells(pbx.answered(structs.replace(call, rang=())))
    (kept,) = await pbx.calls()
    assert (kept.answered_at, kept.started_at, kept.rang) == (
        talk.answered_at,
        call.started_at,
        ["101", "102"],
    )


async def test_a_call_that_turns_out_to_be_to_a_colleague_is_told_as_one(pbx: Switchboard) -> None:
    call = pbx.rings(None, direction="outbound", queue="", rang=())
    await pbx.tells(call)
    await pbx.tells(structs.replace(call, direction="internal"))
    assert [kept.direction for kept in await pbx.calls()] == ["internal"]


async def test_a_missed_call_of_somebody_new_is_a_card_and_a_task_to_call_back(pbx: Switchboard) -> None:
    await pbx.misses()
    (card,), (task,) = await pbx.cards(), await pbx.tasks()
    assert await pbx.firm.do(lambda session: contacts.find(session, PHONE, KARIN)) == card.id
    assert (task.kind, task.contact_id, task.done_at, task.times) == (KIND, card.id, None, 1)
    assert task.title == "Call back 070-174 06 12"
    assert [line.startswith("missed: hung up after") for line in await pbx.lines()] == [True]


async def test_who_calls_again_has_one_task_that_counts_his_calls(pbx: Switchboard) -> None:
    for _ in range(3):
        await pbx.misses()
    await pbx.misses(BO)
    assert [task.times for task in await pbx.tasks()] == [3, 1]
    assert len(await pbx.lines()) == 4


async def test_whoever_gets_through_is_called_back_no_more(pbx: Switchboard) -> None:
    await pbx.misses()
    await pbx.talks()
    (task,) = await pbx.tasks()
    assert task.done_at is not None
    assert (await pbx.lines())[-1] == "answered by Elin Sandgren, 3 min 12 s"


async def test_whoever_we_call_with_success_is_called_back_no_more(pbx: Switchboard) -> None:
    await pbx.misses()
    await pbx.talks(direction="outbound", queue="", rang=())
    assert (await pbx.tasks())[0].done_at is not None
    assert (await pbx.lines())[-1] == "Elin Sandgren called, 3 min 12 s"


async def test_the_call_back_goes_to_who_talked_with_him_last(pbx: Switchboard) -> None:
    await pbx.talks(extension="102")
    await pbx.misses()
    johan = await pbx.firm.do(find_user, "johan@klarruta.example")
    assert [task.assignee_id for task in await pbx.tasks()] == [johan.id]


async def test_who_is_away_gets_no_call_back(pbx: Switchboard) -> None:
    await pbx.talks(extension="102")
    await pbx.firm.send_away("Johan")
    await pbx.misses()
    assert [task.assignee_id for task in await pbx.tasks()] == [None]


async def test_what_is_told_twice_or_late_changes_nothing(pbx: Switchboard) -> None:
    call = pbx.rings()
    await pbx.tells(call, 1)
    await pbx.tells(pbx.ended(call), 2)
    for number in (2, 1):
        await pbx.tells(call, number)
    (known,) = await pbx.calls()
    assert (known.outcome, known.number) == ("abandoned", 2)
    assert len(await pbx.tasks()) == len(await pbx.lines()) == 1


async def test_what_ended_while_nobody_listened_ends_as_unknown_and_is_called_back(pbx: Switchboard) -> None:
    lost, lives = pbx.rings(), pbx.rings(BO)
    await pbx.tells(lost)
    await pbx.tells(lives)
    await pbx.lists(lives)
    assert [(call.outcome, call.ringing) for call in await pbx.calls()] == [
        ("unknown", []),
        (None, ["101", "102"]),
    ]
    assert [task.title for task in await pbx.tasks()] == ["Call back 070-174 06 12"]


async def test_a_call_in_vain_is_the_departments_whose_telephone_rang(pbx: Switchboard) -> None:
    nils = await pbx.firm.do(find_user, "nils@klarruta.example")
    await pbx.sits("Nils", "103")
    await pbx.tells(pbx.ended(pbx.rings(KARIN, "103")), department="")
    assert [task.department_id for task in await pbx.tasks()] == [nils.department_id]


async def test_a_known_number_is_its_contact_from_the_first_ring(pbx: Switchboard) -> None:
    await pbx.misses()
    await pbx.tells(pbx.rings())
    assert [call.contact_id for call in await pbx.calls()] == [1, 1]


async def test_of_several_with_one_number_a_person_chooses(pbx: Switchboard) -> None:
    for name in ("Karin", "Bo"):
        await pbx.firm.do(contacts.add_contact, name, [(PHONE, f"+4631390067{len(name)}")])
    await pbx.tells(pbx.rings("+46313900675"))
    assert (await pbx.calls())[0].contact_id == 1


async def test_a_withheld_number_leaves_a_call_and_no_card(pbx: Switchboard) -> None:
    await pbx.misses(None, withheld=True)
    assert [call.outcome for call in await pbx.calls()] == ["abandoned"]
    assert await pbx.cards() == []
    assert await pbx.tasks() == []


async def test_colleagues_among_themselves_are_nobodys_business(pbx: Switchboard) -> None:
    await pbx.misses(None, direction="internal")
    assert await pbx.cards() == []
    assert await pbx.lines() == []
