"""The files that came along with a letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from connectors.mail.bounds import IDENTITY, NAME, PART_HEAD, PART_LINES, WINMAILS
from connectors.mail.charset import clean
from connectors.mail.headers import read_headers
from connectors.mail.letter import Attachment, Flag
from connectors.mail.parameters import bare_name
from connectors.mail.parts import Part
from connectors.mail.reports import REPORTS
from connectors.mail.text import is_written
from connectors.mail.transfer import content_of
from connectors.mail.winmail import BrokenWinmail, unpack

_SHOWN = re.compile(rf"cid:([^\"'\s<>)]{{1,{IDENTITY}}})", re.IGNORECASE)
_ENDINGS = {
    "application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "text/plain": ".txt",
    "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s", "message/rfc822": ".eml", "text/rfc822-headers": ".txt",
}  # fmt: skip


def files_in(raw: memoryview, parts: list[Part], html: str, flags: set[Flag]) -> tuple[Attachment, ...]:
    """Give the files in order, each winmail.dat followed by what lies in it; adds to flags what is damaged."""
    shown = {unquote(name).lower() for name in _SHOWN.findall(html)}
    found: list[Attachment] = []
    winmails = 0
    for part in parts:
        if not is_written(part) and not is_invitation(part) and part.type not in REPORTS:
            attachment = _file(raw, part, shown, flags)
            found.append(attachment)
            if _is_winmail(attachment) and (winmails := winmails + 1) <= WINMAILS:
                found.extend(_unpacked(attachment, flags))
    return tuple(found)


def is_invitation(part: Part) -> bool:
    """Tell whether a part is an invitation rather than a file that holds one."""
    return part.type == "text/calendar" and part.disposition.value != "attachment"


def _file(raw: memoryview, part: Part, shown: set[str], flags: set[Flag]) -> Attachment:
    content, whole = content_of(raw[part.start : part.end], part.headers.first("content-transfer-encoding"))
    if not whole:
        flags.add(Flag.DAMAGED)
    content_id = clean(part.headers.first("content-id").strip("<> "))[:IDENTITY]
    return Attachment(
        name=part.name or _named(part, content),
        type=part.type,
        content=content,
        inline=content_id.lower() in shown,
        content_id=content_id,
    )


def _named(part: Part, content: bytes) -> str:
    """Give a name to a file that has none: a letter is called by its subject."""
    ending = _ENDINGS.get(part.type, "")
    if part.type == "message/rfc822":
        subject = read_headers(content, 0, len(content), PART_HEAD // 4, PART_LINES)[0].words("subject")
        if name := bare_name(subject.replace("/", "-").replace("\\", "-"))[: NAME - len(ending)]:
            return name + ending
    return part.type.partition("/")[0] + ending


def _is_winmail(attachment: Attachment) -> bool:
    return attachment.type == "application/ms-tnef" or attachment.name.lower() == "winmail.dat"


def _unpacked(attachment: Attachment, flags: set[Flag]) -> Iterator[Attachment]:
    try:
        files = unpack(attachment.content)
    except BrokenWinmail:
        flags.add(Flag.DAMAGED)
        return
    for number, (name, content) in enumerate(files, 1):
        yield Attachment(name=name or f"{number}", type="application/octet-stream", content=content,
                         unpacked_from=attachment.name)  # fmt: skip
