"""A fetched letter as an item of the journal."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from connectors.mail.bounds import HEAD, LINES
from connectors.mail.headers import Headers, read_headers
from connectors.mail.imap_answers import Letter
from connectors.mail.people import read_people
from connectors.mail.thread import read_thread
from hub.clock import now
from hub.connector import Raw


class Item(NamedTuple):
    """A letter as the journal keeps it; those of one thread are of one stream: answers come behind questions."""

    key: str
    raw: Raw
    stream: str


def item_of(folder: str, validity: int, letter: Letter) -> Item:
    """Make an item of a letter; of a large one that takes long enough for others to wait for it."""
    headers = {
        "content-type": "message/rfc822", "folder": folder, "place": place_of(folder, validity, letter.uid),
    }  # fmt: skip
    read, _body = read_headers(letter.raw, 0, len(letter.raw), HEAD, LINES)
    if sender := read_people(read).sender:
        headers["from"] = sender.address
    if not letter.is_whole:
        headers["cut"] = str(letter.size)  # bytes of all of it, of which this is the header
    key = f"letter {hashlib.sha256(letter.raw).hexdigest()}"
    return Item(key, Raw(body=letter.raw, headers=headers, received_at=now()), _stream(read) or key)


def place_of(folder: str, validity: int, uid: int) -> str:
    """Say where a letter lies: a UID counts in one folder, for one UIDVALIDITY."""
    return f"{validity} {uid} {folder}"


def _stream(headers: Headers) -> str:
    """Give the first letter of its thread, as far as it says so; "" for none."""
    thread = read_thread(headers)
    first = next(iter(thread.references), "") or thread.in_reply_to or thread.message_id
    return f"thread {first}" if first else ""
