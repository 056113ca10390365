"""One person's end of a call. What he does is done on the telephone and noted in the call's story."""

from __future__ import annotations

from tests.connectors.asterisk.truth import Story
from tests.eventually import eventually
from tests.servers.phone_call import BUSY, DECLINE, NOT_FOUND, SECONDS, Call


class Leg:
    """A person with the receiver in his hand."""

    def __init__(self, who: str, call: Call, story: Story) -> None:
        """Pick it up."""
        self.who = who
        self.call = call
        self.story = story

    def answers(self, whom: str = "") -> None:
        """Pick up; `whom` is a colleague who asks something about a customer's call."""
        self.story.note(self.who, "answers", whom)
        self.call.answer()

    def hangs_up(self) -> None:
        """End it."""
        self.story.note(self.who, "hangs up")
        self.call.hang_up()

    def is_busy(self) -> None:
        """Refuse, as a phone does that is in use."""
        self.story.note(self.who, "is busy")
        self.call.reject(BUSY)

    def declines(self) -> None:
        """Press the red key while it rings."""
        self.story.note(self.who, "declines")
        self.call.reject(DECLINE)

    def has_no_phone(self) -> None:
        """Be a number that nobody has."""
        self.story.note(self.who, "has no phone")
        self.call.reject(NOT_FOUND)

    def forwards(self, number: str) -> None:
        """Have the calls sent elsewhere."""
        self.story.note(self.who, "forwards", number)
        self.call.forward(number)

    async def holds(self) -> None:
        """Let the other wait."""
        self.story.note(self.who, "holds")
        await self.call.hold()

    async def resumes(self) -> None:
        """Come back."""
        self.story.note(self.who, "resumes")
        await self.call.resume()

    def transfers(self, number: str) -> None:
        """Pass the other on, blind."""
        self.story.note(self.who, "transfers", number)
        self.call.transfer(number)

    def joins(self, asked: Leg, to: str) -> None:
        """Pass the other on to whom he asked in another call, and be out of both."""
        self.story.note(self.who, "joins", to)
        asked.story.note(self.who, "leaves")
        self.call.join(asked.call)

    async def presses(self, key: str) -> None:
        """Press a key."""
        self.story.note(self.who, "presses", key)
        await self.call.media.press(key)

    async def hears(self) -> None:
        """Wait until the other side is heard."""
        before = self.call.media.received
        await eventually(lambda: self.call.media.received > before)

    async def is_over(self, seconds: float = SECONDS) -> None:
        """Wait until it ended."""
        await self.call.is_over(seconds)
