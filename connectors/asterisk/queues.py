"""Queues out of AMI events: who waits since when, and whose telephones answer. Pure, total and bounded.

Every event says how something is now, so hearing one twice, or once more after a list that was newer, does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connectors.asterisk.plan import Plan, is_withheld
from connectors.asterisk.words import ID, NAME, WRITTEN, Message, clean, day, seconds
from hub.board import Member, Queue, Waiting

MOST_QUEUES = 200
MOST_WAITING = 500
"""In one queue."""
MOST_MEMBERS = 500
"""In one queue."""


@dataclass(slots=True)
class _Queue:
    """Who waits, by the id of his channel; who answers, by the device through which he is rung."""

    waiting: dict[str, Waiting] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)


class Queues:
    """The queues of one PBX; `department_of` says whose one is."""

    def __init__(self, plan: Plan, department_of: Callable[[str], str]) -> None:
        """Know none yet."""
        self._plan = plan
        self._department_of = department_of
        self._queues: dict[str, _Queue] = {}

    def list(self, items: Iterable[Message], at: float) -> None:
        """Make them what the PBX lists; since when somebody waits we knew better."""
        before = self.waiting()
        self._queues = {}
        for item in items:
            if item.get("Event") == "QueueParams":
                self._queue(item)
            elif item.get("Event") == "QueueMember":
                self.member(item, at)
            elif item.get("Event") == "QueueEntry":
                waited = min(max(seconds(item.get("Wait", "")) or 0.0, 0.0), at)
                self.join(item, at - waited)
        for queue in self._queues.values():
            queue.waiting.update({key: before[key] for key in queue.waiting if key in before})

    def waiting(self) -> dict[str, Waiting]:
        """Give everybody who waits, by the id of his channel."""
        return {key: each for queue in self._queues.values() for key, each in queue.waiting.items()}

    def interface(self, extension: str, queue: str = "") -> str:
        """Give the device by which an extension is in a queue, in any with ""; "" where it is in none."""
        for name, each in self._queues.items():
            for interface, member in each.members.items():
                if member.extension == extension and queue in ("", name):
                    return interface
        return ""

    def shown(self) -> tuple[Queue, ...]:
        """Give them in the order of their names."""
        return tuple(self._shown(name, self._queues[name]) for name in sorted(self._queues))

    def join(self, message: Message, at: float) -> None:
        """Let a caller wait."""
        key, queue = message.get("Uniqueid", "")[:ID], self._queue(message)
        if queue is None or not key or key in queue.waiting or len(queue.waiting) >= MOST_WAITING:
            return
        number = clean(message.get("CallerIDNum", ""), WRITTEN)
        call = message.get("Linkedid", "")[:ID] or key
        queue.waiting[key] = Waiting(call=call, number="" if is_withheld(number) else number, since=day(at))

    def leave(self, message: Message, _at: float) -> None:
        """Let a caller wait no more: answered, given up, sent elsewhere or gone."""
        key, left = message.get("Uniqueid", "")[:ID], clean(message.get("Queue", ""), NAME)
        for name, queue in self._queues.items():
            if left in ("", name):
                queue.waiting.pop(key, None)

    def member(self, message: Message, at: float) -> None:
        """Note a member as it is told or listed."""
        interface, queue = _interface(message), self._queue(message)
        if queue is None or not interface:
            return
        if interface in queue.members or len(queue.members) < MOST_MEMBERS:
            queue.members[interface] = self._member(message, interface, at)

    def remove(self, message: Message, _at: float) -> None:
        """Take a member out of a queue."""
        queue = self._queues.get(clean(message.get("Queue", ""), NAME))
        if queue is not None:
            queue.members.pop(_interface(message), None)

    def _queue(self, message: Message) -> _Queue | None:
        name = clean(message.get("Queue", ""), NAME)
        if not name or (name not in self._queues and len(self._queues) >= MOST_QUEUES):
            return None
        return self._queues.setdefault(name, _Queue())

    def _member(self, message: Message, interface: str, at: float) -> Member:
        device = message.get("StateInterface", "")[:ID] or interface
        paused, since = message.get("Paused") == "1", seconds(message.get("LastPause", ""))
        return Member(
            extension=clean(self._plan.who(device).name, NAME),
            name=clean(message.get("MemberName") or message.get("Name", ""), NAME), paused=paused,
            reason=clean(message.get("PausedReason", ""), NAME) if paused else "",
            paused_at=day(since if since and 0 < since <= at else at) if paused else None,
        )  # fmt: skip

    def _shown(self, name: str, queue: _Queue) -> Queue:
        waiting = sorted(queue.waiting.values(), key=lambda one: (one.since, one.call))
        members = sorted(queue.members.values(), key=lambda one: (one.extension, one.name))
        return Queue(
            name=name, department=self._department_of(name), waiting=tuple(waiting), members=tuple(members)
        )


def _interface(message: Message) -> str:
    return (message.get("Interface") or message.get("Location", ""))[:ID]
