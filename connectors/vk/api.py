"""VK's API, as a community has it: https://dev.vk.com/api/api-requests and /method/messages.send.

A message is sent with a number that is made of its own id, and VK sends none twice with the same one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import aiohttp
import msgspec

from connectors.chat_json import ADDRESS, Told
from connectors.chat_server import Answered, ask
from connectors.chat_settings import needed
from connectors.vk.settings import VkSettings
from hub.chats import Button, SendMessage, ShowTyping
from hub.connector import AuthFailed, Blocked, Refused, Unavailable
from hub.letters import Enclosure
from hub.said import said

VERSION = "5.199"
PHOTO, FILE = 50_000_000, 200_000_000
SERVER_ERROR = 500
GOOD = 200
TOO_MANY_STATUS = 429
PHOTOS = {"image/jpeg", "image/png", "image/gif"}
VOICE = {"audio/ogg", "audio/opus"}
LABEL = 40
"""Letters on a button."""
# https://dev.vk.com/reference/errors
BROKEN = {1, 10}
TOO_MANY = {6, 9, 29}
NO_KEY = {5, 27, 28}
BLOCKED = {900, 901, 902}
PAUSE = {6: 1.0, 9: 60.0, 29: 3600.0}
SEVERAL = 100
UPLOAD_SECONDS = 300.0


class Api:
    """VK's API for one community."""

    def __init__(self, settings: VkSettings) -> None:
        """Know where it is and who we are there."""
        self._settings = settings

    async def send(self, command: SendMessage) -> str:
        """Send a message and give its number."""
        told = {
            "peer_ids": command.to,
            "random_id": str(random_id(command.message_id)),
            "message": command.text,
            "dont_parse_links": "0",
        }
        if command.file:
            told["attachment"] = await self._upload(command.to, command.file)
        if command.buttons:
            told["keyboard"] = keyboard(command.buttons)
        if command.answers.isdigit():
            told["reply_to"] = command.answers
        return _number(await self._ask("messages.send", told), command.to)

    async def show_typing(self, command: ShowTyping) -> None:
        """Show that one of us is writing; VK shows it for ten seconds."""
        await self._ask("messages.setActivity", {"peer_id": command.to, "type": "typing"})

    async def people(self, ids: Sequence[str]) -> Mapping[str, Told]:
        """Give who they are, by their numbers."""
        told = {"user_ids": ",".join(ids[:SEVERAL]), "fields": "screen_name"}
        answer = await self._ask("users.get", told)
        return {each.word("id"): each for each in answer.each("response")}

    async def group(self) -> Told:
        """Give what VK says of the community."""
        answer = await self._ask("groups.getById", {"group_id": str(self._settings.group_id)})
        found = answer.inner("response").each("groups") or answer.each("response")
        return found[0] if found else Told(None)

    async def confirmation(self) -> str:
        """Give the words that VK wants to hear by now; Refused where the access key may not ask."""
        told = {"group_id": str(self._settings.group_id)}
        answer = await self._ask("groups.getCallbackConfirmationCode", told)
        return answer.inner("response").word("code")

    async def _upload(self, peer: str, file: Enclosure) -> str:
        """Give a file away and give by what VK calls it."""
        if file.type in PHOTOS and file.size <= PHOTO:
            where = await self._ask("photos.getMessagesUploadServer", {"peer_id": peer})
            sent = await self._hand_over(where, "photo", file)
            parts = {name: sent.word(name, ADDRESS) for name in ("server", "hash")}
            saved = await self._ask("photos.saveMessagesPhoto", {**parts, "photo": sent.text("photo")})
            return _called("photo", (saved.each("response") or [Told(None)])[0])
        kind = "audio_message" if file.type in VOICE else "doc"
        where = await self._ask("docs.getMessagesUploadServer", {"peer_id": peer, "type": kind})
        sent = await self._hand_over(where, "file", file)
        saved = await self._ask("docs.save", {"file": sent.text("file"), "title": file.name})
        return _called("doc", saved.inner("response").inner(kind))

    async def _hand_over(self, where: Told, name: str, file: Enclosure) -> Told:
        form = aiohttp.FormData()
        form.add_field(name, file.content, filename=file.name or "file", content_type=file.type or None)
        url = where.inner("response").text("upload_url", ADDRESS)
        if not url:
            raise Refused(said("VK does not say where it takes files."))
        answer = await ask("POST", url, repeats=True, form=form, seconds=UPLOAD_SECONDS)
        _check_status(answer)
        if answer.said.text(name, ADDRESS) in {"", "[]"}:
            raise Refused(said("VK does not take this file: %(why)s", why=answer.said.word("error") or "—"))
        return answer.said

    async def _ask(self, method: str, told: Mapping[str, str]) -> Told:
        headers = {"Authorization": f"Bearer {needed(self._settings.key)}"}
        url = f"{self._settings.base_url.rstrip('/')}/{method}"
        answer = await ask("POST", url, repeats=True, headers=headers, form={**told, "v": VERSION})
        _check_status(answer)
        _check(answer.said.inner("error"))
        return answer.said


def random_id(message_id: str) -> int:
    """Give a number from 1 to 2³¹-1 for a message, always the same one."""
    return int.from_bytes(sha256(message_id.encode()).digest()[:4]) % (2**31 - 1) + 1


def keyboard(buttons: Sequence[Button]) -> str:
    """Write buttons below a message, one in a row; what they send comes back as a message with a payload."""
    rows = [[{"action": _action(each)}] for each in buttons]
    return msgspec.json.encode({"inline": True, "buttons": rows}).decode()


def _action(button: Button) -> Mapping[str, str]:
    label = button.text[:LABEL]
    if button.url:
        return {"type": "open_link", "link": button.url, "label": label}
    payload = msgspec.json.encode({"payload": button.payload or button.text}).decode()
    return {"type": "text", "label": label, "payload": payload}


def _number(answer: Told, peer: str) -> str:
    """Give the number of what was sent, as its answers will call it."""
    several = answer.each("response")
    if not several:
        return answer.word("response")
    _check(several[0].inner("error"))
    number = several[0].word("message_id")
    return number if number not in {"", "0"} else f"{peer}/{several[0].word('conversation_message_id')}"


def _called(kind: str, saved: Told) -> str:
    if not saved.word("id"):
        raise Refused(said("VK did not keep the file."))
    key = saved.word("access_key")
    return f"{kind}{saved.word('owner_id')}_{saved.word('id')}" + (f"_{key}" if key else "")


def _check_status(answer: Answered) -> None:
    if answer.status == TOO_MANY_STATUS:
        raise Unavailable(said("VK was asked too often."), after=answer.after)
    if answer.status >= SERVER_ERROR:
        raise Unavailable(said("VK's server answers %(status)s.", status=answer.status))
    if answer.status != GOOD or not answer.said:
        raise Refused(said("VK's server answers %(status)s.", status=answer.status))


def _check(error: Told) -> None:
    """Say by an exception what VK did not do."""
    code = error.whole("error_code")
    code = error.whole("code") if code is None else code
    why = error.word("error_msg") or error.word("description") or "—"
    if code is None:
        return
    if code in TOO_MANY:
        raise Unavailable(said("VK was asked too often."), after=PAUSE[code])
    if code in BROKEN:
        raise Unavailable(said("VK is in trouble: %(why)s", why=why))
    if code in NO_KEY:
        raise AuthFailed(said("VK refuses the access key: %(why)s", why=why))
    if code in BLOCKED:
        raise Blocked(said("The customer does not let this community write to him."))
    raise Refused(said("VK refuses it: %(why)s", why=why))
