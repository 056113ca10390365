"""A click is one call or a clear word: who may call whom, when, by what, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, dialling, do_not_call
from crm.calls import Call
from crm.contacts import PHONE, Contact
from crm.desk import Refusal
from crm.dialling import Doubtful, Wanted
from hub import outbox
from hub.channels import Channel
from hub.clock import now
from hub.events import CallState, Talk
from hub.outbox import Outgoing
from hub.users import User, Viewer
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import CHANNEL, KARIN, Switchboard

NOON = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)  # 12 o'clock in Sweden


@pytest.fixture
async def pbx(firm: Klarruta) -> Switchboard:
    """Give the company's PBX, which is heard."""
    made = Switchboard(firm)
    await made.open()
    await change_channel(made, kind="asterisk", up_at=now())
    return made


async def change_channel(pbx: Switchboard, **values: object) -> None:
    """Have the PBX's channel be like this."""

    def change(session: Session) -> None:
        for name, value in values.items():
            setattr(session.get_one(Channel, CHANNEL), name, value)

    await pbx.db.write(change)


async def dial(pbx: Switchboard, number: str = KARIN, name: str = "Elin", **more: object) -> Call:
    """Have somebody press a number."""
    who = await pbx.firm.who(name)
    return await pbx.firm.do(dialling.place, who, who.user_id, Wanted(number=number, **more))


async def command_of(pbx: Switchboard) -> Outgoing:
    """Give the only command that waits."""
    return await pbx.db.read(lambda session: session.scalars(select(Outgoing)).one())


@pytest.fixture(autouse=True)
def at_noon() -> object:
    """Let it be noon."""
    with time_machine.travel(NOON, tick=True):
        yield


async def test_the_call_is_known_with_contact_and_caller_before_it_exists(pbx: Switchboard) -> None:
    karin = await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)])
    call = await dial(pbx, "070-174 06 12")
    row = await command_of(pbx)
    elin = await pbx.firm.who("Elin")
    assert (call.contact_id, call.placed_by, call.key) == (karin, elin.user_id, call.own)
    asked = {"device": "101", "number": KARIN, "own": call.own, "department": "Sales", "say": ""}
    assert row.command == {"type": "PlaceCall", **asked}
    assert row.at_most_once
    assert row.expires_at - row.made_at <= timedelta(seconds=10)


async def test_what_the_pbx_tells_of_it_is_the_same_call(pbx: Switchboard) -> None:
    call = await dial(pbx)
    state = CallState(
        key=call.key, direction="outbound", customer=KARIN, own=call.key, rang=("101",), started_at=now()
    )
    await pbx.tells(state)
    ended = {"outcome": "answered", "answered_at": now(), "ended_at": now(), "talks": (Talk("101", 61.0),)}
    await pbx.tells(CallState(**{**{f: getattr(state, f) for f in state.__struct_fields__}, **ended}))
    (kept,) = await pbx.calls()
    assert (kept.placed_by, kept.outcome) == (call.placed_by, "answered")
    assert await pbx.lines() == ["Elin Sandgren called, 1 min 01 s"]


async def test_a_hub_that_forgot_what_it_placed_still_knows_whom(pbx: Switchboard) -> None:
    call = await dial(pbx)
    await pbx.tells(CallState(key=call.key, direction="internal", customer=None, started_at=now()))
    (kept,) = await pbx.calls()
    assert (kept.direction, kept.customer, kept.own) == ("outbound", KARIN, call.key)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("112", "emergency"),
        ("1 1 2", "emergency"),
        ("0900-123 45 67", "cost extra"),
        ("+44 909 879 0000", "cost extra"),
        ("hello", "no telephone number"),
        ("", "no telephone number"),
        ("7" * 400, "no telephone number"),
    ],
)
async def test_some_numbers_are_refused_with_words(pbx: Switchboard, number: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        await dial(pbx, number)
    assert await pbx.calls() == []


async def test_who_has_no_telephone_is_told_so(pbx: Switchboard) -> None:
    with pytest.raises(Refusal, match="No telephone is known of Maria Berg"):
        await dial(pbx, name="Maria")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "form"}, "No PBX is connected"),
        ({"paused_at": NOON}, "Office is paused"),
        ({"up_at": None}, "Office does not answer"),
    ],
)
async def test_without_a_pbx_it_is_said_at_once(
    pbx: Switchboard, values: dict[str, object], words: str
) -> None:
    await change_channel(pbx, **values)
    with pytest.raises(Refusal, match=words):
        await dial(pbx)


@pytest.mark.parametrize(
    ("number", "at", "words"),
    [
        (KARIN, "2026-11-26T05:30+00:00", "06:30"),
        (KARIN, "2026-11-26T19:01+00:00", "20:01"),
        ("+44 20 7946 0000", "2026-11-26T07:59+00:00", "07:59"),
    ],
)
async def test_outside_the_hours_where_the_customer_is_it_is_asked_first(
    pbx: Switchboard, number: str, at: str, words: str
) -> None:
    with time_machine.travel(datetime.fromisoformat(at), tick=True):
        await change_channel(pbx, up_at=now())
        with pytest.raises(Doubtful, match=words):
            await dial(pbx, number)
        assert (await dial(pbx, number, knowing=True)).customer


async def test_where_a_number_leaves_several_zones_nobody_asks(pbx: Switchboard) -> None:
    with time_machine.travel(datetime.fromisoformat("2026-11-26T03:00+00:00"), tick=True):
        await dial(pbx, "+1 800 555 0199")


async def test_who_does_not_want_to_be_called_is_asked_about_until_he_does(pbx: Switchboard) -> None:
    karin = await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)])
    johan = await pbx.firm.who("Johan")
    await pbx.firm.do(_wish, johan, karin, do_not_call.note)
    with pytest.raises(Doubtful, match="Does not want to be called, wrote Johan Lindh"):
        await dial(pbx)
    await pbx.firm.do(_wish, johan, karin, do_not_call.forget)
    await dial(pbx)


def _wish(session: Session, viewer: Viewer, contact_id: int, deed: object) -> None:
    deed(session, viewer, session.get_one(Contact, contact_id))


async def test_what_the_pbx_did_not_take_in_time_is_over_and_says_so(pbx: Switchboard) -> None:
    call = await dial(pbx)
    with time_machine.travel(NOON + timedelta(minutes=1), tick=True):
        await pbx.db.write(outbox.take, now(), 10, tell=dialling.settle)
    (kept,) = await pbx.calls()
    assert (kept.id, kept.outcome) == (call.id, "failed")
    assert "too long" in kept.trouble


async def test_a_command_in_doubt_is_unknown_and_never_tried_again(pbx: Switchboard) -> None:
    await dial(pbx)
    await pbx.db.write(outbox.take, now(), 10, tell=dialling.settle)
    row = await command_of(pbx)
    await pbx.db.write(outbox.put_off, row.id, "no answer", in_doubt=True, tell=dialling.settle)
    (kept,) = await pbx.calls()
    assert kept.outcome == "unknown"
    assert "lost sight" in kept.trouble
    with time_machine.travel(NOON + timedelta(hours=1), tick=True):
        assert await pbx.db.write(outbox.take, now(), 10, tell=dialling.settle) == []


async def test_a_list_of_living_calls_does_not_end_what_has_not_left_yet(pbx: Switchboard) -> None:
    await dial(pbx)
    await pbx.lists()
    assert [call.ended_at for call in await pbx.calls()] == [None]


async def test_a_colleague_who_left_is_nobodys_caller(pbx: Switchboard) -> None:
    def leave(session: Session) -> None:
        session.scalars(select(User).where(User.name == "Elin Sandgren")).one().extension = ""

    await pbx.db.write(leave)
    with pytest.raises(Refusal):
        await dial(pbx)
