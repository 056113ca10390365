"""Which conversation a letter goes on with: that of a letter which it names, if its writer has a part in it."""

from __future__ import annotations

import pytest

from crm import tasks
from tests.crm.mailbox import SALES, Mailbox, letter


async def test_an_answer_goes_on_with_the_conversation_and_its_task_counts_it(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    await mailbox.gets(
        letter(subject="SV: A window", key="two@tenant.example", In_Reply_To="<one@tenant.example>")
    )
    assert len(await mailbox.conversations()) == 1
    (task,) = await mailbox.tasks()
    assert task.times == 2
    told = await mailbox.db.read(tasks.history, task.id)
    assert [each.words for each in told] == ["wrote again: 2 times by now"]


async def test_a_reference_of_long_ago_is_enough(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    more = {"References": "<one@tenant.example> <ours@example.org>", "In_Reply_To": "<ours@example.org>"}
    await mailbox.gets(letter(key="two@tenant.example", **more), SALES)
    assert len(await mailbox.conversations()) == 1


async def test_another_letter_of_the_same_person_is_another_conversation(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    await mailbox.gets(letter(subject="A door", key="two@tenant.example"))
    assert [each.subject for each in await mailbox.conversations()] == ["A window", "A door"]
    assert len(await mailbox.cards()) == 1
    assert len(await mailbox.tasks()) == 2


async def test_a_stranger_who_quotes_a_thread_is_not_shown_in_it(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    eve = {"sender": "Eve <eve@elsewhere.example>", "key": "eve@elsewhere.example"}
    came = await mailbox.gets(letter(**eve, In_Reply_To="<one@tenant.example>"))
    karin, stranger = await mailbox.cards()
    assert (came.contact, stranger.name) == (stranger.id, "Eve")
    assert [each.contact_id for each in await mailbox.conversations()] == [karin.id, stranger.id]
    assert (await mailbox.touches())[-1].remarks == ["Possible follow-up of “A window”."]


async def test_what_is_passed_on_begins_something_new(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    await mailbox.gets(
        letter(subject="VB: A window", key="two@tenant.example", References="<one@tenant.example>")
    )
    assert len(await mailbox.conversations()) == 2
    assert (await mailbox.touches())[-1].remarks == ["Possible follow-up of “A window”."]


@pytest.mark.parametrize(
    ("sender", "to", "direction"),
    [
        ("Elin <elin@klarruta.example>", "karin@tenant.example", "out"),
        ("Elin <elin@klarruta.example>", "johan@klarruta.example", "internal"),
        ("Sales <sales@example.org>", "karin@tenant.example", "out"),
    ],
)
async def test_a_colleague_who_writes_in_a_conversation_is_no_customer(
    mailbox: Mailbox, sender: str, to: str, direction: str
) -> None:
    first = await mailbox.gets(letter())
    ours = letter(sender, "Re: A window", "It does.", "ours@klarruta.example",
                  In_Reply_To="<one@tenant.example>", Cc=to)  # fmt: skip
    came = await mailbox.gets(ours)
    assert came.contact == first.contact
    assert [each.direction for each in await mailbox.touches()] == ["in", direction]
    assert [task.times for task in await mailbox.tasks()] == [1]
    assert len(await mailbox.cards()) == 1


async def test_whoever_only_claims_to_be_a_colleague_is_a_stranger(mailbox: Mailbox) -> None:
    first = await mailbox.gets(letter())
    forged = letter("Elin <elin@klarruta.example>", "Re: A window", "Pay here.", "eve@elsewhere.example",
                    In_Reply_To="<one@tenant.example>", Cc="karin@tenant.example",
                    Authentication_Results="mx.example.org; dmarc=fail")  # fmt: skip
    came = await mailbox.gets(forged)
    assert came.contact != first.contact
    assert (await mailbox.touches())[-1].direction == "in"
