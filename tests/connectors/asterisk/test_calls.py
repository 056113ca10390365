"""Calls that no capture holds: Local channels, clicks, what is lost, what the world sends to harm."""

from __future__ import annotations

import pytest

from connectors.asterisk.plan import Plan
from hub.events import Talk, Transfer
from tests.ami import PLAN, Story, row

ANNA, BJORN = "101", "102"
CALLER = {"CallerIDNum": "0701740605", "CallerIDName": "Kim", "Exten": "+46846500400"}


def ringing(leg: str = ANNA) -> Story:
    """Let a customer call, and a phone ring."""
    story = Story()
    story.begin("trunk*", "c", "Ring", **CALLER)
    story.begin(leg)
    story.say("Newstate", leg, ChannelStateDesc="Ringing")
    return story


def talking() -> Story:
    """Let a customer talk with Anna."""
    story = ringing()
    story.meet("b", ANNA, "trunk*")
    return story


def test_a_caller_who_is_heard_of_rings_where_he_rings() -> None:
    call = ringing()["c"]
    assert (call.direction, call.customer, call.name) == ("inbound", "+46701740605", "Kim")
    assert (call.ringing, call.rang, call.outcome) == ((ANNA,), (ANNA,), None)


def test_an_agent_behind_a_local_channel_is_the_one_who_talks() -> None:
    story = Story()
    story.begin("trunk*", "c", "Ring", **CALLER)
    for leg in ("follow;1", "follow;2", ANNA):
        story.begin(leg)
    story.say("Newstate", ANNA, ChannelStateDesc="Ringing")
    story.meet("inner", ANNA, "follow;2")
    assert story["c"].talking == ()
    story.meet("outer", "follow;1", "trunk*")
    assert story["c"].talking == (ANNA,)
    story.say("BridgeLeave", "follow;2", BridgeUniqueid="inner")
    story.meet("outer", ANNA)
    story.end("follow;1", "follow;2")
    story.say("HangupRequest", "trunk*")
    story.end("trunk*", ANNA)
    call = story["c"]
    assert (call.outcome, call.ended_by, [talk.extension for talk in call.talks]) == (
        "answered",
        "customer",
        [ANNA],
    )


def test_a_phone_that_forwards_to_a_mobile_is_answered_outside() -> None:
    story = ringing()
    story.say("DialEnd", "trunk*", DialStatus="CANCEL", DestChannel="PJSIP/101-0000002a", DestUniqueid="c.101",
              DestLinkedid="c")  # fmt: skip
    story.end(ANNA)
    for leg in ("mobile;1", "mobile;2", "trunk"):
        story.begin(leg)
    story.meet("outer", "mobile;1", "trunk*")
    story.meet("inner", "mobile;2", "trunk")
    assert story["c"].talks == (Talk("outside", 0.0),)
    story.end("trunk*")
    assert (story["c"].direction, story["c"].outcome) == ("inbound", "answered")


def test_a_customer_who_hangs_up_in_the_menu_abandoned_the_call() -> None:
    story = Story()
    story.begin("trunk*", "c", "Ring", **CALLER)
    story.say("Newstate", "trunk*", ChannelStateDesc="Up")
    story.say("HangupRequest", "trunk*")
    story.end("trunk*")
    assert (story["c"].outcome, story["c"].rang) == ("abandoned", ())


def test_an_attended_transfer_by_the_pbx_is_one_even_without_a_target() -> None:
    story = talking()
    for leg in ("ask;1", "ask;2", BJORN):
        story.begin(leg)
    story.say("AttendedTransfer", OrigTransfererChannel="PJSIP/101-0000002a", OrigTransfererUniqueid="c.101",
              SecondTransfererExten=BJORN, Result="Success")  # fmt: skip
    story.meet("side", BJORN)
    story.say("BridgeMerge", FromBridgeUniqueid="side", ToBridgeUniqueid="b")
    story.end(ANNA, "ask;1", "ask;2")
    assert story["c"].talking == (BJORN,)
    assert story["c"].transfers == (Transfer("attended", ANNA, BJORN),)


def test_a_transfer_to_a_colleague_who_does_not_answer_ends_by_the_pbx() -> None:
    story = talking()
    story.say(
        "BlindTransfer", TransfererChannel="PJSIP/101-0000002a", TransfererUniqueid="c.101", Extension=BJORN
    )
    story.say("HangupRequest", ANNA)
    story.end(ANNA)
    story.begin(BJORN)
    story.say("Newstate", BJORN, ChannelStateDesc="Ringing")
    story.end(BJORN, "trunk*")
    assert (story["c"].outcome, story["c"].transfers) == ("answered", (Transfer("blind", ANNA, BJORN),))


def test_a_second_trunk_is_tried_when_the_first_has_no_line() -> None:
    story = Story()
    story.begin(f"{ANNA}*", "c", "Ring", Exten="0701740605")
    for leg in ("trunk", "trunk2"):
        story.begin(leg)
        story.say("DialBegin", f"{ANNA}*", DialString="0701740605@trunk", DestUniqueid=f"c.{leg}", DestLinkedid="c",
                  DestChannel="PJSIP/trunk-1")  # fmt: skip
        if leg == "trunk":
            story.end(leg, cause="34")
    story.meet("b", "trunk2", f"{ANNA}*")
    assert story["c"].outcome is None
    story.say("HangupRequest", "trunk2")
    story.end("trunk2", f"{ANNA}*")
    call = story["c"]
    assert (call.direction, call.customer, call.outcome, call.ended_by) == (
        "outbound", "+46701740605", "answered", "customer",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "cause", "outcome"),
    [("BUSY", "17", "busy"), ("NOANSWER", "1", "failed"), ("NOANSWER", "21", "rejected"),
     ("CANCEL", "127", "no-answer"), ("CONGESTION", "0", "failed"), ("CHANUNAVAIL", "", "failed")],
)  # fmt: skip
def test_why_a_customer_was_not_reached(status: str, cause: str, outcome: str) -> None:
    story = Story()
    story.begin(f"{ANNA}*", "c", "Ring", Exten="0701740605")
    story.begin("trunk")
    story.say("DialEnd", f"{ANNA}*", DialStatus=status, DestUniqueid="c.trunk", DestLinkedid="c",
              DestChannel="PJSIP/trunk-1")  # fmt: skip
    story.end("trunk", f"{ANNA}*", cause=cause)
    assert story["c"].outcome == outcome


def test_a_click_is_known_before_its_call_exists() -> None:
    story = Story()
    story.calls.expect("ours", "+46701740605", story.at)
    story.begin(f"{ANNA}*", "ours", CallerIDNum=ANNA, Exten="s")
    call = story["ours"]
    assert (call.own, call.direction, call.customer) == ("ours", "outbound", "+46701740605")


def test_a_click_at_a_phone_that_is_off_fails_once() -> None:
    story = Story()
    story.calls.expect("ours", "+46701740605", story.at)
    for _ in range(2):
        story.say("OriginateResponse", Response="Failure", Channel="PJSIP/101", Reason="0", Uniqueid="<unknown>",
                  ActionID="ours", Exten="+46701740605")  # fmt: skip
    assert [(change.call.own, change.call.outcome) for change in story.told] == [("ours", "failed")]


def test_a_click_whose_fate_the_lost_link_took_is_unknown() -> None:
    story = Story()
    story.calls.expect("ours", "+46701740605", story.at)
    story.resync()
    assert (story["ours"].outcome, story["ours"].gap) == ("unknown", 5)


def test_a_click_that_the_pbx_refused_is_no_call() -> None:
    story = Story()
    story.calls.expect("ours", "+46701740605", story.at)
    story.calls.forget("ours")
    story.resync()
    assert story.told == []


def test_a_number_of_our_own_on_a_trunk_is_a_colleague() -> None:
    plan = Plan(staff=PLAN.staff, country="SE", inside=frozenset({"+46701740605"}))
    story = Story(plan)
    story.begin("trunk*", "c", "Ring", **CALLER)
    assert (story["c"].direction, story["c"].customer) == ("internal", None)


def test_the_country_of_its_trunk_reads_a_number() -> None:
    story = Story(Plan(staff=PLAN.staff, country="SE", trunks={"london": "GB"}))
    story.begin("london*", "c", "Ring", CallerIDNum="020 7946 0123")
    assert story["c"].customer == "+442079460123"


@pytest.mark.parametrize("number", ["", "<unknown>", "anonymous", "Restricted"])
def test_a_withheld_number_is_told_as_such(number: str) -> None:
    story = Story()
    story.begin("trunk*", "c", "Ring", CallerIDNum=number, CallerIDName="Anonymous")
    call = story["c"]
    assert (call.withheld, call.customer, call.written, call.name) == (True, None, "", "")


def test_what_the_world_sends_is_cut_and_cleaned() -> None:
    story = Story()
    story.begin("trunk*", "c", "Ring", CallerIDNum="7" * 400, Exten="9" * 400,
                CallerIDName="<b>Kim\x00\x1b[31m\u202e\n" + "x" * 5000)  # fmt: skip
    call = story["c"]
    assert (call.customer, call.withheld, len(call.written), len(call.dialled)) == (None, False, 40, 40)
    assert call.name.startswith("<b>Kim")
    assert call.name.isprintable()
    assert len(call.name) <= 100


def test_a_call_that_ended_while_nobody_listened_is_unknown_with_the_gap() -> None:
    story = talking()
    story.resync(silent=90)
    call = story["c"]
    assert (call.outcome, call.ended_by, call.gap, call.talking) == ("unknown", None, 90, ())
    assert call.talks == (Talk(ANNA, 0.0),)
    story.end("trunk*", ANNA)
    assert story.told[-1].call == call


def test_a_call_that_is_still_listed_goes_on() -> None:
    story = talking()
    story.resync(row("trunk*", BridgeId="b"), row(ANNA, BridgeId="b"))
    assert story["c"].outcome is None
    story.end("trunk*", ANNA)
    assert (story["c"].outcome, story["c"].talks) == ("answered", (Talk(ANNA, 6.0),))


def test_a_call_that_began_while_nobody_listened_is_taken_up() -> None:
    story = Story()
    waits = {"Application": "Queue", "ApplicationData": "sales,tT,,,60", "Duration": "00:01:05"}
    story.resync(row(ANNA, ChannelStateDesc="Ringing"), row("trunk*", **CALLER, **waits))
    call = story["c"]
    assert (call.direction, call.customer, call.queue, call.ringing) == (
        "inbound", "+46701740605", "sales", (ANNA,),
    )  # fmt: skip
    assert call.started_at.timestamp() == story.at - 65


def test_a_restart_of_the_pbx_ends_everything() -> None:
    story = talking()
    story.resync(silent=30, uptime=0)
    assert (story["c"].outcome, story.calls.living) == ("unknown", 0)


def test_a_call_that_was_heard_after_the_lists_were_asked_for_lives() -> None:
    story = Story()
    story.at += 10
    story.begin("trunk*", "c", "Ring", **CALLER)
    story.at -= 11
    story.resync(silent=2)
    assert story["c"].outcome is None


def test_a_call_outlives_a_restart_of_the_hub() -> None:
    before = talking()
    told = before.told[-1]
    after = Story()
    after.calls.remember(told.call, told.number)
    after.at = before.at
    after.resync(row("trunk*", BridgeId="b", CallerIDNum="+46846500400"), row(ANNA, BridgeId="b"))
    after.end("trunk*", ANNA)
    call = after["c"]
    assert (call.customer, call.outcome, call.talks) == ("+46701740605", "answered", (Talk(ANNA, 6.0),))
    assert after.told[0].number > told.number


def test_a_call_that_ended_while_the_hub_was_stopped_is_unknown() -> None:
    before = talking()
    after = Story()
    after.calls.remember(before.told[-1].call, before.told[-1].number)
    after.at = before.at
    after.resync(silent=60)
    call = after["c"]
    assert (call.outcome, call.direction, call.gap, call.talking) == ("unknown", "inbound", 60, ())


def test_a_call_whose_customer_hung_up_before_it_was_taken_up_is_unknown() -> None:
    story = Story()
    story.resync(row(ANNA, ChannelStateDesc="Up"))
    story.end(ANNA)
    assert (story["c"].customer, story["c"].outcome) == (None, "unknown")


def test_a_call_whose_customer_hung_up_while_the_hub_was_stopped_stays_his() -> None:
    before = ringing()
    after = Story()
    after.calls.remember(before.told[-1].call, before.told[-1].number)
    after.at = before.at
    after.resync(row(ANNA, ChannelStateDesc="Ringing"))
    call = after["c"]
    assert (call.direction, call.customer, call.outcome) == ("inbound", "+46701740605", "unknown")


def test_a_call_that_we_placed_outlives_that_its_telephone_was_left_while_the_hub_was_stopped() -> None:
    before = Story()
    before.begin(f"{ANNA}*", "c", "Ring", CallerIDNum=ANNA, Exten="0701740605")
    before.begin("trunk")
    before.say("DialBegin", DestUniqueid="c.trunk", DestLinkedid="c", DestChannel="PJSIP/trunk-0000002a",
               DialString="0701740605@trunk")  # fmt: skip
    before.meet("b", f"{ANNA}*", "trunk")
    after = Story()
    after.calls.remember(before.told[-1].call, before.told[-1].number)
    after.at = before.at
    after.resync(row("trunk", BridgeId="b"), row(BJORN, BridgeId="b"))
    call = after["c"]
    assert (call.direction, call.customer, call.outcome) == ("outbound", "+46701740605", None)


def test_a_recording_gets_the_name_of_its_file() -> None:
    story = talking()
    story.say("MixMonitorStart", "trunk*")
    assert (story["c"].recorded, story["c"].recording) == (True, "")
    (change,) = story.calls.record("c", "/var/spool/1.wav", story.at)
    assert change.call.recording == "/var/spool/1.wav"
