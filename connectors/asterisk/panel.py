"""The board of one PBX, kept up to date by events: its queues, its telephones, who listens. No clock, no wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from connectors.asterisk.plan import Plan
from connectors.asterisk.queues import Queues
from connectors.asterisk.resync import Snapshot
from connectors.asterisk.telephones import Telephones
from connectors.asterisk.words import Message, moment
from hub.board import Board

WANTED = frozenset({
    "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "Hangup", "QueueMemberStatus", "QueueMemberAdded",
    "QueueMemberPause", "QueueMemberPenalty", "QueueMemberRemoved", "DeviceStateChange", "ChanSpyStart", "ChanSpyStop",
    "Reload",
})  # fmt: skip
"""The kinds of events that change it; a Reload says that queues may be others now."""


class Panel:
    """What is shown of one PBX; `department_of` says whose a queue is."""

    def __init__(self, plan: Plan, department_of: Callable[[str], str] = lambda _queue: "") -> None:
        """Show nothing yet."""
        self.queues = Queues(plan, department_of)
        telephones = self.telephones = Telephones(plan)
        queues = self.queues
        self._heard: Mapping[str, tuple[Callable[[Message, float], None], ...]] = {
            "QueueCallerJoin": (queues.join,), "QueueCallerLeave": (queues.leave,),
            "QueueCallerAbandon": (queues.leave,), "Hangup": (queues.leave, telephones.hear_no_more),
            "QueueMemberStatus": (queues.member, telephones.member),
            "QueueMemberAdded": (queues.member, telephones.member),
            "QueueMemberPause": (queues.member,), "QueueMemberPenalty": (queues.member,),
            "QueueMemberRemoved": (queues.remove,), "DeviceStateChange": (telephones.device,),
            "ChanSpyStart": (telephones.listen,), "ChanSpyStop": (telephones.hear_no_more,),
        }  # fmt: skip

    def hear(self, events: Iterable[tuple[Message, float]]) -> bool:
        """Take events, each with the moment at which it was heard. True: the queues must be listed anew."""
        reloaded = False
        for message, heard in events:
            name = message.get("Event", "")
            reloaded = reloaded or name == "Reload"
            for hear in self._heard.get(name, ()):
                hear(message, moment(message, heard))
        return reloaded

    def resync(self, snapshot: Snapshot) -> None:
        """Make it what the PBX lists; where it would not say, there is nothing to show."""
        items = snapshot.items or ()
        self.queues.list(items, snapshot.at)
        self.telephones.list(items)

    def board(self) -> Board:
        """Give all of it as it is now."""
        telephones = self.telephones
        return Board(
            queues=self.queues.shown(), telephones=telephones.shown(), listening=telephones.listening()
        )
