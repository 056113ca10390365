"""The web chat connector: what visitors write, from bytes to `MessageReceived`, kept before they are told.

What we write needs no road of its own: it has left once it stands in the chat, which the visitor's browsers are shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from aiohttp import web

from connectors.webchat import pages, posted, visitors
from connectors.webchat.gate import Gate
from connectors.webchat.posted import Posted
from connectors.webchat.settings import MEGABYTE, ChatSettings
from connectors.webchat.sites import cors, may_come
from hub.chats import Chatter, MessageReceived, Rules, SendMessage, ShowTyping
from hub.clock import now
from hub.connector import Answer, Connector, Doubt, Place, Raw, Refused
from hub.events import Command, Event
from hub.languages import N_, _
from hub.networks import network_of
from hub.said import said

PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Max-Age": "86400",
}


class WebChat(Connector):
    """The chat in the company's own pages."""

    kind: ClassVar[str] = "webchat"
    settings_type: ClassVar[type[ChatSettings]] = ChatSettings
    settings: ChatSettings
    rules: ClassVar[Rules] = Rules(handle="webchat", buttons=8, repeats=True)
    carries: ClassVar[tuple[type, ...]] = (SendMessage, ShowTyping)
    places: ClassVar[Sequence[Place]] = (Place(N_("Put it on a site"), "/web-chats/{id}", "link"),)
    templates: ClassVar[Path | None] = Path(__file__).parent / "web" / "templates"
    is_tried: ClassVar[bool] = True

    def __init__(self, channel: str, token: str, settings: ChatSettings) -> None:
        """Open its gate."""
        super().__init__(channel, token, settings)
        self.gate = Gate(settings)

    @classmethod
    def routes(cls) -> Iterable[web.RouteDef]:
        """Give the script, the chat's own page, and what visitors' browsers ask for."""
        return [*pages.routes(), *visitors.routes()]

    def read(self, raw: Raw) -> Sequence[Event]:
        """Give the message; nothing for a trial."""
        sent, content = posted.parse(raw.body)
        if sent.trial:
            return ()
        visitor = self.gate.visitor(sent.v)
        if not visitor:
            raise ValueError(
                said("Nobody can say whose message this is: its sender's pass is not of this channel.")
            )
        text, files = posted.plain(sent.text, posted.TEXT), posted.file_of(sent, content)
        if not text and not files:
            raise ValueError(said("The message is empty."))
        answered = posted.answered(sent, self.settings)
        name = posted.name(sent, answered, visitor)
        cut = (said("It was longer than %(most)s letters, and cut.", most=posted.TEXT),)
        return (MessageReceived(
            key=f"{visitor}.{sent.id}", chat=visitor, text=text, files=files,
            sender=Chatter(id=visitor, name=name, language=posted.language(sent)),
            pressed=posted.plain(sent.pressed, posted.VALUE), origin=posted.origin(sent.page), answered=answered,
            department=self.settings.department, remarks=cut if len(sent.text) > posted.TEXT else (),
        ),)  # fmt: skip

    async def send(self, command: Command) -> str:
        """Say that it left: it stands in the chat, and the visitor is shown that."""
        if isinstance(command, SendMessage):
            return command.message_id
        if isinstance(command, ShowTyping):
            return ""
        raise Refused(said("A web chat carries messages alone."))

    def key(self, raw: Raw) -> str:
        """Give the visitor's own key of the message: sent again, it is the same."""
        sent = _sent(raw)
        return f"{self.gate.visitor(sent.v)}.{sent.id}" if sent else raw.key

    def stream(self, raw: Raw) -> str:
        """Keep the order of what one visitor writes."""
        sent = _sent(raw)
        return self.gate.visitor(sent.v) if sent else ""

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse what no page of ours sent, and what comes too fast or too large."""
        if not may_come(raw.headers, self.settings.origins, self.address):
            return self._told(raw, 403, _("The chat does not belong to this site."))
        try:
            sent, content = posted.parse(raw.body)
        except ValueError as error:
            return self._told(raw, 400, str(error))
        return None if sent.trial else self._unfit(raw, sent, content) or self._too_fast(raw, sent)

    def doubt(self, raw: Raw) -> Doubt | None:
        """Doubt nothing: who has no pass was refused."""
        del raw
        return None

    def answer(self, raw: Raw) -> Answer:
        """Tell the browser that its message is kept."""
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **self._cors(raw)}
        return Answer(status=200, headers=headers, body=msgspec.json.encode({"ok": True, "id": raw.key}))

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let pages of the channel's sites post; empty for a foreign origin."""
        allowed = cors(headers, self.settings.origins)
        return {**allowed, **PREFLIGHT} if allowed else {}

    def trial(self) -> Raw:
        """Give a message that becomes nothing."""
        headers = {"content-type": "text/plain", "sec-fetch-site": "same-origin"}
        return Raw(body=b'{"trial":true}', headers=headers, received_at=now())

    def _unfit(self, raw: Raw, sent: Posted, content: bytes) -> Answer | None:
        if not self.gate.visitor(sent.v):
            return self._told(raw, 401, _("Nobody knows you by this any more."))
        if len(content) > self.settings.largest_file * MEGABYTE:
            words = _("Files up to %(most)s MB can be sent.", most=self.settings.largest_file)
            return self._told(raw, 413, words)
        has_words = posted.plain(sent.text, posted.TEXT) or posted.file_of(sent, content)
        return None if has_words else self._told(raw, 400, _("The message is empty."))

    def _too_fast(self, raw: Raw, sent: Posted) -> Answer | None:
        network = network_of(raw.headers.get(":remote", ""))  # the company's own is none
        seconds = self.gate.messages.wait(self.gate.visitor(sent.v)) or (
            self.gate.networks.wait(network) if network else 0.0
        )
        return self._told(raw, 429, _("Not so fast."), seconds) if seconds else None

    def _cors(self, raw: Raw) -> Mapping[str, str]:
        return cors(raw.headers, self.settings.origins)

    def _told(self, raw: Raw, status: int, words: str, seconds: float = 0.0) -> Answer:
        told = {"type": "about:blank", "title": words, "status": status, "detail": words}
        headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store", **self._cors(raw)}
        if seconds:
            headers |= {"Retry-After": str(math.ceil(seconds))}
        return Answer(status=status, headers=headers, body=msgspec.json.encode(told))


def _sent(raw: Raw) -> Posted | None:
    """Give what somebody sent; None for a trial, and for junk, which is refused."""
    try:
        sent, _content = posted.parse(raw.body)
    except ValueError:
        return None
    return None if sent.trial else sent
