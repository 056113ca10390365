"""Invented people who fill in the form without pause, and remember which of their forms were answered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp

FIRST = ("Anna", "Bertil", "Cecilia", "David", "Eva", "Fredrik", "Gunilla", "Hassan")
LAST = ("Berg", "Dahl", "Ek", "Forsman", "Gren", "Holm", "Isaksson")
BROWSER, SCRIPT = "text/html", "application/json"
ANSWERED = {SCRIPT: 200, BROWSER: 303}
PICTURE = 300_000  # bytes: more than the journal keeps in its row
PICTURE_HEAD = (
    b'--klarruta\r\nContent-Disposition: form-data; name="picture"; filename="hall.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n"
)
BREATH = 0.02
PATIENCE = aiohttp.ClientTimeout(total=20)


@dataclass(slots=True)
class Visitor:
    """One invented person with a form. `patient` ones have a nonce and try until they are answered."""

    number: int
    answered: bool = False

    @property
    def name(self) -> str:
        """Unlike anybody else's."""
        return f"{FIRST[self.number % len(FIRST)]} {LAST[self.number % len(LAST)]} {self.number}"

    @property
    def phone(self) -> str:
        """Unlike anybody else's."""
        return f"+46701{self.number:06d}"

    @property
    def patient(self) -> bool:
        """Tell whether this one tries again until there is an answer."""
        return self.number % 3 == 0

    @property
    def accept(self) -> str:
        """Some come by a browser, others by a script."""
        return BROWSER if self.number % 2 else SCRIPT

    def form(self) -> tuple[bytes, str]:
        """Fill in the form: a body and its content type. The same each time."""
        windows = f"{self.number % 9 + 1} windows"
        answers = {"name": self.name, "phone": self.phone, "message": windows, "roof": "red"}
        if self.patient:
            answers["_nonce"] = f"visit-{self.number}"
        if self.number % 4 < 2:
            return urlencode(answers).encode(), "application/x-www-form-urlencoded"
        return self._multipart(answers), "multipart/form-data; boundary=klarruta"

    def _multipart(self, answers: dict[str, str]) -> bytes:
        parts = [
            f'--klarruta\r\nContent-Disposition: form-data; name="{label}"\r\n\r\n{value}\r\n'.encode()
            for label, value in answers.items()
        ]
        if self.number % 20 == 2:
            parts.append(PICTURE_HEAD + self.picture() + b"\r\n")
        return b"".join(parts) + b"--klarruta--\r\n"

    def picture(self) -> bytes:
        """Take a picture that nobody else has."""
        return f"\xff\xd8 {self.number}".encode("latin-1").ljust(PICTURE, b"\x11")


@dataclass(slots=True)
class Visitors:
    """Everybody who comes, over several connections at once, until told to stop."""

    address: str
    sent: list[Visitor] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    tries: int = 0
    _stopping: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def come(self, connections: int) -> None:
        """Send without pause until `stop`; the patient ones who began then still end."""
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            await asyncio.gather(*(self._send(session) for _ in range(connections)))

    def stop(self) -> None:
        """Let nobody else begin."""
        self._stopping = True

    async def _send(self, session: aiohttp.ClientSession) -> None:
        while not self._stopping:
            visitor = Visitor(next(self._numbers))
            self.sent.append(visitor)
            await self._try(session, visitor)
            while visitor.patient and not visitor.answered:
                await self._try(session, visitor)

    async def _try(self, session: aiohttp.ClientSession, visitor: Visitor) -> None:
        body, kind = visitor.form()
        self.tries += 1
        try:
            async with session.post(
                self.address, data=body, headers={"Content-Type": kind, "Accept": visitor.accept},
                allow_redirects=False,
            ) as answer:  # fmt: skip
                if answer.status == ANSWERED[visitor.accept]:
                    visitor.answered = True  # from here on, even if the rest of the answer does not come
                else:
                    self.refused.append((visitor.number, f"{answer.status} {await answer.text()}"))
        except (aiohttp.ClientError, OSError, TimeoutError):
            await asyncio.sleep(BREATH)  # it is down: the next try would be as fruitless
