"""Captures of a real Asterisk (tests/wire/asterisk), and the calls that they must give.

An `.ami` file holds the bytes of one or more connections, each from its banner on; the `.truth.jsonl` beside it
what the phones did and when; `expected.json` the calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from connectors.asterisk.calls import Calls
from connectors.asterisk.messages import Cutter, parse
from connectors.asterisk.plan import Plan
from connectors.asterisk.resync import Snapshot
from hub.events import CallChanged, CallState

WIRE = Path(__file__).parent / "wire" / "asterisk"
EXPECTED: Mapping[str, list[dict[str, Any]]] = json.loads((WIRE / "expected.json").read_text())
BANNER = b"Asterisk Call Manager/"
LISTED = {"CoreShowChannel", "Status", "QueueEntry"}
PLAN = Plan(staff=r"PJSIP/(1\d\d|999)", country="SE", trunks={"trunk": "SE"})

Message = Mapping[str, str]


class Heard(NamedTuple):
    """One event and when it was heard; a new connection is a snapshot instead."""

    message: Message
    at: float
    snapshot: Snapshot | None = None


def stream(name: str) -> bytes:
    """Give the bytes of a capture."""
    return (WIRE / f"{name}.ami").read_bytes()


def truth(name: str, what: str) -> list[dict[str, Any]]:
    """Give what the phones did of this kind."""
    lines = (WIRE / f"{name}.truth.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["what"] == what]


def connections(data: bytes) -> list[list[dict[str, str]]]:
    """Give the messages of each connection."""
    return [
        [parse(message) for message in Cutter().cut(part.partition(b"\r\n")[2])]
        for part in data.split(BANNER)[1:]
    ]


def heard(data: bytes) -> Iterator[Heard]:
    """Give the events of a capture as the hub hears them, with a snapshot after each connection but the first."""
    at, began = 0.0, False
    for messages in connections(data):
        first = next((float(each["Timestamp"]) for each in messages if "Timestamp" in each), at + 1)
        if began:
            yield Heard({}, first - 0.001, _snapshot(messages, first - 0.001, at))
        for message in messages:
            at = float(message.get("Timestamp", at))
            if message.get("Event", "") and message["Event"] not in LISTED:
                yield Heard(message, at)
        began = True


def _snapshot(messages: list[dict[str, str]], at: float, silent_since: float) -> Snapshot:
    items = [each for each in messages if each.get("Event") in LISTED]
    uptime = next(float(each["Uptime"]) for each in messages if each.get("Event") == "FullyBooted")
    return Snapshot(items, at, uptime, silent_since)


def derive(events: Iterable[Heard], calls: Calls | None = None) -> list[CallChanged]:
    """Hear everything and give all that was told."""
    calls = calls or Calls(PLAN)
    told: list[CallChanged] = []
    for event in events:
        told += calls.resync(event.snapshot) if event.snapshot else calls.hear([(event.message, event.at)])
    return told


def last(told: Iterable[CallChanged]) -> list[CallState]:
    """Give the calls as they were told last, in the order in which they began."""
    calls = {change.call.key: change.call for change in told}
    return sorted(calls.values(), key=lambda call: call.started_at)


class Story:
    """Events of a PBX told one by one, a second apart.

    Legs are called "trunk", "101" or "follow;1" for half of a Local channel; the one that began a call has a star.
    """

    def __init__(self, plan: Plan = PLAN) -> None:
        """Begin at a round moment."""
        self.calls, self.told, self.at = Calls(plan), list[CallChanged](), 1_790_000_000.0

    def __getitem__(self, key: str) -> CallState:
        """Give the call as it was told last."""
        return next(change.call for change in reversed(self.told) if change.call.key == key)

    def say(self, event: str, leg: str = "", call: str = "c", /, **headers: str) -> None:
        """Let a second pass and the PBX say something of a leg."""
        self.at += 1
        self.told += self.calls.hear([({"Event": event, **_sides(leg, call), **headers}, self.at)])

    def begin(self, leg: str, call: str = "c", state: str = "Down", /, **headers: str) -> None:
        """Begin a leg."""
        self.say("Newchannel", leg, call, ChannelStateDesc=state, **headers)

    def meet(self, bridge: str, *legs: str, call: str = "c") -> None:
        """Let legs meet in a bridge."""
        for leg in legs:
            self.say("BridgeEnter", leg, call, BridgeUniqueid=bridge)

    def end(self, *legs: str, call: str = "c", cause: str = "16") -> None:
        """End legs."""
        for leg in legs:
            self.say("Hangup", leg, call, Cause=cause)

    def resync(self, *rows: Message, silent: float = 5, uptime: float = 1000) -> None:
        """Lose the connection, and list what lives when it is back."""
        since, self.at = self.at, self.at + silent
        self.told += self.calls.resync(Snapshot(rows, self.at, uptime, since))


def row(leg: str, call: str = "c", **headers: str) -> dict[str, str]:
    """Give what CoreShowChannels says of a leg."""
    return {"Event": "CoreShowChannel", **_sides(leg, call), **headers}


def _sides(leg: str, call: str) -> dict[str, str]:
    """Give the headers of a leg: "trunk*" and "101*" are those with which the call began."""
    if not leg:
        return {}
    name, _, half = leg.rstrip("*").partition(";")
    channel = f"Local/{name}@agents-00000001;{half}" if half else f"PJSIP/{name}-0000002a"
    return {"Channel": channel, "Uniqueid": call if leg.endswith("*") else f"{call}.{leg}", "Linkedid": call}
