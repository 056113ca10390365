"""A letter of ours is on the card and in the outbox at once; it answers, can be taken back, and its fate is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import func, select

from crm import letter_loops
from crm.desk import Refusal
from crm.letter_doubts import Doubtful
from crm.sendings import Wanted
from hub.clock import Clock, now
from hub.connector import Rest
from hub.letters import Address, FileLetter
from hub.outbox import Outgoing
from tests.crm.mailbox import SALES, Mailbox, letter
from tests.crm.writing import Desk

KARIN = "karin@tenant.example"
BO = Address("Bo", "bo@ek.example")


@pytest.fixture
async def elin(mailbox: Mailbox) -> Desk:
    """Give Elin, who writes letters."""
    return await Desk.of(mailbox, "Elin")


async def test_an_answer_goes_on_with_its_thread_and_is_from_who_wrote_it(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets(letter())
    await elin.answers("It does, **always**.")
    command = await elin.command()
    assert command.sender == Address("Elin Sandgren", "support@example.org")
    assert [each.address for each in command.to] == [KARIN]
    assert (command.subject, command.in_reply_to, command.references) == (
        "Re: A window", "one@tenant.example", ("one@tenant.example",),
    )  # fmt: skip
    assert command.message_id.endswith("@example.org")
    assert command.text.startswith("It does, always.\n\n")
    assert command.text.endswith("Karin Nyman <karin@tenant.example> wrote:\n> Does it close?")
    assert "<strong>always</strong>" in command.html
    (touch,) = [each for each in await mailbox.touches() if each.direction == "out"]
    assert (touch.text, touch.key) == ("It does, always.", command.message_id)


async def test_his_next_letter_goes_on_with_the_same_conversation(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    await elin.answers("It does.")
    key = (await elin.command()).message_id
    await mailbox.gets(letter(key="two@tenant.example", In_Reply_To=f"<{key}>"))
    assert len(await mailbox.conversations()) == 1
    assert [each.direction for each in await mailbox.touches()] == ["in", "out", "in"]


async def test_an_answer_does_the_task_of_its_conversation_and_keeps_its_promise(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets(letter())
    await elin.answers("It does.")
    (task,) = await mailbox.tasks()
    assert (task.done_at is not None, task.done_by) == (True, elin.viewer.user_id)


async def test_taken_back_it_answered_nothing_and_is_as_it_was_written(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    touch = await elin.answers("It does.")
    wanted = await elin.takes_back(touch)
    assert (wanted.body, wanted.how, [each.address for each in wanted.to]) == ("It does.", "reply", [KARIN])
    assert [each.direction for each in await mailbox.touches()] == ["in"]
    assert (await mailbox.tasks())[0].done_at is None
    assert await mailbox.db.read(lambda session: session.scalar(select(func.count(Outgoing.id)))) == 0


async def test_it_leaves_after_ten_seconds_and_is_not_taken_back_while_it_leaves(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets(letter())
    touch = await elin.answers("It does.")
    row = await elin.row()
    assert timedelta(seconds=9) < row.due_at - row.made_at < timedelta(seconds=11)
    await elin.outgoing(begun_at=now())
    with pytest.raises(Refusal, match="too late"):
        await elin.takes_back(touch)


async def test_a_letter_for_later_answers_when_it_left(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    await elin.answers("It does.", at=now() + timedelta(hours=3))
    assert (await mailbox.tasks())[0].done_at is None
    await elin.ends(done_at=now())
    assert (await mailbox.tasks())[0].done_at is not None


async def test_a_refused_letter_answered_nothing_and_is_a_task_of_its_author(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets(letter())
    await elin.answers("It does.")
    await elin.ends(failed_at=now(), error="550 no such user")
    asked, told = await mailbox.tasks()
    assert asked.done_at is None
    assert (told.title, told.assignee_id) == ("Did not arrive: Re: A window", elin.viewer.user_id)
    assert told.why == "The mail server refused it: 550 no such user"


async def test_who_could_not_have_it_yet_is_said_and_one_who_never_gets_it_is_a_task(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets(letter())
    touch = await elin.answers("It does.", cc=(BO,))
    await elin.leaves(Rest(structs.replace(await elin.command(), only=("bo@ek.example",)), "451 greylisted"))
    fate = await elin.fate(touch)
    assert (fate.words, fate.why) == ("Not to all yet, again", "Not yet to bo@ek.example: 451 greylisted")
    assert [task.done_at is not None for task in await mailbox.tasks()] == [True]
    await elin.ends(expired_at=now())
    told = (await mailbox.tasks())[-1]
    assert told.why == "It did not reach bo@ek.example: It was tried for two days: 451 greylisted"
    fate = await elin.fate(touch)
    assert (fate.words, [act.words for act in fate.acts]) == ("Not to all", ["Send again"])
    await elin.decides(touch, arrived=False)
    assert (await elin.row()).due_at is not None
    assert all(task.done_at for task in await mailbox.tasks())
    await elin.ends(done_at=now())
    assert (await elin.fate(touch)).words == "Sent"


async def test_a_copy_that_was_never_filed_is_said_of_its_letter_and_no_task(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets(letter())
    touch = await elin.answers("It does.")
    await elin.leaves(Rest(FileLetter(letter=await elin.command())))
    assert (await elin.fate(touch)).why == ""
    await elin.ends(failed_at=now(), error="no such folder")
    why = "It left, but no copy could be filed: The mail server refused it: no such folder"
    assert (await elin.fate(touch)).why == why
    assert len(await mailbox.tasks()) == 1


async def test_of_one_in_doubt_a_person_decides(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    touch = await elin.answers("It does.")
    await elin.ends(unknown_at=now())
    await elin.decides(touch, arrived=True)
    assert [task.done_at is not None for task in await mailbox.tasks()] == [True, True]
    assert (await elin.row()).done_at is not None
    with pytest.raises(Refusal, match="It is known"):
        await elin.decides(touch, arrived=False)


async def test_sent_again_it_is_the_same_letter(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    touch, before = await elin.answers("It does."), await elin.command()
    await elin.ends(unknown_at=now())
    await elin.decides(touch, arrived=False)
    row = await elin.row()
    assert (row.unknown_at, row.begun_at, row.attempts) == (None, None, 0)
    assert row.due_at is not None
    assert await elin.command() == before


async def test_a_bounce_is_told_to_its_author_and_warns_before_the_next_letter(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets(letter())
    await elin.answers("It does.")
    await elin.ends(done_at=now())
    await mailbox.gets_event(await elin.bounce(KARIN))
    told = (await mailbox.tasks())[-1]
    assert told.why == "It did not reach karin@tenant.example: 550 unknown"
    assert told.assignee_id == elin.viewer.user_id
    with pytest.raises(Doubtful, match="there is no such mailbox"):
        await elin.answers("Again")
    await elin.answers("Again", knowing=True)
    assert (await mailbox.tasks())[-1].done_at is not None


async def test_what_came_meanwhile_is_said_before_it_leaves(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    seen = (await mailbox.touches())[-1].id
    await mailbox.gets(letter(key="two@tenant.example", In_Reply_To="<one@tenant.example>"))
    with pytest.raises(Doubtful, match="Meanwhile there came: A window"):
        await elin.answers("It does.", seen=seen)
    johan = await Desk.of(mailbox, "Johan")
    await johan.answers("Yes.")
    with pytest.raises(Doubtful, match="Johan Lindh answered meanwhile"):
        await elin.answers("It does.", seen=seen + 1)


@pytest.mark.parametrize(
    ("to", "words"),
    [("no-reply@shop.example", "Nobody reads what goes to no-reply@shop.example"), ("", "Say to whom")],
)
async def test_what_speaks_against_a_letter_is_said(
    mailbox: Mailbox, elin: Desk, to: str, words: str
) -> None:
    await mailbox.gets(letter())
    with pytest.raises((Doubtful, Refusal), match=words):
        await elin.answers("Hello", to=(Address("", to),) if to else ())


async def test_an_answer_to_all_goes_to_everybody_but_us(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter(Cc="Eva <eva@home.example>, sales@example.org"))
    wanted = await elin.begins("all")
    assert [each.address for each in wanted.to] == [KARIN]
    assert [each.address for each in wanted.cc] == ["eva@home.example"]


async def test_a_letter_passed_on_takes_its_files_along_and_begins_something_new(
    mailbox: Mailbox, elin: Desk
) -> None:
    await mailbox.gets("03_related")
    wanted = await elin.begins("forward")
    assert {"kvitto.pdf", "image001.png"} == {file.name for file in wanted.files}
    await elin.writes(structs.replace(wanted, to=(Address("", "eva@home.example"),), body="See below"))
    command = await elin.command()
    assert (command.subject, command.in_reply_to) == ("Fwd: Trasig lampa", "")
    assert "Subject: Trasig lampa" in command.text
    assert len(await mailbox.conversations()) == 2


async def test_a_new_letter_to_somebody_else_answers_nobody(mailbox: Mailbox, elin: Desk) -> None:
    came = await mailbox.gets(letter())
    await elin.writes(Wanted(contact_id=came.contact, channel_id=SALES, to=(Address("", "eva@home.example"),),
                             subject="A question", body="Who has the key?"))  # fmt: skip
    assert (await mailbox.tasks())[0].done_at is None
    assert (await elin.command()).sender.address == "sales@example.org"


async def test_our_own_copy_in_the_mailbox_is_no_second_letter(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    await elin.answers("It does.")
    command = await elin.command()
    came = await mailbox.gets(letter("Elin Sandgren <support@example.org>", key=command.message_id))
    assert came.outcome.became == "the same letter, come again"
    assert len(await mailbox.touches()) == 2


async def test_machines_do_not_answer_each_other(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter())
    begun = structs.replace(await elin.begins(), body="We have your letter.", automatic=True)
    for _ in range(letter_loops.MOST):
        await elin.writes(begun)
    with pytest.raises(Refusal, match="more may be a loop"):
        await elin.writes(begun)
    await elin.writes(structs.replace(begun, automatic=False))
    await mailbox.gets(letter(key="two@tenant.example", Auto_Submitted="auto-generated"))
    (machines,) = [
        row.interaction_id for row in await mailbox.letters() if row.message_id == "two@tenant.example"
    ]
    with pytest.raises(Refusal, match="A machine wrote that letter"):
        await elin.writes(structs.replace(begun, about=machines))


async def test_an_hour_later_a_machine_may_write_again(mailbox: Mailbox, elin: Desk, clock: Clock) -> None:
    await mailbox.gets(letter())
    begun = structs.replace(await elin.begins(), body="We have your letter.", automatic=True)
    for _ in range(letter_loops.MOST):
        await elin.writes(begun)
    clock.advance(minutes=61)
    await elin.writes(begun)
