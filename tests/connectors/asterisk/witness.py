"""What Asterisk itself said of calls, read by the simplest rules that hold: to be held against the truth."""

from __future__ import annotations

from tests.eventually import eventually
from tests.servers.ami import Ami, Message


class Witness:
    """The events of a session, in order. Times are Unix seconds by Asterisk's clock; None is never."""

    def __init__(self, ami: Ami) -> None:
        """Look at what a session has seen so far."""
        self._events = ami.events

    @classmethod
    async def of(cls, ami: Ami) -> Witness:
        """Wait until every leg that was told of has ended."""

        def ended() -> bool:
            return len(ami.having(Event="Newchannel")) == len(ami.having(Event="Hangup")) > 0

        await eventually(ended)
        return cls(ami)

    def roots(self) -> list[Message]:
        """Give the first leg of each call."""
        made = (each for each in self._events if each["Event"] == "Newchannel")
        return [each for each in made if each["Uniqueid"] == each["Linkedid"]]

    def leg(self, device: str, after: str = "") -> str:
        """Give the channel of a device that was made first, or first after another."""
        made = [each["Channel"] for each in self._events if each["Event"] == "Newchannel"]
        start = made.index(after) if after else 0
        return next(name for name in made[start:] if name.startswith(f"{device}-"))

    def met(self, one: str, other: str) -> float | None:
        """Tell when two channels were first in one bridge."""
        where: dict[str, str] = {}
        for each in self._events:
            if each["Event"] == "BridgeEnter":
                where[each["Channel"]] = each["BridgeUniqueid"]
                if where.get(one, "") == where.get(other):
                    return float(each["Timestamp"])
            elif each["Event"] == "BridgeLeave":
                where.pop(each["Channel"], None)
        return None

    def hung_up(self, channel: str) -> Message:
        """Give the end of a channel."""
        return next(each for each in self._events if each["Event"] == "Hangup" and each["Channel"] == channel)

    def asked_to_end(self) -> list[str]:
        """Give the channels whose people hung up, in order."""
        return [each["Channel"] for each in self._events if each["Event"] == "HangupRequest"]
