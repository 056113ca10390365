"""A letter as it came, read: pure and total, whatever the bytes are. Meant to be called beside the event loop.

Where two things contradict each other, what a stranger could not have written counts, and then what comes first.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from connectors.mail.bounds import HEAD, IDENTITY, LETTER, LINES, SUBJECT
from connectors.mail.dates import sent_at
from connectors.mail.files import files_in, is_invitation
from connectors.mail.headers import Headers, read_headers
from connectors.mail.invitation import read_invitation
from connectors.mail.kinds import Known, kind_of, wish_of
from connectors.mail.letter import Bounce, Flag, Invitation, Letter
from connectors.mail.parts import Part, Parts
from connectors.mail.people import People, read_people
from connectors.mail.plain_bounce import is_from_a_server, read_plain_bounce
from connectors.mail.reply import new_part
from connectors.mail.reports import read_reports
from connectors.mail.suspicion import called_spam
from connectors.mail.text import is_written, written_in
from connectors.mail.thread import Thread, read_thread
from connectors.mail.verdicts import read_verdicts
from connectors.mail.webform import read_form, read_known_form
from hub.forms import Field

_BRACKETS = re.compile(r"<([^<>]*)>")
_OPAQUE = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})


def read_letter(raw: bytes, server: str = "", websites: Collection[str] = ()) -> Letter:
    """Read a letter. `server` is how our receiving server calls itself in Authentication-Results, "" for unknown.

    `websites` are senders, in lower case, whose letters are forms whatever they look like.
    Nothing raises; what was left out is said in `flags`. It needs memory for the decoded files beside the letter.
    """
    end = min(len(raw), LETTER)
    headers, body = read_headers(raw, 0, end, HEAD, LINES)
    opened = Parts(raw)
    parts = list(opened.of(headers, body, end))
    types = frozenset(part.type for part in parts) | opened.kinds
    view = memoryview(raw)
    people = read_people(headers)
    thread = read_thread(headers)
    subject = headers.words("subject")[:SUBJECT]
    written = written_in(view, [part for part in parts if is_written(part)])
    fields = _fields(people, written.text, websites)
    bounces = _bounces(view, parts, headers, people, subject, written.text)
    known = Known(headers=headers, people=people, subject=subject, text=written.text, bounces=bounces, types=types,
                  is_form=bool(fields))  # fmt: skip
    kind, automatic = kind_of(known)
    heads = [headers, *(part.headers for part in parts)]
    flags = {*opened.flags, *people.flags, *written.flags, *_flags(heads, types), *_cut(raw, thread)}
    return Letter(
        kind=kind,
        automatic=automatic,
        sender=people.sender,
        to=people.to,
        cc=people.cc,
        reply_to=people.reply_to,
        subject=subject,
        text=written.text,
        reply=new_part(written.text),
        html=written.html,
        attachments=files_in(view, parts, written.html, flags),
        sent_at=sent_at(headers),
        message_id=thread.message_id,
        in_reply_to=thread.in_reply_to,
        references=thread.references,
        list_id=_list_id(headers),
        fields=fields if kind == "form" else (),
        token=wish_of(people) if kind == "unsubscribe" else "",
        bounces=bounces,
        calendar=_invitation(view, parts, flags),
        verdicts=read_verdicts(headers, server),
        called_spam=called_spam(headers),
        flags=tuple(flag for flag in Flag if flag in flags),
    )


def _fields(people: People, text: str, websites: Collection[str]) -> tuple[Field, ...]:
    """Give the answers of a form that a website mails."""
    if people.sender is not None and people.sender.address.lower() in websites:
        return read_known_form(text)
    return read_form(people.sender, people.reply_to, text)


def _bounces(
    raw: memoryview, parts: list[Part], headers: Headers, people: People, subject: str, text: str
) -> tuple[Bounce, ...]:
    """Give what is reported of recipients: as a report for programs says, else what a mail server wrote."""
    sender = people.sender.address if people.sender else ""
    if found := read_reports(raw, parts, people.detail):
        return found
    if is_from_a_server(headers, sender):
        return read_plain_bounce(sender, subject, text, people.detail)
    return ()


def _invitation(raw: memoryview, parts: list[Part], flags: set[Flag]) -> Invitation | None:
    """Give the first invitation that can be read, be it a file."""
    calendars = [part for part in parts if part.type in {"text/calendar", "application/ics"}][:3]
    for part in sorted(calendars, key=is_invitation, reverse=True):
        if found := read_invitation(raw, part):
            return found
    if calendars:
        flags.add(Flag.CALENDAR)
    return None


def _flags(heads: list[Headers], types: frozenset[str]) -> set[Flag]:
    return {
        flag
        for flag, holds in (
            (Flag.HEADERS_CUT, any(head.cut for head in heads)),
            (Flag.MENDED, any(head.mended for head in heads)),
            (Flag.SIGNED, "multipart/signed" in types),
            (Flag.ENCRYPTED, not _OPAQUE.isdisjoint(types)),
        )
        if holds
    }


def _cut(raw: bytes, thread: Thread) -> set[Flag]:
    kept = ((Flag.LETTER_CUT, len(raw) > LETTER), (Flag.REFERENCES_CUT, thread.cut))
    return {flag for flag, holds in kept if holds}


def _list_id(headers: Headers) -> str:
    """Give the list's own id (RFC 2919), which stands behind its name."""
    written = headers.words("list-id")
    named = _BRACKETS.findall(written)
    return (named[-1] if named else written).strip()[:IDENTITY]
