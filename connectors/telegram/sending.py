"""What we say, as calls of the Bot API: text, or one file with words beside it, and buttons below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest

from connectors.telegram.calls import Calls
from connectors.telegram.pace import Pace
from connectors.telegram.places import Address, number_in, read_address
from hub.chats import Button, SendMessage, ShowTyping
from hub.connector import Refused, Unavailable
from hub.letters import Enclosure
from hub.said import said

_PAYLOAD = 64
"""Bytes of what a button sends."""
_PHOTO = 10 * 1024 * 1024
"""Bytes of a picture that is shown as one; a larger one goes as a file."""
_PICTURES = ("image/jpeg", "image/png", "image/webp")
_SOUNDS = ("audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/aac")


class _Around(TypedDict):
    """What goes with every message, whatever is in it."""

    message_thread_id: int | None
    business_connection_id: str | None
    reply_parameters: ReplyParameters | None
    reply_markup: InlineKeyboardMarkup | None


class Writer:
    """Says what is to be said by one bot."""

    def __init__(self, calls: Calls, pace: Pace) -> None:
        """Say nothing yet."""
        self._calls = calls
        self._pace = pace

    async def say(self, command: SendMessage) -> str:
        """Send a message, and give what it is called; raises as `Sender.send` does."""
        address = read_address(command.to)
        if command.template:
            raise Refused(said("Telegram has no templates: write it in words."))
        around = _around(command, address)
        await self._pace.keep(address.chat_id)
        try:
            async with self._calls.at_hand(changes=True) as api:
                sent = await _sent(api.bot, address, command, around)
        except Unavailable as error:
            if error.after is not None:
                self._pace.hold(address.chat_id, error.after)
            raise
        return address.message(sent.message_id)

    async def show_typing(self, command: ShowTyping) -> str:
        """Show that one of us writes; it fades after five seconds."""
        address = read_address(command.to)
        async with self._calls.at_hand() as api:
            await api.bot.send_chat_action(
                address.chat_id, ChatAction.TYPING, message_thread_id=address.topic,
                business_connection_id=address.business,
            )  # fmt: skip
        return ""


async def _sent(bot: Bot, address: Address, command: SendMessage, around: _Around) -> Message:
    file = command.file
    if file is None:
        return await bot.send_message(address.chat_id, command.text, **around)
    if file.type in _PICTURES and len(file.content) <= _PHOTO:
        try:
            return await bot.send_photo(
                address.chat_id, file.content, caption=command.text or None, filename=file.name, **around
            )
        except BadRequest as error:
            if not _is_no_photo(error):
                raise
    return await _sent_file(bot, address, file, command.text or None, around)


async def _sent_file(
    bot: Bot, address: Address, file: Enclosure, words: str | None, around: _Around
) -> Message:
    chat, content, name = address.chat_id, file.content, file.name
    if file.type in {"audio/ogg", "audio/opus"}:
        return await bot.send_voice(chat, content, caption=words, filename=name, **around)
    if file.type in _SOUNDS:
        return await bot.send_audio(chat, content, caption=words, filename=name, **around)
    if file.type == "video/mp4":
        return await bot.send_video(
            chat, content, caption=words, filename=name, supports_streaming=True, **around
        )
    if file.type == "image/gif":
        return await bot.send_animation(chat, content, caption=words, filename=name, **around)
    return await bot.send_document(
        chat, content, caption=words, filename=name, disable_content_type_detection=True, **around
    )


def _is_no_photo(error: BadRequest) -> bool:
    """Tell whether a picture was refused as one, such as one that is too long: it goes as a file, as it is."""
    return any(
        each in error.message.upper() for each in ("PHOTO_", "IMAGE_PROCESS", "WRONG TYPE OF THE WEB PAGE")
    )


def _around(command: SendMessage, address: Address) -> _Around:
    answered = number_in(command.answers) if command.answers else None
    reply = ReplyParameters(message_id=answered, allow_sending_without_reply=True) if answered else None
    return _Around(message_thread_id=address.topic, business_connection_id=address.business,
                   reply_parameters=reply, reply_markup=_keyboard(command.buttons))  # fmt: skip


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Give the buttons, each on a line of its own."""
    return InlineKeyboardMarkup([[_button(each)] for each in buttons]) if buttons else None


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.text, url=button.url)
    payload = button.payload or button.text
    if not payload or len(payload.encode()) > _PAYLOAD:
        raise Refused(said("What the button “%(text)s” sends is longer than 64 bytes.", text=button.text))
    return InlineKeyboardButton(button.text, callback_data=payload)
