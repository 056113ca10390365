"""What an admin adds to his PBX by config/asterisk does what its comments say, with no more rights than that."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.connectors.asterisk.scenes import inbound, outbound
from tests.connectors.asterisk.stage import ANOTHER, ASKS, CUSTOMER, DIRECT, SALES, STAFF, Stage, on_stage
from tests.servers import sip
from tests.servers.ami import Ami
from tests.servers.asterisk import Asterisk

COMPANY = "+46846500400"
REFUSED = 403

ALLOWED = {
    "CoreShowChannels": {},
    "CoreStatus": {},
    "Status": {},
    "BridgeList": {},
    "QueueStatus": {},
    "QueueSummary": {},
    "DeviceStateList": {},
    "ExtensionStateList": {},
    "QueuePause": {"Interface": "PJSIP/101", "Paused": "false"},
    "Ping": {},
}
FAIL_FOR_WANT_OF_A_CHANNEL = (
    "Hangup", "Redirect", "BlindTransfer", "Atxfer", "CancelAtxfer", "StopMixMonitor", "MixMonitorMute", "Getvar",
)  # fmt: skip
FORBIDDEN = {
    "Command": {"Command": "core show channels"},
    "DBPut": {"Family": "ringback", "Key": "blocked/1", "Val": "1"},
    "GetConfig": {"Filename": "manager.conf"},
    "UpdateConfig": {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"},
    "MixMonitor": {"Channel": "PJSIP/101-0", "File": "x.wav", "Command": "true"},
    "ModuleLoad": {"LoadType": "reload"},
    "Reload": {},
    "UserEvent": {"UserEvent": "Forged"},
}


@pytest.fixture
async def stage(asterisk: Asterisk) -> AsyncIterator[Stage]:
    """Everybody at his telephone."""
    async with on_stage(asterisk) as given:
        yield given


@pytest.fixture
async def ami(asterisk: Asterisk) -> AsyncIterator[Ami]:
    """Give a session that sees everything."""
    session = await Ami.login(asterisk.ami_port, "tests", asterisk.secret)
    yield session
    await session.close()


async def keep(stage: Stage, kind: str, number: str, value: str) -> None:
    """Write a list as the hub does."""
    stage.ami.events.clear()
    await stage.ami.ask(
        "Originate", f"RINGBACK_LIST={kind}", f"RINGBACK_VALUE={value}",
        Channel=f"Local/{number}@ringback-lists", Application="Hangup", Async="true",
    )  # fmt: skip
    assert (await stage.ami.event("OriginateResponse"))["Response"] == "Success"


async def test_the_hub_may_follow_calls_and_place_them(stage: Stage) -> None:
    for action, fields in ALLOWED.items():
        assert (await stage.ami.ask(action, **fields))["Response"] == "Success", action
    for action in FAIL_FOR_WANT_OF_A_CHANNEL:
        dial = {"Context": "from-agents", "Exten": "102", "Priority": 1, "Direction": "both", "State": 1}
        answer = await stage.ami.ask(action, "X", Channel="PJSIP/101-0", **dial)
        assert "channel" in answer["Message"].lower(), f"{action}: {answer}"


@pytest.mark.parametrize("action", FORBIDDEN)
async def test_the_hub_may_not_touch_the_pbx_itself(stage: Stage, action: str) -> None:
    answer = await stage.ami.ask(action, **FORBIDDEN[action])
    assert answer["Message"] == "Permission denied"


async def test_the_hub_runs_no_programs_on_the_pbx(stage: Stage) -> None:
    run = {"Channel": "Local/600@from-agents", "Application": "System", "Data": "true"}
    assert (await stage.ami.ask("Originate", **run))["Response"] == "Error"
    assert (await stage.ami.ask("Getvar", "SHELL(id)"))["Response"] == "Error"


async def test_the_hub_is_spared_what_it_does_not_need(stage: Stage, ami: Ami) -> None:
    await inbound.answered(stage)
    await stage.ami.event("Hangup")
    await ami.event("CEL")
    spared = {each["Event"] for each in ami.events} - {each["Event"] for each in stage.ami.events}
    assert spared >= {"CEL", "VarSet", "Newexten"}


@pytest.mark.parametrize("shown", inbound.NOTATIONS[:4])
async def test_who_is_blocked_is_refused_in_every_notation_and_no_phone_rings(
    stage: Stage, shown: str
) -> None:
    await keep(stage, "blocked", "46701740605", "1")
    customer = await stage.customer_calls(DIRECT, shown)
    await customer.is_over()
    await keep(stage, "blocked", "46701740605", "")
    assert (customer.call.status, customer.story.rang) == (REFUSED, set())


async def test_who_is_no_longer_blocked_gets_through(stage: Stage) -> None:
    await keep(stage, "blocked", "46701740605", "1")
    await keep(stage, "blocked", "46701740605", "")
    await inbound.answered(stage)


async def test_an_admin_blocks_by_hand_what_the_manual_says(stage: Stage) -> None:
    stage.server.tell("database put ringback/blocked 46701740605 1")
    customer = await stage.customer_calls(DIRECT)
    await customer.is_over()
    assert "46701740605" in stage.server.tell("database show ringback")
    stage.server.tell("database del ringback/blocked 46701740605")
    assert customer.call.status == REFUSED
    assert "46701740605" not in stage.server.tell("database show ringback")


@pytest.mark.parametrize("number", ["s", "klarruta"])
async def test_a_trunk_that_names_no_number_is_led_on(stage: Stage, ami: Ami, number: str) -> None:
    customer = await stage.customer_calls(number)
    await customer.is_over()
    led_on = await ami.event("Newexten", Application="Goto")
    assert (led_on["Context"], led_on["AppData"]) == ("ringback-trunk", f"from-trunk,{number},1")
    assert customer.call.status >= 400  # the tests' own dial plan ends there


async def test_a_vip_comes_before_who_waited_longer(stage: Stage) -> None:
    await keep(stage, "vip", "46701740606", "10")
    first = await stage.customer_calls(SALES, CUSTOMER)
    await stage.ami.event("QueueCallerJoin", CallerIDNum=CUSTOMER)
    vip = await stage.customer_calls(SALES, ANOTHER)
    assert (await stage.ami.event("QueueCallerJoin", CallerIDNum=ANOTHER))["Position"] == "1"
    first.hangs_up()
    vip.hangs_up()
    await stage.quiet()
    await keep(stage, "vip", "46701740606", "")


async def test_who_is_called_by_a_click_sees_the_company_and_the_agent_sees_whom_he_calls(
    stage: Stage,
) -> None:
    staff, customer = await outbound.customer_rings(stage)
    assert sip.user(staff.call.remote) == CUSTOMER
    assert sip.user(customer.call.remote) == COMPANY
    staff.hangs_up()
    await customer.is_over()


async def test_the_hub_may_show_another_number_and_say_something_first(stage: Stage, ami: Ami) -> None:
    wanted = ("RINGBACK_CALLERID=+46846500450", "RINGBACK_SAY=beep")
    staff, customer = await outbound.customer_rings(stage, *wanted)
    await ami.event("VarSet", Variable="PLAYBACKSTATUS", Value="SUCCESS")
    assert sip.user(customer.call.remote) == "+46846500450"
    staff.hangs_up()
    await customer.is_over()


async def test_a_number_that_hides_a_second_destination_is_only_a_number(stage: Stage, ami: Ami) -> None:
    await stage.clicks("101", "+46701740605&PJSIP/103")
    (await stage.rings("101")).answers()
    customer = await stage.rings("outside")
    dialled = (await ami.event("Newexten", Application="Dial"))["AppData"]
    assert dialled.startswith("PJSIP/+46701740605103@trunk,")
    customer.hangs_up()


async def test_a_caller_gets_whom_he_knows_as_the_hub_says(stage: Stage) -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.query["number"], request.headers["Authorization"]))
        return web.json_response({"treat": "normal", "extension": "103", "why": "Carl is responsible"})

    app = web.Application()
    app.router.add_get("/api/v1/callers", answer)
    async with TestServer(app) as hub:
        say = stage.server.tell
        say(f"dialplan set global RINGBACK_HUB http://127.0.0.1:{hub.port}")
        say("dialplan set global RINGBACK_TOKEN s3same")
        customer = await stage.customer_calls(ASKS, "0701740605")
        staff = await stage.rings("103")
        customer.hangs_up()
        await staff.is_over()
    assert asked == [("+46701740605", "Bearer s3same")]
    assert customer.story.rang == {"103"}


async def test_with_the_hub_away_a_caller_goes_where_he_went_before(stage: Stage) -> None:
    stage.server.tell("dialplan set global RINGBACK_HUB http://127.0.0.1:9")
    customer = await stage.customer_calls(ASKS)
    for extension in STAFF:
        await stage.rings(extension)
    customer.hangs_up()
    await customer.is_over()
