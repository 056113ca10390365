"""SIP messages (RFC 3261) and their description of sound (RFC 4566): as much as a test's telephone says and hears."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

Header = tuple[str, str]


@dataclass(frozen=True)
class Message:
    """A request or a response: its first line, its headers in order with names in lower case, its body."""

    start: str
    headers: tuple[Header, ...] = ()
    body: str = field(default="", repr=False)

    @classmethod
    def parse(cls, data: bytes) -> Message:
        """Read a datagram; bytes that are not UTF-8 are kept as surrogates."""
        head, _, body = data.decode("utf-8", "surrogateescape").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(start, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)

    def encode(self) -> bytes:
        """Write a datagram."""
        body = self.body.encode()
        lines = [self.start, *(f"{name.title()}: {value}" for name, value in self.headers)]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        return head.encode("utf-8", "surrogateescape") + body

    @property
    def status(self) -> int:
        """The number of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        """What is asked, or what is answered."""
        return self.get("cseq").split()[1]

    @property
    def sequence(self) -> str:
        """The number of the request within its call."""
        return self.get("cseq").split()[0]

    @property
    def branch(self) -> str:
        """What names the transaction."""
        return self.get("via").partition("branch=")[2].partition(";")[0]

    def get(self, name: str) -> str:
        """Give the first header of this name; "" without."""
        return next((value for key, value in self.headers if key == name), "")

    def only(self, *names: str) -> tuple[Header, ...]:
        """Give all headers of these names."""
        return tuple((key, value) for key, value in self.headers if key in names)


def address(header: str) -> str:
    """Give the address within a header: `"Anna" <sip:101@host>;tag=1` is `sip:101@host`."""
    return header.partition("<")[2].partition(">")[0]


def user(header: str) -> str:
    """Give the number or name within a header: `"Anna" <sip:101@host>;tag=1` is `101`."""
    return address(header).partition(":")[2].partition("@")[0].partition(";")[0]


def tag(header: str) -> str:
    """Give what marks one side of a call."""
    return header.partition(";tag=")[2].partition(";")[0]


def tagged(header: str) -> str:
    """Mark one side of a call."""
    return f"{header};tag={secrets.token_hex(4)}"


def branch() -> str:
    """Make the name of a transaction."""
    return f"z9hG4bK{secrets.token_hex(6)}"


def belonging(invite: Message, method: str, to: str = "") -> Message:
    """Make the CANCEL of an invitation, or the ACK of its refusal: both are of the invitation's own transaction."""
    headers = (
        *invite.only("via", "from", "call-id", "max-forwards"),
        ("to", to or invite.get("to")),
        ("cseq", f"{invite.sequence} {method}"),
    )
    return Message(f"{method} {invite.start.split()[1]} SIP/2.0", headers)


def response(request: Message, status: str, headers: Iterable[Header], to: str, body: str = "") -> Message:
    """Make the answer to a request; `status` is such as "180 Ringing"."""
    kept = request.only("via", "from", "call-id", "cseq")
    return Message(f"SIP/2.0 {status}", (*kept, ("to", to), *headers), body)


def offer(host: str, port: int, version: int, direction: str) -> str:
    """Describe our sound: G.711 A-law and keys, received at this host and port."""
    return (
        f"v=0\r\no=- 1 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
        f"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na={direction}\r\n"
    )


def where(description: str) -> tuple[str, int] | None:
    """Give the host and port that the other side wants its sound at; None when it describes none."""
    lines = dict(line.split("=", 1) for line in description.splitlines() if "=" in line)
    return (lines["c"].split()[-1], int(lines["m"].split()[1])) if "m" in lines else None
