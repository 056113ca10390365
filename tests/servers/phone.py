"""A SIP telephone over UDP: a member of staff's, or the trunk's, behind which all customers are.

It never sends a request twice, for loopback loses nothing; a request that comes twice gets the same response again.

    phone = await Phone.open("101", asterisk.sip)
    await phone.register()
    call = await phone.rings()
    call.answer()
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import cast

from tests.servers import sip
from tests.servers.phone_call import SECONDS, Call
from tests.servers.rtp import Media
from tests.servers.sip import Message

ALLOWED = "INVITE,ACK,BYE,CANCEL,OPTIONS,UPDATE,REFER,NOTIFY"


class Phone(asyncio.DatagramProtocol):
    """One telephone on one socket, known by `user`, with the calls that it has."""

    def __init__(self, user: str, pbx: tuple[str, int], hertz: int) -> None:
        """Speak to this PBX, in a tone of its own."""
        self.user = user
        self.pbx = pbx
        self.calls: dict[str, Call] = {}
        self.heard: Callable[[Call], object] = lambda _: None  # told of every call that begins to ring
        self._hertz = hertz
        self._rung: asyncio.Queue[Call] = asyncio.Queue()
        self._asked: dict[str, asyncio.Future[Message]] = {}
        self._said: dict[tuple[str, str], Message] = {}
        self._coming: set[asyncio.Task[None]] = set()
        self._registration, self._registered = secrets.token_hex(8), 0

    @classmethod
    async def open(
        cls, user: str, pbx: tuple[str, int], local: tuple[str, int] = ("127.0.0.1", 0), hertz: int = 440
    ) -> Phone:
        """Plug it in."""
        loop = asyncio.get_running_loop()
        _, phone = await loop.create_datagram_endpoint(lambda: cls(user, pbx, hertz), local_addr=local)
        return phone

    def close(self) -> None:
        """Hang up everything and pull the plug."""
        for call in list(self.calls.values()):
            call.hang_up()
            call.over(call.status)
        self._transport.close()

    # What a person can do.

    async def register(self, seconds: int = 300) -> int:
        """Tell the PBX where this telephone is, for so long; 0 takes it off. Gives the response's number."""
        self._registered += 1
        me = f"<sip:{self.user}@{self.pbx[0]}>"
        headers = (
            ("from", sip.tagged(me)), ("to", me), ("call-id", self._registration),
            ("cseq", f"{self._registered} REGISTER"), ("expires", str(seconds)),
        )  # fmt: skip
        return (await self.ask(self.request("REGISTER", f"sip:{self.pbx[0]}", headers))).status

    async def call(
        self,
        number: str,
        user: str = "",
        name: str = "",
        host: str = "",
        headers: tuple[sip.Header, ...] = (),
    ) -> Call:
        """Dial. `user`, `name` and `host` are what the other side is shown of the caller."""
        shown = f'"{name}" ' if name else ""
        local = sip.tagged(f"{shown}<sip:{user or self.user}@{host or self.host}>")
        target = f"sip:{number}@{self.pbx[0]}"
        media = await Media.open(self.host, self._hertz)
        call = Call(self, secrets.token_hex(8), local, f"<{target}>", target, media)
        self.calls[call.id] = call
        call.begin(headers)
        return call

    async def rings(self, seconds: float = SECONDS) -> Call:
        """Give the next call that rings here; TimeoutError."""
        return await asyncio.wait_for(self._rung.get(), seconds)

    # Messages out.

    def request(self, method: str, target: str, headers: tuple[sip.Header, ...], sound: str = "") -> Message:
        """Make a request."""
        first = (
            ("via", f"SIP/2.0/UDP {self.host}:{self.port};branch={sip.branch()};rport"),
            ("max-forwards", "70"), ("contact", self._contact), ("allow", ALLOWED), ("supported", "replaces"),
        )  # fmt: skip
        last = (("content-type", "application/sdp"),) if sound else ()
        return Message(f"{method} {target} SIP/2.0", (*first, *headers, *last), sound)

    def send(self, message: Message) -> None:
        """Send a message to the PBX."""
        self._transport.sendto(message.encode(), self.pbx)

    def respond(
        self, request: Message, status: str, to: str = "", contact: str = "", sound: str = ""
    ) -> None:
        """Answer a request, also when it comes again."""
        headers = [("contact", contact or self._contact)]
        if sound:
            headers.append(("content-type", "application/sdp"))
        message = sip.response(request, status, headers, to or request.get("to"), sound)
        self._said[request.branch, request.method] = message
        self.send(message)

    async def ask(self, request: Message) -> Message:
        """Send a request and give its final response; TimeoutError."""
        answer = self._asked[request.branch] = asyncio.get_running_loop().create_future()
        self.send(request)
        try:
            return await asyncio.wait_for(answer, SECONDS)
        finally:
            self._asked.pop(request.branch, None)

    def forget(self, call: Call) -> None:
        """Take away a call that is over."""
        self.calls.pop(call.id, None)

    @property
    def _contact(self) -> str:
        return f"<sip:{self.user}@{self.host}:{self.port}>"

    # Messages in.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn where we are."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.host, self.port = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        """Give a message to whom it concerns."""
        if not data.strip():
            return  # keeps a line open
        message = Message.parse(data)
        call = self.calls.get(message.get("call-id"))
        if message.status >= 200 and (asked := self._asked.pop(message.branch, None)):
            asked.set_result(message)
        if not message.status and (message.branch, message.method) in self._said:
            self.send(self._said[message.branch, message.method])
        elif call:
            call.take(message)
        elif message.method == "INVITE" and not message.status:
            self._begin(message)
        elif message.method != "ACK" and not message.status:
            self.respond(message, "200 OK" if message.method in ("OPTIONS", "NOTIFY") else "481 No Such Call")

    def _begin(self, invite: Message) -> None:
        coming = asyncio.create_task(self._ring(invite))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)

    async def _ring(self, invite: Message) -> None:
        media = await Media.open(self.host, self._hertz)
        local, remote = sip.tagged(invite.get("to")), invite.get("from")
        call = Call(self, invite.get("call-id"), local, remote, sip.address(invite.get("contact")), media)
        call.invite, call.incoming = invite, True
        self.calls[call.id] = call
        self.respond(invite, "180 Ringing", local)
        self.heard(call)
        self._rung.put_nowait(call)
