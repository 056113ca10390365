"""Letters that came and left while two cards were one, and whose they are once the cards are two again."""

from __future__ import annotations

import pytest

from crm import merging
from tests.crm.mailbox import Mailbox, letter
from tests.crm.writing import Desk

BO = "Bo Ek <bo@elsewhere.example>"


@pytest.fixture
async def merge_id(mailbox: Mailbox) -> int:
    """Have Karin and Bo write, and Elin say that they are one."""
    await mailbox.gets(letter())
    await mailbox.gets(letter(BO, "A door", key="door@elsewhere.example"))
    karin, bo = await mailbox.cards()
    elin = await mailbox.firm.who("Elin")
    return (await mailbox.db.write(merging.merge, elin, bo.id, karin.id)).id


async def part(mailbox: Mailbox, merge_id: int) -> None:
    """Have her take it back."""
    elin = await mailbox.firm.who("Elin")
    await mailbox.db.write(merging.undo, elin, merge_id)


async def test_a_letter_of_ours_goes_with_him_to_whom_we_wrote_it(mailbox: Mailbox, merge_id: int) -> None:
    elin = await Desk.of(mailbox, "Elin")
    await elin.answers("It does.")
    await part(mailbox, merge_id)
    _karin, bo = await mailbox.cards()
    door, ours = (await mailbox.touches())[-2:]
    assert (ours.direction, ours.contact_id, ours.conversation_id) == ("out", bo.id, door.conversation_id)


async def test_what_he_wrote_in_her_threads_becomes_a_thread_of_his_for_each(
    mailbox: Mailbox, merge_id: int
) -> None:
    await mailbox.gets(letter(subject="A roof", key="roof@tenant.example"))
    for key, thread in (("a", "one"), ("b", "roof"), ("c", "one")):
        await mailbox.gets(
            letter(BO, key=f"{key}@elsewhere.example", In_Reply_To=f"<{thread}@tenant.example>")
        )
    await part(mailbox, merge_id)
    _karin, bo = await mailbox.cards()
    subjects = {each.id: each.subject for each in await mailbox.conversations()}
    his = [touch for touch in await mailbox.touches() if touch.contact_id == bo.id]
    stands = [subjects[touch.conversation_id or 0] for touch in his]
    assert stands == ["A door", "A window", "A roof", "A window"]
    assert len({touch.conversation_id for touch in his}) == len(set(stands))
    assert {each.contact_id for each in await mailbox.conversations() if each.id in
            {touch.conversation_id for touch in his}} == {bo.id}  # fmt: skip
