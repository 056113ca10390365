"""One call as a telephone has it, and what a person can do in it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.servers import sip
from tests.servers.sip import Message

if TYPE_CHECKING:
    from tests.servers.phone import Phone
    from tests.servers.rtp import Media

SECONDS = 10
BUSY, NOT_FOUND, DECLINE = "486 Busy Here", "404 Not Found", "603 Decline"


class Call:
    """A call, ours or one that came in. Times are Unix seconds; `status` is the last response to the invitation."""

    invite: Message

    def __init__(
        self, phone: Phone, call_id: str, local: str, remote: str, target: str, media: Media
    ) -> None:
        """Stand for a dialog: its Call-ID, the two sides as headers, the address that requests go to."""
        self.phone = phone
        self.id = call_id
        self.local, self.remote, self.target = local, remote, target
        self.media = media
        self.incoming = False
        self.status = 0
        self.ringing, self.answered, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self._sequence = 1
        self._joined: Call | None = None

    # What a person can do.

    def answer(self) -> None:
        """Pick up."""
        self.phone.respond(self.invite, "200 OK", self.local, sound=self._offer())
        self._is_answered(self.invite)

    def reject(self, status: str) -> None:
        """Refuse a call that rings: BUSY, DECLINE, or what else a telephone or a network says."""
        self.phone.respond(self.invite, status, self.local)
        self.over(int(status[:3]))

    def forward(self, number: str) -> None:
        """Send the caller elsewhere before answering, as a phone with call forwarding does."""
        contact = f"<sip:{number}@{self.phone.pbx[0]}>"
        self.phone.respond(self.invite, "302 Moved Temporarily", self.local, contact=contact)
        self.over(302)

    def hang_up(self) -> None:
        """End it in whatever state it is."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            self._ask("BYE")
            self.over(self.status)
        elif self.incoming:
            self.reject(DECLINE)
        else:
            self.phone.send(sip.belonging(self.invite, "CANCEL"))

    async def hold(self) -> None:
        """Put the other side on hold."""
        await self._invite_again("sendonly")

    async def resume(self) -> None:
        """Come back."""
        await self._invite_again("sendrecv")

    def transfer(self, number: str) -> None:
        """Hand the other side to a number and care no more (blind: RFC 5589)."""
        self._refer(f"<sip:{number}@{self.phone.pbx[0]}>")

    def join(self, other: Call) -> None:
        """Join the other side of this call with that of another call of ours (attended: RFC 3891)."""
        tags = f"%3Bto-tag%3D{sip.tag(other.remote)}%3Bfrom-tag%3D{sip.tag(other.local)}"
        self._joined = other
        self._refer(f"<{sip.address(other.remote)}?Replaces={other.id}{tags}>")

    async def is_answered(self, seconds: float = SECONDS) -> None:
        """Wait until somebody picked up; TimeoutError."""
        await asyncio.wait_for(self.answered.wait(), seconds)

    async def is_over(self, seconds: float = SECONDS) -> None:
        """Wait until it ended; TimeoutError."""
        await asyncio.wait_for(self.ended.wait(), seconds)

    # What the telephone does by itself.

    def take(self, message: Message) -> None:
        """Do what a message of this call asks for."""
        if message.status:
            if message.method == "INVITE":
                self._take_response(message)
        elif message.method != "ACK":
            self._take_request(message)

    def begin(self, headers: tuple[sip.Header, ...]) -> None:
        """Invite the other side."""
        self.invite = self._request("INVITE", headers=headers, sound=self._offer())
        self.phone.send(self.invite)

    def over(self, status: int) -> None:
        """Forget the call."""
        self.status, self.ended_at = status, time.time()
        self.media.close()
        self.phone.forget(self)
        self.ended.set()

    def _take_request(self, message: Message) -> None:
        described = message.method in ("INVITE", "UPDATE") and message.body
        self.phone.respond(message, "200 OK", sound=self._offer() if described else "")
        if message.method == "BYE":
            self.over(self.status)
        elif message.method == "CANCEL":
            self.phone.respond(self.invite, "487 Request Terminated", self.local)
            self.over(487)
        elif message.method == "NOTIFY" and message.body.startswith("SIP/2.0 200"):
            self._is_transferred()

    def _is_transferred(self) -> None:
        self.hang_up()
        if self._joined:
            self._joined.hang_up()

    def _take_response(self, message: Message) -> None:
        self.status = message.status
        if message.status in (180, 183):
            self.ringing.set()
        elif 200 <= message.status < 300:
            self.remote = message.get("to")
            self.target = sip.address(message.get("contact")) or self.target
            self.phone.send(self._request("ACK", message.sequence))
            self._is_answered(message)
        elif message.status >= 300:
            self.phone.send(sip.belonging(self.invite, "ACK", message.get("to")))
            if not self.answered.is_set():
                self.over(message.status)

    def _is_answered(self, message: Message) -> None:
        self.media.speak(sip.where(message.body))
        self.status = 200
        self.answered_at = self.answered_at or time.time()
        self.answered.set()

    async def _invite_again(self, direction: str) -> None:
        self._sequence += 1
        self.invite = self._request("INVITE", sound=self._offer(direction))
        await self.phone.ask(self.invite)

    def _refer(self, to: str) -> None:
        self._ask("REFER", ("refer-to", to), ("referred-by", f"<{sip.address(self.local)}>"))

    def _ask(self, method: str, *headers: sip.Header) -> None:
        self._sequence += 1
        self.phone.send(self._request(method, headers=headers))

    def _request(
        self, method: str, sequence: str = "", headers: tuple[sip.Header, ...] = (), sound: str = ""
    ) -> Message:
        sides = (("from", self.local), ("to", self.remote), ("call-id", self.id))
        numbered = ("cseq", f"{sequence or self._sequence} {method}")
        return self.phone.request(method, self.target, (*sides, numbered, *headers), sound)

    def _offer(self, direction: str = "sendrecv") -> str:
        return sip.offer(self.phone.host, self.media.port, self._sequence, direction)
