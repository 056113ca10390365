"""What the telephones say happened is what Asterisk says happened."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator

import pytest

from tests.connectors.asterisk.scenarios import SCENARIOS, play
from tests.connectors.asterisk.stage import CUSTOMER, DIRECT, SALES
from tests.connectors.asterisk.truth import Story
from tests.connectors.asterisk.witness import Witness
from tests.eventually import eventually
from tests.servers.ami import Ami
from tests.servers.asterisk import Asterisk
from tests.servers.debian import MissingError

TRUNK = "PJSIP/trunk"


@pytest.fixture
async def ami(asterisk: Asterisk) -> AsyncIterator[Ami]:
    """Give a session that sees everything."""
    session = await Ami.login(asterisk.ami_port, "tests", asterisk.secret)
    yield session
    await session.close()


async def played(name: str, asterisk: Asterisk) -> Story:
    """Play a scenario and give its first call."""
    return (await play(name, asterisk)).stories[0]


def close_to(moment: float | None) -> object:
    """Allow for what two clocks and a busy machine may differ."""
    return pytest.approx(moment, abs=1.5)


def test_each_of_the_47_scenarios_has_its_number() -> None:
    assert len(SCENARIOS) == 47 == len(set(SCENARIOS.values()))


async def test_a_queue_call_that_is_answered(asterisk: Asterisk, ami: Ami) -> None:
    story, told = await played("01", asterisk), await Witness.of(ami)
    (root,) = told.roots()
    assert (root["CallerIDNum"], root["Exten"]) == (story.customer, story.dialled) == (CUSTOMER, SALES)
    assert float(root["Timestamp"]) == close_to(story.began_at)
    assert told.met(told.leg(TRUNK), told.leg("PJSIP/101")) == close_to(story.answered_at)
    assert float(told.hung_up(told.leg(TRUNK))["Timestamp"]) == close_to(story.ended_at)
    assert told.asked_to_end() == [told.leg(TRUNK)]
    assert (story.outcome, story.ended_by, story.rang) == ("answered", "customer", {"101", "102", "103"})


async def test_a_queue_call_that_is_abandoned(asterisk: Asterisk, ami: Ami) -> None:
    story, told = await played("02", asterisk), await Witness.of(ami)
    await ami.event("QueueCallerAbandon")
    assert not ami.having(Event="AgentConnect")
    assert told.asked_to_end() == [told.leg(TRUNK)]
    assert (story.outcome, story.ended_by, story.talks) == ("abandoned", "customer", [])


async def test_a_phone_that_is_busy(asterisk: Asterisk, ami: Ami) -> None:
    story, told = await played("03", asterisk), await Witness.of(ami)
    assert told.hung_up(told.leg(TRUNK))["Cause"] == "17"
    assert told.leg(TRUNK) not in told.asked_to_end()
    assert (story.dialled, story.outcome, story.ended_by) == (DIRECT, "busy", "pbx")


async def test_a_blind_transfer(asterisk: Asterisk, ami: Ami) -> None:
    story, told = await played("05", asterisk), await Witness.of(ami)
    customer, first = told.leg(TRUNK), told.leg("PJSIP/101")
    moved = (await ami.event("BlindTransfer"))["Timestamp"]
    second = ami.having(Event="DialEnd", DialStatus="ANSWER")[-1]["DestChannel"]
    assert [talk.who for talk in story.talks] == ["101", "102"]
    assert told.met(customer, first) == close_to(story.talks[0].began_at)
    assert float(moved) == close_to(story.talks[0].ended_at)
    assert told.met(customer, second) == close_to(story.talks[1].began_at)
    assert story.transfers == [("blind", "101", "102")]


async def test_an_attended_transfer(asterisk: Asterisk, ami: Ami) -> None:
    truth, told = await play("06", asterisk), await Witness.of(ami)
    story, asked = truth.stories
    joined = await ami.event("AttendedTransfer", Result="Success")
    assert len(told.roots()) == 2
    assert float(joined["Timestamp"]) == close_to(story.talks[1].began_at)
    assert told.met(joined["TransfereeChannel"], joined["TransferTargetChannel"]) == close_to(
        story.talks[1].began_at
    )
    assert (story.transfers, story.holds) == ([("attended", "101", "102")], 1)
    assert (asked.direction, asked.outcome, asked.rang) == ("internal", "answered", {"102"})


async def test_a_click_that_calls(asterisk: Asterisk, ami: Ami) -> None:
    story, told = await played("08", asterisk), await Witness.of(ami)
    (root,) = told.roots()
    assert root["Channel"] == told.leg("PJSIP/101")
    assert told.met(root["Channel"], told.leg(TRUNK)) == close_to(story.answered_at)
    assert told.asked_to_end() == [root["Channel"]]
    assert (story.direction, story.customer, story.ended_by) == ("outbound", CUSTOMER, "staff")


async def test_a_recorded_call_holds_the_sound_of_the_talk(asterisk: Asterisk, ami: Ami) -> None:
    story = await played("13", asterisk)
    await ami.event("MixMonitorStart")
    length = pytest.approx(story.talks[0].seconds, abs=0.6)
    await eventually(
        lambda: heard_seconds(story.recording) == length
    )  # Asterisk writes it out behind the call


def heard_seconds(recording: str) -> float:
    """Tell how long a recording plays; 0 while it is not written yet, and for one that is silent."""
    try:
        with wave.open(recording) as sound:
            is_heard = any(sound.readframes(sound.getnframes()))
            return is_heard * sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError):
        return 0.0


async def test_a_line_that_breaks_is_noticed_and_the_calls_go_on(asterisk: Asterisk, ami: Ami) -> None:
    try:
        truth = await play("14c", asterisk)
    except MissingError as error:
        pytest.skip(str(error))
    assert [each.outcome for each in truth.stories] == ["answered", "abandoned", "no-answer"]
    assert ami.is_open  # only the hub's line was cut
