"""Who is blocked costs nobody a thought, a VIP is known to the PBX, and the dial plan learns whom a caller knows."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import caller_lists, caller_ways
from crm.caller_lists import BLOCKED, VIP
from crm.caller_ways import Way
from crm.contacts import Contact
from crm.desk import Refusal
from crm.doubts import Dialled, doubts
from hub.events import Command, ListCaller
from hub.outbox import Outgoing
from hub.users import find_user
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import KARIN, Switchboard

WRITTEN = "070-174 06 12"


async def lists(firm: Klarruta, written: str, which: str, priority: int = 10, why: str = "") -> int:
    """Have the head put a number on a list, and give its id."""
    sofia = await firm.who("Sofia")
    return await firm.do(lambda session: caller_lists.put(session, sofia, written, which, priority, why).id)


async def told(firm: Klarruta) -> list[tuple[str, str, str]]:
    """Give what is to be written on the PBX, in order."""
    rows = await firm.do(
        lambda session: session.scalars(select(Outgoing.command).order_by(Outgoing.id)).all()
    )
    sent = [msgspec.convert(row, Command) for row in rows]  # type: ignore[call-overload]
    return [(each.number, each.list, each.value) for each in sent if isinstance(each, ListCaller)]


async def way(firm: Klarruta, written: str = KARIN) -> Way:
    """Give who should get a caller."""
    return await firm.do(caller_ways.way_for, written)


async def test_a_number_is_written_to_the_pbx_and_taken_off_again(firm: Klarruta, pbx: Switchboard) -> None:
    del pbx
    row_id = await lists(firm, WRITTEN, BLOCKED, why="Calls every night")
    assert await lists(firm, "+46 70 174 06 12", VIP, 15) == row_id  # the same number, however it is written
    sofia = await firm.who("Sofia")
    await firm.do(lambda session: caller_lists.take_off(session, sofia, caller_lists.every(session)[0]))
    assert await told(firm) == [
        (KARIN, "blocked", "1"),
        (KARIN, "blocked", ""),
        (KARIN, "vip", "15"),
        (KARIN, "vip", ""),
    ]


async def test_a_new_pbx_is_told_all_of_it(firm: Klarruta, pbx: Switchboard) -> None:
    await lists(firm, WRITTEN, VIP, 3)
    await pbx.db.write(lambda session: session.query(Outgoing).delete())
    assert await firm.do(caller_lists.tell_again) == 1
    assert await told(firm) == [(KARIN, "vip", "3")]


@pytest.mark.parametrize(("written", "which"), [("no number", BLOCKED), (WRITTEN, "grey"), ("", VIP)])
async def test_what_cannot_be_is_refused_in_words(
    firm: Klarruta, pbx: Switchboard, written: str, which: str
) -> None:
    del pbx
    with pytest.raises(Refusal):
        await lists(firm, written, which)
    assert await told(firm) == []


async def test_who_is_blocked_becomes_neither_a_card_nor_a_task(firm: Klarruta, pbx: Switchboard) -> None:
    await lists(firm, WRITTEN, BLOCKED)
    call = structs.replace(pbx.rings(), rang=(), ringing=())
    await pbx.tells(call)
    await pbx.tells(pbx.ended(call, "rejected"))
    assert (list(await pbx.cards()), list(await pbx.tasks())) == ([], [])
    assert [each.outcome for each in await pbx.calls()] == ["rejected"]
    assert (await way(firm)).treat == BLOCKED


async def test_a_known_one_who_is_blocked_keeps_his_card_and_asks_for_no_call_back(
    firm: Klarruta, pbx: Switchboard
) -> None:
    await pbx.talks()
    await lists(firm, WRITTEN, BLOCKED, why="Threatened Elin")
    await pbx.misses()
    assert list(await pbx.tasks()) == []
    assert len(await pbx.lines()) == 2
    assert (await way(firm)).why == "Threatened Elin"


async def test_a_caller_gets_whom_he_knows_if_that_one_is_here_and_free(
    firm: Klarruta, pbx: Switchboard
) -> None:
    assert (await way(firm)).why == "Nobody we know, or several"
    await pbx.talks(extension="102", name="Karin Ekdahl")
    found = await way(firm, WRITTEN)
    assert (found.name, found.extension, found.why) == (
        "Karin Ekdahl",
        "102",
        "Johan Lindh talked with him last",
    )

    def belongs_to_elin(session: Session) -> None:
        elin = find_user(session, "elin@klarruta.example")
        session.get_one(Contact, found.contact_id).responsible_id = elin.id

    await firm.do(belongs_to_elin)
    assert (await way(firm)).extension == "101"
    talking = pbx.answered(pbx.rings("+46701740699", "101"))
    await pbx.tells(talking)
    assert (await way(firm)).extension == "102"  # she is in a call
    await firm.send_away("Johan")
    assert (await way(firm)).extension == ""
    assert (await way(firm)).why == "Whom he knows is away or in a call"
    await pbx.tells(pbx.ended(talking, seconds=5))
    assert (await way(firm)).extension == "101"


async def test_a_vip_says_so_and_a_withheld_number_nothing(firm: Klarruta, pbx: Switchboard) -> None:
    del pbx
    await lists(firm, WRITTEN, VIP, 99)
    assert (await way(firm)).priority == caller_lists.MOST_URGENT
    assert (await way(firm)).treat == VIP
    assert (await way(firm, "anonymous")) == Way(why="No number is shown")


async def test_whoever_calls_a_blocked_number_is_asked_whether_he_means_it(
    firm: Klarruta, pbx: Switchboard
) -> None:
    del pbx
    dialled = Dialled(KARIN, None)
    assert "This number is on our black list." not in await firm.do(doubts, dialled)
    await lists(firm, WRITTEN, BLOCKED)
    assert "This number is on our black list." in await firm.do(doubts, dialled)
