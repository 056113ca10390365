"""A fetched letter as an item of the journal."""

from __future__ import annotations

import hashlib

from connectors.mail.bounds import HEAD, LINES
from connectors.mail.headers import read_headers
from connectors.mail.imap_answers import Letter
from connectors.mail.people import read_people
from hub.clock import now
from hub.connector import Raw


def key_of(raw: bytes) -> str:
    """Give the key of a letter in the journal."""
    return f"letter {hashlib.sha256(raw).hexdigest()}"


def place_of(validity: int, uid: int) -> str:
    """Say where in its folder a letter lies: a UID counts for one UIDVALIDITY."""
    return f"{validity} {uid}"


def item_of(folder: str, validity: int, letter: Letter) -> tuple[str, Raw]:
    """Give its key and the item; of a large letter that takes long enough for others to wait for it."""
    headers = {"content-type": "message/rfc822", "folder": folder, "place": place_of(validity, letter.uid)}
    read, _body = read_headers(letter.raw, 0, len(letter.raw), HEAD, LINES)
    if sender := read_people(read).sender:
        headers["from"] = sender.address
    if not letter.is_whole:
        headers["cut"] = str(letter.size)  # bytes of all of it, of which this is the header
    return key_of(letter.raw), Raw(body=letter.raw, headers=headers, received_at=now())
