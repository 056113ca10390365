"""The link to one PBX: logs in once, notices when it is lost, and never sends anything twice.

    link = Link(address, frozenset({"DeviceStateChange"}))
    await link.connect()
    calls.resync(await link.snapshot(silent_since))
    while True:
        changed = calls.hear(await link.events())

Everything here raises the hub's three exceptions. ConnectionError and TimeoutError mean that an action was sent and
nobody knows what became of it.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from contextlib import suppress
from typing import Any, NamedTuple

from connectors.asterisk.calls import WANTED
from connectors.asterisk.inbox import Inbox
from connectors.asterisk.messages import parse
from connectors.asterisk.permissions import DENIED, denied, unheard
from connectors.asterisk.resync import Snapshot
from connectors.asterisk.wire import Action, Session, Wanted, Wire
from connectors.asterisk.words import Message
from hub.clock import now
from hub.connector import AuthFailed, Refused, Unavailable
from hub.said import Said, said

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
PING_EVERY = 5.0
PING_SECONDS = 5.0
"""A half-open link is noticed within the sum of both."""
ACTION_SECONDS = 10.0
AT_ONCE = 500
"""Messages that are parsed before others get their turn."""


class Address(NamedTuple):
    """Where a PBX is and who we are there; `tls` is None for a plain connection."""

    host: str
    port: int
    user: str
    secret: str
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        """Leave the secret out, for logs."""
        return f"{self.user}@{self.host}:{self.port}"


class Link:
    """One connection, from its log-in until it is lost; for the next one make another.

    `others` are kinds of events beside those that make calls, such as "QueueMemberStatus".
    """

    def __init__(self, address: Address, others: frozenset[str] = frozenset(),
                 ping_every: float = PING_EVERY, ping_seconds: float = PING_SECONDS) -> None:  # fmt: skip
        """Do no I/O."""
        self._address = address
        self._inbox = Inbox()
        self._wanted = Wanted(_encoded(WANTED), _encoded(others - WANTED))
        self._every, self._patience = ping_every, ping_seconds
        self._session: Session | None = None
        self._wire: Wire | None = None
        self._pinger: asyncio.Task[None] | None = None
        self._connected_at = 0.0
        self._kinds: set[str] = set()

    @property
    def is_up(self) -> bool:
        """Say whether actions can be sent."""
        return self._wire is not None and not self._wire.closed and not self._wire.transport.is_closing()

    @property
    def heard_at(self) -> float | None:
        """Give when the PBX was last heard, in seconds since 1970: the next link's `silent_since`."""
        return self._wire.heard_at if self._wire else None

    @property
    def dropped(self) -> Counter[str]:
        """Count what was not kept: "others", "oversized", and "calls", after which a snapshot is due."""
        oversized = self._wire.cutter.oversized if self._wire else 0
        return self._inbox.dropped + Counter({"oversized": oversized})

    @property
    def lost_calls(self) -> bool:
        """Tell whether events of calls found no room, after which a snapshot is due."""
        return self._inbox.dropped["calls"] > 0

    async def connect(self) -> None:
        """Connect and log in. Unavailable if nobody answers, AuthFailed if the PBX refuses us; tries once."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                answer = await self._log_in()
        except (OSError, TimeoutError) as error:
            self.close()
            raise Unavailable(self._no_way(error)) from error
        if not answer.success:
            self.close()
            raise AuthFailed(_refusal(self._address.user))
        self._connected_at = _clock()
        self._pinger = asyncio.create_task(self._ping())

    async def events(self) -> list[tuple[dict[str, str], float]]:
        """Wait for events and give them with the moments at which they came; Unavailable when the link is lost."""
        heard = await self._inbox.take(AT_ONCE)
        if not heard:
            raise Unavailable(said("The connection to the PBX was lost."))
        await asyncio.sleep(0)
        events = [(parse(message), at) for message, at in heard]
        self._kinds.update([message.get("Event", "") for message, _ in events])
        return events

    async def act(
        self, action: Action, seconds: float = ACTION_SECONDS, *, lists: bool | None = None
    ) -> list[Message]:
        """Send an action once and give its answer, with the items of a list after it.

        `lists=False` takes the first answer, as for an Originate that goes on by itself; None goes by what it says.
        Unavailable: it was not sent. Refused: the PBX does not do it. TimeoutError, ConnectionError: sent, unknown.
        """
        if self._session is None or not self.is_up:
            raise Unavailable(said("There is no connection to the PBX."))
        async with asyncio.timeout(seconds):
            answers = await self._session.send_action(dict(action), as_list=lists)
        messages: list[Message] = [
            dict(each) for each in (answers if isinstance(answers, list) else [answers])
        ]
        if messages[0].get("Response") == "Error":
            raise Refused(self._why(str(action["Action"]), messages[0].get("Message", "")))
        return messages

    async def snapshot(self, silent_since: float | None = None) -> Snapshot:
        """Ask what lives. `silent_since` is when the link before this one was last heard."""
        at = _clock()
        rows = await self._rows("CoreShowChannels")
        if rows is not None:
            rows += await self._rows("Status") or []
            rows += await self._rows("QueueStatus") or []
        uptime = self._wire.uptime if self._wire else None
        return Snapshot(rows, at, uptime, silent_since)

    async def ask_devices(self) -> None:
        """Have the PBX tell how each telephone is, as events; one that cannot tells it of the members of queues."""
        with suppress(Refused, TimeoutError):
            await self.act({"Action": "DeviceStateList"})

    async def recording(self, channel: str) -> str:
        """Give the file to which a channel is recorded; "" where there is none, or it is gone."""
        try:
            answer = await self.act(
                {"Action": "Getvar", "Channel": channel, "Variable": "MIXMONITOR_FILENAME"}
            )
        except (Refused, ValueError):
            return ""
        return answer[0].get("Value", "")

    def lacks(self, snapshot: Snapshot) -> list[Said]:
        """Say what must be added to manager.conf, seen from what is listed and was never told."""
        return unheard(snapshot.items or (), self._kinds, _clock() - self._connected_at, self._address.user)

    def close(self) -> None:
        """End it; whoever waits for an event hears that it is lost."""
        if self._pinger:
            self._pinger.cancel()
        if self._session:
            self._session.close()
        self._inbox.close()

    def _no_way(self, error: Exception) -> Said:
        """Say why there is no connection."""
        address = repr(self._address)
        if isinstance(error, ssl.SSLCertVerificationError):
            why = error.verify_message
            return said(
                "The certificate of the PBX at %(address)s is not trusted: %(why)s", address=address, why=why
            )
        if isinstance(error, ssl.SSLError):
            return said("The PBX at %(address)s does not speak TLS there.", address=address)
        return said("The PBX at %(address)s does not answer.", address=address)

    async def _log_in(self) -> Any:  # noqa: ANN401 - panoramisk has no types
        address = self._address
        self._session = Session(self._new_wire, self._inbox.close, host=address.host, port=address.port,
                                user=address.user, secret=address.secret, tls=address.tls)  # fmt: skip
        await self._session.connect()
        return await self._session.authenticated_future

    def _new_wire(self) -> Wire:
        self._wire = Wire(self._inbox, self._wanted, _clock)
        return self._wire

    async def _ping(self) -> None:
        """Notice a link on which nothing comes back; what comes instead of the answer is a sign of life too."""
        while self.is_up:
            await asyncio.sleep(self._every)
            asked_at = _clock()
            with suppress(TimeoutError, ConnectionError, Unavailable, Refused):
                await self.act({"Action": "Ping"}, self._patience)
            if self._wire and self._wire.heard_at < asked_at:
                log.warning("the PBX at %r is silent", self._address)
                self._wire.transport.abort()

    async def _rows(self, action: str) -> list[Message] | None:
        """Give a list's items; None where the PBX refuses it."""
        try:
            return (await self.act({"Action": action}))[1:-1]
        except Refused as error:
            log.warning("%s", error)
            return None

    def _why(self, action: str, words: str) -> str:
        return denied(action, self._address.user) if words.lower() == DENIED else words


def _refusal(user: str) -> Said:
    return said(
        "The PBX refuses user “%(user)s”: the secret is wrong, or manager.conf does not permit our address.",
        user=user,
    )


def _encoded(names: frozenset[str]) -> frozenset[bytes]:
    return frozenset(name.encode() for name in names)


def _clock() -> float:
    return now().timestamp()
