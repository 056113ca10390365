"""What leaves by WhatsApp: words, files, buttons and templates as the Cloud API takes them.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from aiohttp import FormData
from msgspec import structs

from connectors.meta.graph import Graph
from connectors.meta.told import Told, identity, parts
from hub.chats import Button, SendMessage, Template
from hub.connector import InDoubt, Refused, Rest, Sent
from hub.letters import Enclosure
from hub.said import said

BUTTONS, TITLE, PAYLOAD, BODY = 3, 20, 256, 1_024
LARGEST = 100_000_000  # bytes of a file, either way
_NUMBER = re.compile(r"\d+")
_MEGABYTE = 1_000_000
_KINDS = (
    ("image", frozenset({"image/jpeg", "image/png"}), 5 * _MEGABYTE),
    ("video", frozenset({"video/mp4", "video/3gpp"}), 16 * _MEGABYTE),
    ("audio", frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}), 16 * _MEGABYTE),
)  # fmt: skip


class Uploaded(NamedTuple):
    """A file that lies at WhatsApp: what it is sent as, and its object."""

    kind: str
    told: Mapping[str, str]


class Writer:
    """Writes from one number of ours."""

    def __init__(self, graph: Graph, number_id: str) -> None:
        """Know by what to write."""
        self._graph = graph
        self._number_id = number_id

    async def send(self, command: SendMessage) -> Sent:
        """Send one message; what has no room beside a sound follows it."""
        self._check()
        command, rests = _parted(command)
        file = await self._upload(command.file) if command.file else None
        who = "to" if _NUMBER.fullmatch(command.to) else "recipient"
        told = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            who: command.to,
            **_body(command, file),
        }
        if command.answers:
            told["context"] = {"message_id": command.answers}
        many = command.template is not None
        return Sent(_id(await self._graph.post(f"{self._number_id}/messages", told, many=many)), rests=rests)

    async def show_typing(self, seen: str) -> None:
        """Show that one of us writes, and that a message of theirs was read: WhatsApp shows both or neither."""
        self._check()
        if not seen:
            return
        told = {"messaging_product": "whatsapp", "status": "read", "message_id": seen,
                "typing_indicator": {"type": "text"}}  # fmt: skip
        await self._graph.post(f"{self._number_id}/messages", told)

    def _check(self) -> None:
        if not self._number_id:
            raise Refused(said("The ID of our phone number is not set up."))

    async def _upload(self, file: Enclosure) -> Uploaded:
        kind = _kind(file)
        form = FormData({"messaging_product": "whatsapp", "type": file.type})
        form.add_field("file", BytesIO(file.content), filename=file.name, content_type=file.type)
        media = identity(await self._graph.upload(f"{self._number_id}/media", form), "id")
        if not media:
            raise Refused(said("WhatsApp did not take the file."))
        named = {"filename": file.name} if kind == "document" else {}
        return Uploaded(kind, {"id": media, **named})


def _parted(command: SendMessage) -> tuple[SendMessage, tuple[Rest, ...]]:
    """Take off what cannot stand beside a sound."""
    if command.file is None or _kind(command.file) != "audio" or not (command.text or command.buttons):
        return command, ()
    rest = structs.replace(command, file=None, answers="", message_id=f"{command.message_id}-words")
    return structs.replace(command, text="", buttons=()), (Rest(rest),)


def _kind(file: Enclosure) -> str:
    """Give as what a file is sent; Refused where it is too large for that."""
    kind, most = next(
        ((kind, most) for kind, types, most in _KINDS if file.type in types), ("document", LARGEST)
    )
    if file.size > most:
        raise Refused(said("WhatsApp takes %(most)s MB of a file of this kind.", most=most // _MEGABYTE))
    return kind


def _body(command: SendMessage, file: Uploaded | None) -> dict[str, object]:
    if command.template:
        return {"type": "template", "template": _template(command.template, command.values, file)}
    pressed, linked = _buttons(command.buttons)
    text = "\n".join([*filter(None, [command.text]), *linked])
    if pressed:
        return {"type": "interactive", "interactive": _interactive(text, pressed, file)}
    if file:
        caption = {"caption": text} if text else {}
        return {"type": file.kind, file.kind: {**file.told, **caption}}
    return {"type": "text", "text": {"body": text, "preview_url": False}}


def _buttons(buttons: Sequence[Button]) -> tuple[list[Button], list[str]]:
    """Part those that answer from those that open an address, which become lines: the two do not go together."""
    return [each for each in buttons if not each.url], [
        f"{each.text}: {each.url}" for each in buttons if each.url
    ]


def _interactive(text: str, buttons: Sequence[Button], file: Uploaded | None) -> Mapping[str, object]:
    if not text or len(text) > BODY:
        raise Refused(said("Above buttons stand words, %(most)s letters at most.", most=BODY))
    if len(buttons) > BUTTONS:
        raise Refused(said("There are %(most)s buttons at most.", most=BUTTONS))
    replies = [
        {"type": "reply", "reply": {"id": (each.payload or each.text)[:PAYLOAD], "title": each.text[:TITLE]}}
        for each in buttons
    ]
    header = {"header": {"type": file.kind, file.kind: file.told}} if file else {}
    return {"type": "button", **header, "body": {"text": text}, "action": {"buttons": replies}}


def _template(template: Template, values: Sequence[str], file: Uploaded | None) -> Mapping[str, object]:
    # A value has no line breaks there.
    texts = [{"type": "text", "text": " ".join(value.split())} for value in values]
    header = [{"type": file.kind, file.kind: file.told}] if file else []
    both = (("header", header), ("body", texts))
    components = [{"type": name, "parameters": parameters} for name, parameters in both if parameters]
    return {"name": template.name, "language": {"code": template.language}, "components": components}


def _id(told: Told) -> str:
    """Give what WhatsApp calls what was sent."""
    found = next((identity(message, "id") for message in parts(told, "messages")), "")
    if not found:
        raise InDoubt(said("Meta's answer cannot be read: it may have been sent, or not."))
    return found
