"""The AMI stream cut into messages: lines of "Header: value", an empty line after each (Asterisk's manager.conf).

A letter is never cut in two, because a message is decoded as a whole; what is longer than anything that Asterisk
says is dropped and counted instead of kept.
"""

from __future__ import annotations

LINE_END, END = b"\r\n", b"\r\n\r\n"
MOST_BYTES = 64 * 1024
MOST_IN_A_LINE = 8 * 1024
EVENT = b"Event: "


class Cutter:
    """Cuts the pieces that TCP brings into messages; `oversized` counts those that were dropped."""

    def __init__(self) -> None:
        """Begin at the start of a message."""
        self.oversized = 0
        self._rest = b""
        self._is_dropping = False

    def cut(self, piece: bytes) -> list[bytes]:
        """Give the messages that end in this piece."""
        piece = self._rest + piece
        *messages, rest = piece.split(END)
        if self._is_dropping and messages:
            self._is_dropping = False
            del messages[0]
        if self._is_dropping:
            rest = rest[1 - len(END) :]
        elif len(rest) > MOST_BYTES:
            self._is_dropping = True
            self.oversized += 1
            rest = rest[1 - len(END) :]
        self._rest = rest
        return self._fitting(messages) if len(piece) > MOST_BYTES else messages

    def _fitting(self, messages: list[bytes]) -> list[bytes]:
        fitting = [message for message in messages if len(message) <= MOST_BYTES]
        self.oversized += len(messages) - len(fitting)
        return fitting


def kind(message: bytes) -> bytes:
    """Give the name of an event; empty for anything else."""
    if not message.startswith(EVENT):
        return b""
    end = message.find(LINE_END)
    return message[len(EVENT) : end] if end > 0 else message[len(EVENT) :]


def parse(message: bytes) -> dict[str, str]:
    """Give header and value of each line; lines that are too long or have no value are left out."""
    lines = text(message).split("\r\n")
    if len(message) > MOST_IN_A_LINE:
        lines = [line for line in lines if len(line) <= MOST_IN_A_LINE]
    return {header: value for header, _, value in [line.partition(": ") for line in lines] if value}


def text(message: bytes) -> str:
    """Decode UTF-8; a line that is not UTF-8 is Latin-1, as Asterisk before 18 passes on what a trunk sent."""
    try:
        return message.decode()
    except UnicodeDecodeError:
        return "\r\n".join(_line(line) for line in message.split(LINE_END))


def _line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
