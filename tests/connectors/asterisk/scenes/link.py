"""The PBX itself goes, its line to the hub breaks, phones come and go, and actions are refused."""

from __future__ import annotations

import signal

from tests.connectors.asterisk.scenes.outbound import outside_rings
from tests.connectors.asterisk.stage import ANOTHER, CUSTOMER, SALES, Stage
from tests.eventually import eventually
from tests.servers.ami import Ami


async def stopped(stage: Stage) -> None:
    """Asterisk is stopped in the midst of a call and started again."""
    await restarted(stage, signal.SIGTERM)


async def killed(stage: Stage) -> None:
    """Asterisk is killed in the midst of a call: nobody is told."""
    await restarted(stage, signal.SIGKILL)


async def restarted(stage: Stage, how: signal.Signals) -> None:
    """End Asterisk while 101 talks, and start it again."""
    customer, _ = await stage.connected()
    customer.story.note("pbx", "stops")
    stage.server.stop(how)
    await eventually(lambda: not stage.ami.is_open)
    await stage.ami.close()
    stage.server.start()
    await eventually(stage.server.is_ready, 30)
    await stage.login()


async def line_lost(stage: Stage) -> None:
    """The hub's line alone breaks while one customer talks, one waits, and 103 dials a mobile."""
    customer, staff = await stage.connected()
    waiting = await stage.customer_calls(SALES, ANOTHER)
    for extension in ("102", "103"):
        await stage.rings(extension, waiting.story)
    dialling = await outside_rings(stage)
    await stage.a_while()
    stage.note("pbx", "cuts the line")
    stage.server.cut("ringback")
    await eventually(lambda: not stage.ami.is_open)
    await stage.ami.close()
    await stage.a_while()
    await stage.login()
    customer.hangs_up()
    await staff.is_over()
    await stage.a_while()
    waiting.hangs_up()
    await waiting.is_over()
    dialling.hangs_up()
    await dialling.is_over()


async def presence(stage: Stage) -> None:
    """103's phone goes and comes; 102 pauses and resumes; 103 joins the support queue and leaves it."""
    stage.note("103", "goes offline")
    await stage.phones["103"].register(0)
    await stage.ami.event("QueueMemberStatus", Interface="PJSIP/103", Status="5")
    stage.note("103", "comes online")
    await stage.phones["103"].register()
    stage.note("102", "pauses", "Lunch åäö")
    await stage.ami.ask("QueuePause", Interface="PJSIP/102", Paused="true", Reason="Lunch åäö")
    stage.note("102", "resumes")
    await stage.ami.ask("QueuePause", Interface="PJSIP/102", Paused="false")
    stage.note("103", "joins", "support")
    await stage.ami.ask("QueueAdd", Queue="support", Interface="PJSIP/103", MemberName="Carl Dahl")
    stage.note("103", "leaves", "support")
    await stage.ami.ask("QueueRemove", Queue="support", Interface="PJSIP/103")


async def refusals(stage: Stage) -> None:
    """What is refused: a field missing, no such channel, no right, no such action; and at last no such phone."""
    dial = {"Context": "ringback-dial", "Exten": CUSTOMER, "Priority": 1}
    answers = [
        await stage.ami.ask("Originate", **dial),
        await stage.ami.ask("Hangup", Channel="PJSIP/101-99999999"),
        await stage.ami.ask("Redirect", Channel="PJSIP/101-99999999", **dial),
        await stage.ami.ask("Command", Command="core show channels"),
        await stage.ami.ask("NoSuchAction"),
    ]
    other = await Ami.login(stage.server.ami_port, "readonly", stage.server.secret)
    answers.append(await other.ask("Originate", Channel="PJSIP/101", **dial))
    await other.close()
    assert {each["Response"] for each in answers} == {"Error"}
    story = await stage.clicks("999", CUSTOMER)  # said to be done, and is not
    story.note("999", "is offline")
    assert (await stage.ami.event("OriginateResponse"))["Response"] == "Failure"
