"""How colleagues' telephones are, and who listens to whose call: out of AMI events, pure, total and bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.asterisk.plan import Plan
from connectors.asterisk.words import ID, NAME, Message, clean, day
from hub.board import Ear, Listening, State, Telephone

MOST_TELEPHONES = 5_000
MOST_LISTENING = 200
LISTENS = "ringback-listen-"
"""Begins the id of the call by which a supervisor listens, with how: it is nobody's call."""

# What queues (numbers) and the devices themselves (words) call the states of a telephone.
STATES: Mapping[str, State] = {
    "1": "free", "2": "talking", "3": "talking", "4": "off", "5": "off", "6": "ringing", "7": "talking", "8": "talking",
    "NOT_INUSE": "free", "INUSE": "talking", "BUSY": "talking", "INVALID": "off", "UNAVAILABLE": "off",
    "RINGING": "ringing", "RINGINUSE": "talking", "ONHOLD": "talking",
}  # fmt: skip
WAYS: Mapping[str, Ear] = {"listen": "listen", "whisper": "whisper", "join": "join"}


class Telephones:
    """The telephones of one PBX."""

    def __init__(self, plan: Plan) -> None:
        """Know none yet."""
        self._plan = plan
        self._telephones: dict[str, Telephone] = {}
        self._listening: dict[str, Listening] = {}

    def list(self, items: Sequence[Message]) -> None:
        """Make them what the PBX lists: the members of queues, and who listens."""
        for item in items:
            if item.get("Event") == "QueueMember":
                self.member(item, None)
        channels = {item.get("Channel", ""): item for item in items if item.get("Event") == "CoreShowChannel"}
        known, self._listening = self._listening, {}
        for channel, row in channels.items():
            key = row.get("Uniqueid", "")[:ID]
            if row.get("Application") == "ChanSpy" and len(self._listening) < MOST_LISTENING:
                spied = row.get("ApplicationData", "").partition(",")[0]
                call = channels.get(spied, {}).get("Linkedid", "")
                self._listening[key] = known.get(key) or self._heard(key, call, channel, spied)

    def shown(self) -> tuple[Telephone, ...]:
        """Give how each is, in the order of the extensions."""
        return tuple(self._telephones[each] for each in sorted(self._telephones))

    def rings(self, extension: str) -> bool:
        """Tell whether a telephone rings, or somebody listens by it already."""
        known = self._telephones.get(extension)
        rings = known is not None and known.state == "ringing"
        return rings or any(each.by == extension for each in self._listening.values())

    def listening(self) -> tuple[Listening, ...]:
        """Give who listens to whom."""
        return tuple(self._listening[each] for each in sorted(self._listening))

    def member(self, message: Message, at: float | None) -> None:
        """Note how the telephone of a queue's member is; `at` is None where nobody says since when."""
        device = (message.get("StateInterface") or message.get("Interface") or message.get("Location", ""))[
            :ID
        ]
        if device:
            self._note(clean(self._plan.who(device).name, NAME), message.get("Status", ""), at)

    def device(self, message: Message, at: float) -> None:
        """Note how a colleague's telephone is; what is listed on our asking does not say since when."""
        who = self._plan.who(message.get("Device", ""))
        if who.kind == "staff":
            self._note(who.name, message.get("State", ""), None if "ActionID" in message else at)

    def listen(self, message: Message, _at: float) -> None:
        """Note that somebody hears a call."""
        key = message.get("SpyerUniqueid", "")[:ID]
        if key and len(self._listening) < MOST_LISTENING:
            call = message.get("SpyeeLinkedid") or message.get("SpyeeUniqueid", "")
            by, to = message.get("SpyerChannel", ""), message.get("SpyeeChannel", "")
            self._listening[key] = self._heard(key, call, by, to)

    def hear_no_more(self, message: Message, _at: float) -> None:
        """Note that nobody hears a call by this one any more, be it that it hung up."""
        self._listening.pop((message.get("SpyerUniqueid") or message.get("Uniqueid", ""))[:ID], None)

    def _heard(self, key: str, call: str, by: str, to: str) -> Listening:
        names = [clean(self._plan.who(channel).name, NAME) for channel in (by, to)]
        way = key.removeprefix(LISTENS).partition("-")[0] if key.startswith(LISTENS) else ""
        return Listening(call=call[:ID], by=names[0], to=names[1], how=WAYS.get(way, "listen"))

    def _note(self, extension: str, told: str, at: float | None) -> None:
        state, known = STATES.get(told[:NAME], "unknown"), self._telephones.get(extension)
        if known is not None and known.state == state:
            return
        if known is not None or (extension and len(self._telephones) < MOST_TELEPHONES):
            since = None if at is None else day(at)
            self._telephones[extension] = Telephone(extension=extension, state=state, since=since)
