"""What Viber is told: messages of ours, and where this hub is (https://developers.viber.com/docs/api/rest-bot-api/)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connectors.chat_json import Told
from connectors.chat_server import ask
from connectors.chat_settings import needed
from connectors.viber.files import address_of
from connectors.viber.settings import NAME, ViberSettings
from hub.chats import Button, SendMessage
from hub.connector import AuthFailed, Blocked, InDoubt, Refused, Unavailable
from hub.letters import Enclosure
from hub.said import said

CAPTION = 768
PICTURE = 1_000_000
VIDEO = 26_000_000
FILE = 50_000_000
SERVER_ERROR = 500
TOO_MANY = 429
# Of the statuses that Viber answers with: 0 is good, 12 too many, and all that is not here is final.
OK, MANY, NOT_SUBSCRIBED = 0, 12, 6
_OUR_FAULT = {2, 7, 8, 9, 15, 24}
_EVENTS = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
PAUSE = 60.0
"""Seconds until we ask again who was asked too often, where nothing says when."""


class Api:
    """Viber's API, as one bot has it."""

    def __init__(self, settings: ViberSettings, channel: str, hub: str) -> None:
        """Know where it is and who we are there, and under which address it reaches the hub, "" where none is said."""
        self._settings = settings
        self._hub = hub
        self._channel = channel

    async def send(self, command: SendMessage) -> str:
        """Send a message and give its token; InDoubt where nobody knows whether it left."""
        answer = await self._ask("send_message", self._message(command))
        token = answer.word("message_token")
        if not token:
            raise InDoubt(said("Viber took it, but did not say under which number."))
        return token

    async def account(self) -> Told:
        """Give what Viber knows of the bot: its name, and the address to which it tells what happens."""
        return await self._ask("get_account_info", {}, repeats=True)

    async def tell_address(self, address: str) -> None:
        """Have Viber tell what happens to an address, which it tries at once."""
        told = {"url": address, "event_types": list(_EVENTS), "send_name": True, "send_photo": False}
        await self._ask("set_webhook", told, repeats=True)

    def _message(self, command: SendMessage) -> Mapping[str, object]:
        settings = self._settings
        message: dict[str, object] = {
            "receiver": command.to,
            "min_api_version": 1,
            "sender": {"name": settings.name or self._channel[:NAME]},
        }
        message |= (
            self._file(command.file, command.text) if command.file else {"type": "text", "text": command.text}
        )
        if command.buttons:
            message |= {"keyboard": _keyboard(command.buttons), "tracking_data": _tracked(command.buttons)}
        return message

    def _file(self, file: Enclosure, text: str) -> Mapping[str, object]:
        if not self._hub.startswith("https://"):
            raise Refused(said(
                "Viber fetches files itself, from an https address alone: say in ringback.toml under which url the hub "
                "is reached.",
            ))  # fmt: skip
        media = address_of(self._hub, self._channel, needed(self._settings.secret), file)
        if file.type in {"image/jpeg", "image/png"} and file.size <= PICTURE and len(text) <= CAPTION:
            return {"type": "picture", "text": text, "media": media}
        if text:
            raise Refused(said("Viber takes no words beside a file: send them by themselves."))
        if file.type == "video/mp4" and file.size <= VIDEO:
            return {"type": "video", "media": media, "size": file.size}
        if file.size > FILE:
            raise Refused(said("The file is larger than %(most)s MB.", most=FILE // 1_000_000))
        return {"type": "file", "media": media, "size": file.size, "file_name": (file.name or "file")[-256:]}

    async def _ask(self, what: str, told: Mapping[str, object], *, repeats: bool = False) -> Told:
        headers = {"X-Viber-Auth-Token": needed(self._settings.secret)}
        url = f"{self._settings.base_url.rstrip('/')}/{what}"
        answer = await ask("POST", url, repeats=repeats, headers=headers, json=told)
        if answer.status == TOO_MANY:
            raise Unavailable(said("Viber was asked too often."), after=answer.after or PAUSE)
        if answer.status >= SERVER_ERROR:
            words = said("Viber's server answers %(status)s.", status=answer.status)
            raise (Unavailable if repeats else InDoubt)(words)
        if "status" not in answer.said:
            raise Refused(said("Viber's server answers %(status)s.", status=answer.status))
        _check(answer.said)
        return answer.said


def _check(answer: Told) -> None:
    """Say by an exception what Viber did not do."""
    status, why = answer.whole("status"), answer.word("status_message") or "—"
    if status == OK:
        return
    if status == NOT_SUBSCRIBED:
        raise Blocked(said("The customer does not get messages of this bot (any more)."))
    if status == MANY:
        raise Unavailable(said("Viber was asked too often."), after=PAUSE)
    if status in _OUR_FAULT:
        raise AuthFailed(said("Viber refuses the bot: %(why)s", why=why))
    raise Refused(said("Viber refuses it: %(why)s", why=why))


def _keyboard(buttons: tuple[Button, ...]) -> Mapping[str, object]:
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": [_button(each) for each in buttons]}


def _button(button: Button) -> Mapping[str, object]:
    does = ("open-url", button.url) if button.url else ("reply", button.payload or button.text)
    return {
        "Columns": 6,
        "Rows": 1,
        "Text": _plain(button.text),
        "ActionType": does[0],
        "ActionBody": does[1],
    }


def _plain(text: str) -> str:
    """Write words so that they stay words: those of a button are HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _tracked(buttons: tuple[Button, ...]) -> str:
    """Note which words stood for which payload: it comes back with the answer."""
    words = {each.payload: each.text for each in buttons if each.payload and not each.url}
    return msgspec.json.encode({"buttons": words}).decode()
