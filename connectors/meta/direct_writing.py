"""What leaves by Messenger and Instagram: words, files and quick replies as the Send API takes them.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages,
https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from aiohttp import FormData
from msgspec import structs

from connectors.meta.graph import Graph
from connectors.meta.told import identity
from hub.chats import Button, SendMessage
from hub.connector import InDoubt, Refused, Rest, Sent
from hub.letters import Enclosure
from hub.said import said

BUTTONS, TITLE, PAYLOAD = 13, 20, 1_000


class Limits(NamedTuple):
    """How many bytes of words one message has, and what an upload is told where it goes ("" for Messenger)."""

    text: int
    platform: str = ""


class Writer:
    """Writes from one page or account of ours."""

    def __init__(self, graph: Graph, own: str, limits: Limits) -> None:
        """Know by what to write."""
        self._graph = graph
        self._own = own or "me"
        self._limits = limits

    async def send(self, command: SendMessage) -> Sent:
        """Send one message; words that have no room in it, or stand beside a file, follow it."""
        if command.template:
            raise Refused(said("There are no templates here."))
        command, rests = _parted(command, self._limits.text)
        if command.file:
            attachment = await self._upload(command.file)
            message: dict[str, object] = {"attachment": attachment}
        else:
            message = {"text": command.text}
        if replies := _quick_replies(command.buttons):
            message["quick_replies"] = replies
        told = {"recipient": {"id": command.to}, "messaging_type": "RESPONSE", "message": message}
        if command.answers:
            told["reply_to"] = {"mid": command.answers}
        sent = identity(await self._graph.post(f"{self._own}/messages", told), "message_id")
        if not sent:
            raise InDoubt(said("Meta's answer cannot be read: it may have been sent, or not."))
        return Sent(sent, rests=rests)

    async def show_typing(self, to: str) -> None:
        """Show that one of us writes."""
        await self._graph.post(
            f"{self._own}/messages", {"recipient": {"id": to}, "sender_action": "typing_on"}
        )

    async def _upload(self, file: Enclosure) -> Mapping[str, object]:
        kind = _kind(file.type)
        message = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
        platform = {"platform": self._limits.platform} if self._limits.platform else {}
        form = FormData({"message": json.dumps(message), **platform})
        form.add_field("filedata", BytesIO(file.content), filename=file.name, content_type=file.type)
        uploaded = identity(
            await self._graph.upload(f"{self._own}/message_attachments", form), "attachment_id"
        )
        if not uploaded:
            raise Refused(said("Meta did not take the file."))
        return {"type": kind, "payload": {"attachment_id": uploaded}}


def _kind(type_: str) -> str:
    family = type_.partition("/")[0]
    return family if family in {"image", "video", "audio"} else "file"


def _parted(command: SendMessage, most: int) -> tuple[SendMessage, tuple[Rest, ...]]:
    """Take off what has no room in one message: the words beside a file, and the end of long ones."""
    text = "\n".join(
        filter(None, [command.text, *(f"{each.text}: {each.url}" for each in command.buttons if each.url)])
    )
    command = structs.replace(
        command, text=text, buttons=tuple(each for each in command.buttons if not each.url)
    )
    if command.file and text:
        return structs.replace(command, text="", buttons=()), (_rest(command, text),)
    now, later = _cut(text, most)
    if later:
        return structs.replace(command, text=now, buttons=()), (_rest(command, later),)
    return command, ()


def _rest(command: SendMessage, text: str) -> Rest:
    return Rest(
        structs.replace(command, text=text, file=None, answers="", message_id=f"{command.message_id}-more")
    )


def _cut(text: str, most: int) -> tuple[str, str]:
    """Cut after as many bytes of UTF-8, between words where there are any."""
    raw = text.encode(errors="replace")
    if len(raw) <= most:
        return text, ""
    head = raw[:most].decode(errors="ignore")
    end = max(head.rfind(" "), head.rfind("\n"))
    head = head[:end] if end > len(head) // 2 else head
    return head, text[len(head) :].lstrip()


def _quick_replies(buttons: Sequence[Button]) -> list[Mapping[str, str]]:
    return [
        {"content_type": "text", "title": each.text[:TITLE], "payload": (each.payload or each.text)[:PAYLOAD]}
        for each in buttons[:BUTTONS]
    ]
