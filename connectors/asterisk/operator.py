"""What the hub asks of the PBX: to ring two telephones, and what people do in the middle of a call.

Each is sent once. An answer of the PBX says that it was understood; where that is not yet what was asked for, we wait
a moment for the sign that it happened.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress

from connectors.asterisk.calls import Calls, Channels
from connectors.asterisk.link import Link
from connectors.asterisk.plan import LISTS
from connectors.asterisk.settings import AsteriskSettings
from hub.clock import now
from hub.connector import Refused
from hub.events import Command, HandOn, HangUp, ListCaller, Park, PlaceCall, Record
from hub.said import said

RING_SECONDS = 30
SIGN_SECONDS = 10.0
"""A question to a colleague is put by tones; the PBX waits for more of them, three seconds unless it is told other."""
PARKED_SECONDS = 60


class Operator:
    """Acts on one PBX over one connection."""

    def __init__(self, settings: AsteriskSettings, link: Link, calls: Calls, news: asyncio.Condition) -> None:
        """Act by these settings; `news` is notified when more was heard."""
        self._settings = settings
        self._link = link
        self._calls = calls
        self._news = news

    async def do(self, command: Command) -> str:
        """Carry out a command and give what it is known by; Refused with words where it cannot be done."""
        match command:
            case PlaceCall():
                return await self._place(command)
            case HangUp():
                return await self._hang_up(command)
            case HandOn():
                return await self._hand_on(command)
            case Park():
                return await self._park(command)
            case Record():
                return await self._record(command)
            case ListCaller():
                return await self._list(command)
        raise Refused(said("A PBX carries no messages."))

    async def _place(self, command: PlaceCall) -> str:
        own = command.own or f"ringback-{secrets.token_hex(8)}"
        shown = self._settings.caller_for(command.department, command.number)
        variables = [f"__RINGBACK_CALLERID={shown}"] if shown else []
        variables += [f"RINGBACK_SAY={command.say}"] if command.say else []
        self._calls.expect(own, command.number, now().timestamp())
        try:
            await self._link.act({
                "Action": "Originate", "Channel": self._settings.dial.format(extension=command.device),
                "Context": self._settings.context, "Exten": command.number, "Priority": "1",
                "CallerID": command.number, "Timeout": str(RING_SECONDS * 1000), "Async": "true",
                "ChannelId": own, "ActionID": own,
                **({"Variable": ",".join(variables)} if variables else {}),
            }, lists=False)  # fmt: skip
        except Refused:
            self._calls.forget(own)
            raise
        return own

    async def _hang_up(self, command: HangUp) -> str:
        own = self._own(command.call, command.by).own
        self._calls.end_by_staff(command.call)
        await self._act("Hangup", Channel=own, Cause="16")
        return own

    async def _hand_on(self, command: HandOn) -> str:
        own = self._own(command.call, command.by).own
        action = "Atxfer" if command.ask else "BlindTransfer"
        await self._act(action, Channel=own, Exten=command.to, Context=self._settings.transfer)
        if not await self._sign(lambda: self._calls.is_rung(command.call, command.to)):
            words = said("The telephone %(extension)s did not ring.", extension=command.to)
            raise Refused(_no_question(command.to) if command.ask else words)
        return command.to

    async def _park(self, command: Park) -> str:
        channels = self._own(command.call, command.by)
        if not channels.customer:
            raise Refused(said("Nobody is there who could be parked."))
        await self._act("Park", Channel=channels.customer, TimeoutChannel=channels.own,
                        Timeout=str(PARKED_SECONDS * 1000))  # fmt: skip
        return channels.customer

    async def _record(self, command: Record) -> str:
        """Silence a recording, or let it be heard again; beginning one is the dial plan's."""
        channels = self._own(command.call, command.by)
        known = self._calls.recorder(command.call)
        state = "0" if command.on else "1"
        for channel in dict.fromkeys(filter(None, (known, channels.customer, channels.own))):
            with suppress(Refused):
                await self._act("MixMonitorMute", Channel=channel, Direction="both", State=state)
                return channel
        raise Refused(said("The PBX does not record this call."))

    async def _list(self, command: ListCaller) -> str:
        """Have the dial plan write it, which is all that it lets us write."""
        number = command.number.removeprefix("+")
        await self._link.act({
            "Action": "Originate", "Channel": f"Local/{number}@{LISTS}", "Application": "Hangup", "Async": "true",
            "Variable": [f"RINGBACK_LIST={command.list}", f"RINGBACK_VALUE={command.value}"],
        }, lists=False)  # fmt: skip
        return number

    async def _act(self, action: str, **fields: str) -> None:
        await self._link.act({"Action": action, **fields}, lists=False)

    def _own(self, call: str, extension: str) -> Channels:
        channels = self._calls.channels(call, extension)
        if not channels.own:
            raise Refused(said("Your telephone is not in this call any more."))
        return channels

    async def _sign(self, happened: Callable[[], bool]) -> bool:
        """Wait until it happened; False when nothing came in time."""
        try:
            async with asyncio.timeout(SIGN_SECONDS), self._news:
                await self._news.wait_for(happened)
        except TimeoutError:
            return False
        return True


def _no_question(extension: str) -> str:
    return said(
        "%(extension)s was not asked: the PBX must have a code for it (atxfer), and “t” and “T” in Dial and Queue.",
        extension=extension,
    )
