"""What the hub asks of the PBX about who answers: in and out of queues, pauses, and listening to a call.

Each is sent once; what the PBX refuses is said in our words where its own say too little.
"""

from __future__ import annotations

import asyncio
import secrets

from connectors.asterisk.calls import Calls
from connectors.asterisk.link import Link
from connectors.asterisk.panel import Panel
from connectors.asterisk.refusals import in_words
from connectors.asterisk.settings import AsteriskSettings
from connectors.asterisk.telephones import LISTENS
from hub.connector import Refused
from hub.events import Command, EnterQueue, LeaveQueue, Listen, Pause
from hub.said import said

RING_SECONDS = 20
SIGN_SECONDS = 5.0


class Supervisor:
    """Acts on one PBX over one connection."""

    def __init__(
        self, settings: AsteriskSettings, link: Link, calls: Calls, panel: Panel, news: asyncio.Condition
    ) -> None:
        """Act by these settings; `news` is notified when more was heard."""
        self._settings = settings
        self._link = link
        self._calls = calls
        self._panel = panel
        self._news = news

    async def do(self, command: Command) -> str:
        """Carry out a command and give what it is known by; Refused with words where it cannot be done."""
        match command:
            case EnterQueue():
                device = self._settings.dial.format(extension=command.extension)
                await self._ask(command.extension, command.queue, Action="QueueAdd", Queue=command.queue,
                                Interface=device, MemberName=command.name or command.extension)  # fmt: skip
            case LeaveQueue():
                await self._ask(command.extension, command.queue, Action="QueueRemove", Queue=command.queue,
                                Interface=self._device(command.extension, command.queue))  # fmt: skip
            case Pause():
                await self._pause(command)
            case Listen():
                return await self._listen(command)
        return ""

    async def _pause(self, command: Pause) -> None:
        reason = {} if command.ends else {"Reason": command.reason}
        await self._ask(command.extension, Action="QueuePause", Interface=self._device(command.extension),
                        Paused="false" if command.ends else "true", **reason)  # fmt: skip

    async def _listen(self, command: Listen) -> str:
        spied = self._calls.channels(command.call, command.to).own
        if not spied:
            raise Refused(said("%(extension)s is not in this call any more.", extension=command.to))
        own = f"{LISTENS}{command.how}-{secrets.token_hex(8)}"
        await self._ask(
            command.by, Action="Originate", Channel=self._settings.dial.format(extension=command.by),
            Context=self._settings.listen, Exten=command.how, Priority="1", CallerID=command.to,
            Timeout=str(RING_SECONDS * 1000), Async="true", ChannelId=own, ActionID=own,
            Variable=f"RINGBACK_CHANNEL={spied}",
        )  # fmt: skip
        if not await self._rings(command.by):
            raise Refused(said("Your telephone did not ring: is it connected, and free?"))
        return own

    async def _ask(self, extension: str, queue: str = "", /, **fields: str) -> None:
        try:
            await self._link.act(fields, lists=False)
        except Refused as error:
            raise Refused(in_words(error, extension, queue)) from error

    def _device(self, extension: str, queue: str = "") -> str:
        known = self._panel.queues.interface(extension, queue)
        return known or self._settings.dial.format(extension=extension)

    async def _rings(self, extension: str) -> bool:
        try:
            async with asyncio.timeout(SIGN_SECONDS), self._news:
                await self._news.wait_for(lambda: self._panel.telephones.rings(extension))
        except TimeoutError:
            return False
        return True
