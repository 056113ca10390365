"""Of several PBXs the one that has somebody's telephone calls for him; none is guessed."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm import answering, supervising
from crm.calls import Call
from crm.desk import Refusal
from crm.queue_figures import Place
from hub import boards
from hub.board import Board
from hub.channels import Channel
from hub.clock import now
from hub.outbox import Outgoing
from hub.users import find_department, find_user, viewer
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import CHANNEL, Switchboard
from tests.crm.test_dialling import at_noon, dial  # noqa: F401 - a fixture
from tests.crm.wall import board, member, queue, shows

MALMO = 7


@pytest.fixture
async def pbx(firm: Klarruta) -> Switchboard:
    """Give the company's PBX, beside which there is another one in Malmö."""
    made = Switchboard(firm)
    await made.open()
    await made.db.write(
        lambda session: session.add(
            Channel(id=MALMO, name="malmo", title="Malmö", kind="asterisk", token=str(MALMO), settings={})
        )
    )
    await set_up(made, CHANNEL)
    await set_up(made, MALMO)
    return made


async def set_up(pbx: Switchboard, channel_id: int, *, up: bool = True, **settings: object) -> None:
    """Have a PBX be set up like this, and be heard or not."""

    def change(session: Session) -> None:
        row = session.get_one(Channel, channel_id)
        row.settings, row.up_at, row.heard_at = settings, now() if up else None, now()

    await pbx.db.write(change)


async def malmo_shows(pbx: Switchboard, shown: Board) -> None:
    """Have the other PBX show this."""
    await pbx.db.write(boards.keep, MALMO, shown)


async def calls_by(pbx: Switchboard) -> int:
    """Have Elin call Karin, and give the PBX that was asked."""
    call = await dial(pbx)
    command = await pbx.db.read(lambda session: session.get_one(Outgoing, call.command_id))
    assert command.channel_id == call.channel_id
    return call.channel_id


async def test_by_the_settings_that_allow_his_telephone(pbx: Switchboard) -> None:
    await set_up(pbx, CHANNEL, staff=r"PJSIP/(2\d\d)")
    assert await calls_by(pbx) == MALMO


async def test_where_both_allow_it_by_where_it_is_seen(pbx: Switchboard) -> None:
    await shows(pbx, board(t102="free"))
    await malmo_shows(pbx, board(t101="off"))
    assert await calls_by(pbx) == MALMO


async def test_who_sits_at_both_calls_where_he_is_connected(pbx: Switchboard) -> None:
    await shows(pbx, board(t101="off"))
    await malmo_shows(pbx, board(t101="free"))
    assert await calls_by(pbx) == MALMO


async def test_one_that_is_not_heard_is_not_replaced_by_one_where_he_is_not(pbx: Switchboard) -> None:
    await malmo_shows(pbx, board(t101="free"))
    await set_up(pbx, MALMO, up=False)
    with pytest.raises(Refusal, match="Malmö does not answer"):
        await dial(pbx)


async def test_where_none_has_the_extension_it_is_said(pbx: Switchboard) -> None:
    for channel_id in (CHANNEL, MALMO):
        await set_up(pbx, channel_id, staff=r"PJSIP/(2\d\d)")
    with pytest.raises(Refusal, match="No PBX has extension 101"):
        await dial(pbx)


async def test_where_nobody_knows_nobody_guesses(pbx: Switchboard) -> None:
    with pytest.raises(Refusal, match=r"which PBX has extension 101 \(Office, Malmö\)"):
        await dial(pbx)


@pytest.mark.parametrize(
    "dial_as", ["Local/{extension}@from-internal", "PJSIP/{extension}&PJSIP/{extension}-web"]
)
async def test_where_the_dial_plan_finds_the_telephone_the_pattern_does_not_say_no(
    pbx: Switchboard, dial_as: str
) -> None:
    await set_up(pbx, CHANNEL, staff=r"PJSIP/(2\d\d)")
    await set_up(pbx, MALMO, dial=dial_as)
    assert await calls_by(pbx) == MALMO


async def test_he_answers_the_queues_of_his_pbx_and_leaves_those_in_which_he_is(pbx: Switchboard) -> None:
    await shows(pbx, board(queue("sales", department="Sales"), t101="free"))
    await malmo_shows(
        pbx,
        board(
            queue("sales", department="Sales"), queue("night", member("101"), department="Sales"), t102="free"
        ),
    )
    offered = await pbx.db.read(lambda session: offered_to(session, "elin@klarruta.example"))
    assert offered == [(Place(MALMO, "night"), True, "Malmö"), (Place(CHANNEL, "sales"), False, "Office")]


def offered_to(session: Session, mail: str) -> list[tuple[Place, bool, str]]:
    """Give the queues that somebody may answer."""
    user = find_user(session, mail)
    return [(each.place, each.is_in, each.pbx) for each in answering.queues_for(session, viewer(user), user)]


async def test_who_leads_hears_no_call_at_a_pbx_where_his_telephone_is_not(pbx: Switchboard) -> None:
    await pbx.sits("Sofia", "109")
    await pbx.tells(pbx.answered(pbx.rings()))
    await shows(pbx, board(t101="talking"))
    await malmo_shows(pbx, board(t109="free"))

    def listen(session: Session) -> None:
        sofia, elin = (find_user(session, f"{name}@klarruta.example") for name in ("sofia", "elin"))
        find_department(session, "Sales").listening = "told"
        supervising.listen(session, viewer(sofia), session.get_one(Call, 1), elin, "listen")

    with pytest.raises(Refusal, match="This call is at Office, and your telephone is not"):
        await pbx.db.write(listen)
