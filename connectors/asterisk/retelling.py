"""What was written down is told again, as the events that would have been heard: so the same machine derives the calls.

What AMI says and CEL does not is made up from what is there: a telephone that was called rang, unless its hang-up says
otherwise; whoever is named as the source of a hang-up asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from connectors.asterisk.calls import Calls
from connectors.asterisk.entries import Entry
from connectors.asterisk.outcome import BUSY
from connectors.asterisk.plan import Plan, device
from connectors.asterisk.resync import Snapshot
from connectors.asterisk.words import FILE, Message, clean
from hub.events import CallState
from hub.shapes import decode

CALLED = {"", "s"}
"""What a channel dialled that was called: nothing."""
UNHEARD = {1, 2, 3, 20, 27, 38}
"""Causes with which a telephone is left that never rang."""
Told = Iterator[Message]


class Extra(msgspec.Struct, frozen=True):
    """What an entry has beside, whatever its kind is."""

    bridge_id: str = ""
    hangupcause: int | None = None
    hangupsource: str = ""
    extension: str = ""
    channel2_uniqueid: str = ""
    transferee_channel_uniqueid: str = ""
    transfer_target_channel_name: str = ""


class Story:
    """The entries of a call, in order, with those of others that were joined to it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Look through all of them first."""
        self.entries = entries
        self.extras = [_extra(entry) for entry in entries]
        self.legs = {entry.channel: entry.leg for entry in entries}
        self.causes = {entry.leg: extra.hangupcause for entry, extra in zip(entries, self.extras, strict=True)
                       if entry.kind == "HANGUP"}  # fmt: skip
        self.numbers = {
            entry.channel: entry.number for entry in entries if entry.number and entry.kind == "ANSWER"
        }
        self.answered = {entry.leg for entry in entries if entry.kind == "ANSWER"}
        self.dialling: dict[str, str] = {}
        self.up: set[str] = set()

    def events(self) -> Iterator[tuple[Message, float]]:
        """Give what would have been heard, and when."""
        for entry, extra in zip(self.entries, self.extras, strict=True):
            tell = _TOLD.get(entry.kind)
            for message in tell(self, entry, extra) if tell else ():
                yield message, entry.at


def derive(entries: Sequence[Entry], plan: Plan, until: float) -> list[CallState]:
    """Give the calls of which these are all entries, each at its end.

    One that does not end in them does not live any more at `until`: its end is unknown, and came in the gap after the
    last of them. A call whose beginning, or whose talk, nobody wrote down is left out.
    """
    calls, states = Calls(plan), dict[str, CallState]()
    for message, at in Story(entries).events():
        found = calls.hear([(message, at)])
        if message["Event"] == "MixMonitorStart":
            found += calls.record(message["Uniqueid"], message["File"], at)
        states.update({change.call.key: change.call for change in found})
    end = max(until, entries[-1].at)
    lost = calls.resync(Snapshot((), end, silent_since=entries[-1].at))
    states.update({change.call.key: change.call for change in lost})
    begun = {entry.leg for entry in entries if entry.kind == "CHAN_START"}
    return [state for key, state in states.items() if key in begun and not _lacks_talk(entries)]


def stories(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Part entries into those of one call each; calls that shared a leg stay together."""
    home: dict[str, str] = {}
    call_of: dict[str, str] = {}
    for entry in entries:
        home.setdefault(entry.call, entry.call)
        before = call_of.setdefault(entry.leg, entry.call)
        home[_home(home, entry.call)] = _home(home, before)
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(_home(home, entry.call), []).append(entry)
    return list(found.values())


def _home(home: dict[str, str], call: str) -> str:
    while home[call] != call:
        home[call] = call = home[home[call]]
    return call


def _lacks_talk(entries: Sequence[Entry]) -> bool:
    """Tell whether telephones that were called were picked up, and nobody wrote down whom they heard."""
    kinds = {entry.kind for entry in entries}
    picked_up = any(entry.kind == "ANSWER" and entry.app in {"AppDial", "AppQueue"} for entry in entries)
    return picked_up and "BRIDGE_ENTER" not in kinds


def _extra(entry: Entry) -> Extra:
    try:
        return decode(entry.extra or b"{}", Extra)
    except (ValueError, RecursionError):
        return Extra()


def _start(story: Story, entry: Entry, _extra: Extra) -> Told:
    called = entry.dialled in CALLED
    yield _of(entry, "Newchannel", ChannelStateDesc="Down" if called else "Ring", CallerIDNum=entry.number,
              CallerIDName=entry.name, Exten=entry.dialled)  # fmt: skip
    if not called:
        return
    dialled = _dialled(story.dialling.get(entry.call, ""), entry.channel)
    if dialled and entry.leg != entry.call:
        yield {"Event": "DialBegin", "DialString": dialled, "DestUniqueid": entry.leg, "DestLinkedid": entry.call,
               "DestChannel": entry.channel}  # fmt: skip
    if entry.leg in story.answered or story.causes.get(entry.leg) not in UNHEARD:
        yield _of(entry, "Newstate", ChannelStateDesc="Ringing")


def _answer(story: Story, entry: Entry, _extra: Extra) -> Told:
    story.up.add(entry.leg)
    yield _of(entry, "NewCallerid", CallerIDNum=entry.number)
    yield _of(entry, "Newstate", ChannelStateDesc="Up")


def _application(story: Story, entry: Entry, _extra: Extra) -> Told:
    first = entry.data.partition(",")[0]
    if entry.app == "Dial":
        story.dialling[entry.call] = first
    elif entry.app == "Queue":
        yield _of(entry, "QueueCallerJoin", Queue=first)
    elif entry.app == "MixMonitor":
        yield _of(entry, "MixMonitorStart", File=clean(first, FILE))


def _enter(_story: Story, entry: Entry, extra: Extra) -> Told:
    yield _of(entry, "BridgeEnter", BridgeUniqueid=extra.bridge_id)


def _leave(_story: Story, entry: Entry, extra: Extra) -> Told:
    yield _of(entry, "BridgeLeave", BridgeUniqueid=extra.bridge_id)


def _blind(_story: Story, entry: Entry, extra: Extra) -> Told:
    yield {"Event": "BlindTransfer", "TransfererChannel": entry.channel, "TransfererUniqueid": entry.leg,
           "TransfererLinkedid": entry.call, "TransfereeUniqueid": extra.transferee_channel_uniqueid,
           "Extension": extra.extension}  # fmt: skip


def _attended(story: Story, entry: Entry, extra: Extra) -> Told:
    target = extra.transfer_target_channel_name
    asked = target.removeprefix("Local/").partition("@")[0] if target.startswith("Local/") else ""
    yield {"Event": "AttendedTransfer", "OrigTransfererChannel": entry.channel, "OrigTransfererUniqueid": entry.leg,
           "OrigTransfererLinkedid": entry.call, "SecondTransfererUniqueid": extra.channel2_uniqueid,
           "SecondTransfererExten": asked, "TransfereeUniqueid": extra.transferee_channel_uniqueid,
           "TransferTargetChannel": "" if asked else target,
           "TransferTargetCallerIDNum": story.numbers.get(target, "")}  # fmt: skip


def _hang_up(story: Story, entry: Entry, extra: Extra) -> Told:
    yield _of(entry, "NewCallerid", CallerIDNum=entry.number)
    if extra.hangupsource in story.legs:
        yield {
            "Event": "HangupRequest",
            "Uniqueid": story.legs[extra.hangupsource],
            "Channel": extra.hangupsource,
        }
    if entry.leg != entry.call and entry.leg not in story.up:
        status = "BUSY" if extra.hangupcause == BUSY else "NOANSWER"
        yield {"Event": "DialEnd", "DialStatus": status, "DestUniqueid": entry.leg, "DestLinkedid": entry.call,
               "DestChannel": entry.channel}  # fmt: skip
    yield _of(entry, "Hangup", Cause="" if extra.hangupcause is None else str(extra.hangupcause))


def _end(_story: Story, entry: Entry, _extra: Extra) -> Told:
    yield _of(entry, "Hangup")


def _of(entry: Entry, event: str, **headers: str) -> Message:
    return {
        "Event": event, "Channel": entry.channel, "Uniqueid": entry.leg, "Linkedid": entry.call, **headers,
    }  # fmt: skip


def _dialled(data: str, channel: str) -> str:
    """Give which of the destinations "PJSIP/101&PJSIP/070…@trunk" a channel is for, without the technology."""
    name = device(channel).partition("/")[2]
    several = [each.partition("/")[2] for each in data.split("&")]
    return next((each for each in several if name in each.replace("@", "/").split("/")), "")


_TOLD: Mapping[str, Callable[[Story, Entry, Extra], Told]] = {
    "CHAN_START": _start, "ANSWER": _answer, "APP_START": _application, "BRIDGE_ENTER": _enter, "BRIDGE_EXIT": _leave,
    "BLINDTRANSFER": _blind, "ATTENDEDTRANSFER": _attended, "HANGUP": _hang_up, "CHAN_END": _end,
}  # fmt: skip
