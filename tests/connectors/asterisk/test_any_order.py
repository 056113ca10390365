"""Whatever is heard, in any order, doubled or lost: no exception, and each call ends in exactly one outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.asterisk.calls import WANTED, Calls
from connectors.asterisk.resync import Snapshot
from hub.events import CallChanged
from tests.ami import EXPECTED, LISTED, PLAN, Heard, Message, derive, heard, stream

NAMES = sorted(name for name in EXPECTED if EXPECTED[name] and not name.endswith("firehose"))
RECORDED = {name: [event for event in heard(stream(name)) if not event.snapshot] for name in NAMES}
EMPTY = Snapshot([], at=2_000_000_000.0, uptime=0, silent_since=1_999_999_990.0)

legs = st.sampled_from(["1.1", "1.2", "1.3", "2.1", "2.2", "hub-1", "", "<unknown>"])
channels = st.sampled_from([
    "PJSIP/101-00000001", "PJSIP/102-00000002", "PJSIP/trunk-00000003", "PJSIP/trunk-00000004",
    "Local/101@agents-00000005;1", "Local/101@agents-00000005;2", "", "\x00", "PJSIP/101",
])  # fmt: skip
bridges = st.sampled_from(["a", "b", ""])
texts = st.one_of(
    st.sampled_from(["+46701740605", "0701740605", "101", "<unknown>", "anonymous", "s"]), st.text()
)
states = st.sampled_from(["Down", "Ring", "Ringing", "Up", "?"])
SIDES = ("", "Dest", "Transferer", "Transferee", "OrigTransferer", "SecondTransferer")
headers = {
    **dict.fromkeys((f"{side}{word}" for side in SIDES for word in ("Uniqueid", "Linkedid")), legs),
    **{f"{side}Channel": channels for side in ("", "Dest", "Transferer", "OrigTransferer", "TransferTarget")},
    **dict.fromkeys(("BridgeUniqueid", "FromBridgeUniqueid", "ToBridgeUniqueid", "BridgeId"), bridges),
    **dict.fromkeys(("CallerIDNum", "CallerIDName", "Exten", "Extension", "Queue", "DialString", "Cause"), texts),
    **dict.fromkeys(("ChannelStateDesc", "DestChannelStateDesc"), states),
    "Timestamp": st.one_of(st.floats().map(str), st.text()),
    "Duration": st.text(),
    "DialStatus": st.sampled_from(["ANSWER", "BUSY", "NOANSWER", ""]),
    "Response": st.sampled_from(["Success", "Failure"]),
    "ActionID": legs,
}  # fmt: skip
usual = {
    "Uniqueid": headers.pop("Uniqueid"),
    "Linkedid": headers.pop("Linkedid"),
    "Channel": headers.pop("Channel"),
}
events = st.fixed_dictionaries({"Event": st.sampled_from(sorted(WANTED)), **usual}, optional=headers)


def check(told: Sequence[CallChanged]) -> None:
    ends = Counter(change.call.key for change in told if change.call.outcome)
    assert set(ends.values()) <= {1}
    assert ends.keys() == {change.call.key for change in told}
    for one in ends:
        numbers = [change.number for change in told if change.call.key == one]
        assert numbers == sorted(set(numbers))
        assert next(change for change in reversed(told) if change.call.key == one).call.outcome


@given(st.lists(events, max_size=60), st.lists(events, max_size=5))
@settings(max_examples=300, deadline=None)
def test_any_events_at_all(heard_of: list[Message], listed: list[Message]) -> None:
    calls = Calls(PLAN)
    calls.expect("hub-1", "+46701740605", 1.0)
    told = [
        change for number, event in enumerate(heard_of) for change in calls.hear([(event, 1000.0 + number)])
    ]
    told += calls.resync(Snapshot(listed, at=5000.0, uptime=None, silent_since=4000.0))
    told += calls.resync(EMPTY)
    check(told)
    assert calls.living == 0


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.large_base_example])
def test_recorded_calls_with_events_lost_and_out_of_order(data: st.DataObject) -> None:
    recorded = RECORDED[data.draw(st.sampled_from(NAMES))]
    kept = data.draw(st.lists(st.sampled_from(range(len(recorded))), max_size=80))
    order = data.draw(st.sampled_from([sorted, list]))
    calls = Calls(PLAN)
    told = derive((recorded[place] for place in order(kept)), calls)
    check([*told, *calls.resync(EMPTY)])


@given(st.sampled_from(NAMES), st.randoms(use_true_random=False), st.integers(0, 99))
@settings(max_examples=200, deadline=None)
def test_every_call_is_told_of_though_any_share_of_events_is_lost(
    name: str, dice: object, share: int
) -> None:
    kept = [event for event in RECORDED[name] if dice.randrange(100) >= share]  # type: ignore[attr-defined]
    calls = Calls(PLAN)
    told = derive(kept, calls)
    check([*told, *calls.resync(EMPTY)])
    begun = {event.message["Linkedid"] for event in kept if event.message.get("Event") == "Newchannel"}
    assert begun <= {change.call.key for change in told}


def test_calls_without_an_end_are_dropped_before_they_fill_the_memory() -> None:
    calls, told = Calls(PLAN), Counter[object]()
    for number in range(30_000):
        event = {"Event": "Newchannel", "Channel": "PJSIP/trunk-00000001", "Uniqueid": f"1.{number}",
                 "Linkedid": f"1.{number}", "CallerIDNum": "0701740605", "ChannelStateDesc": "Ring"}  # fmt: skip
        told.update(change.call.outcome for change in calls.hear([(event, 1000.0 + number)]))
    assert calls.living == 20_000
    assert told == {None: 30_000, "unknown": 10_000}


def test_list_items_are_no_events() -> None:
    assert not LISTED & WANTED
    assert Heard({}, 0.0).snapshot is None
