"""Letters that came to harm on their way: whatever happened, they are read, and what is read can be stored.

EXAMPLES says how many; a long run takes 20000.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.mail import WORDS, Flag, Letter, read_letter
from connectors.mail.bounds import ADDRESSES, PARTS, REFERENCES, SUBJECT, TEXT, UNPACKED

EXAMPLES = int(os.environ.get("EXAMPLES", "300"))
SECONDS = 2.0
LETTERS = [file.read_bytes() for file in sorted((Path(__file__).parent / "letters").glob("*.eml"))]
PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff", b"\xed\xa0\xbd", b"\xc3", b"=", b"=?", b"?=",
    b'"', b"\\", b"(", b"<", b">", b",", b":", b";", b"@", b"--", b"\r\n--m5\r\n", b"\r\n--mix--\r\n",
    b"=?utf-8?b?/////w==?=", b"=?utf-16?q?=00=d8?=", b"=?x?q?a?=", b"; charset=utf-16",
    b"; charset=iso-2022-jp", b"; charset=utf-7", b"; charset=rot13", b"; charset=base64",
    b"; name*0*=x''%", b"; filename*=utf-8''%ff%fe", b"; boundary=",
    b"\r\nContent-Type: multipart/mixed; boundary=x\r\n", b"\r\nContent-Type: message/rfc822\r\n",
    b"\r\nContent-Type: text/html\r\n", b"\r\nContent-Type: text/calendar\r\n",
    b"\r\nContent-Type: application/ms-tnef\r\n", b"\r\nContent-Type: message/delivery-status\r\n",
    b"\r\nContent-Type: message/feedback-report\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n",
    b"\r\nContent-Transfer-Encoding: quoted-printable\r\n", b"\r\nFrom: MAILER-DAEMON\r\n",
    b"\r\nDate: Mon, 1 Jan 0001 00:00:00 +2359\r\n", b"\r\nDate: 31 Dec 9999 23:59:59 -2359\r\n",
    b"\r\nReply-To: a@b.example\r\n", b"a@b.example", b"\r\nReferences: <a@b> <a@b>\r\n", b"<div>",
    b"</td>", b"<!--", b"&#0;", b"> ", b"BEGIN:VEVENT\r\n", b"DTSTART:00010101T000000Z\r\n",
    b"DTSTART;TZID=Europe/Stockholm:99991231T235959\r\n", b"RRULE:FREQ=SECONDLY\r\n", b'x\x9f>"',
    b"\xff\xff\xff\xff",
]  # fmt: skip


def cut(raw: bytes, chance: Random) -> bytes:
    first, last = sorted((chance.randint(0, len(raw)), chance.randint(0, len(raw))))
    return raw[:first] + raw[last:] if last - first < len(raw) // 2 else raw[first:last]


def insert(raw: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(raw))
    return raw[:place] + chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 200)) + raw[place:]


def change(raw: bytes, chance: Random) -> bytes:
    place = chance.randint(0, max(len(raw) - 1, 0))
    return raw[:place] + bytes([chance.randint(0, 255)]) + raw[place + 1 :]


def repeat(raw: bytes, chance: Random) -> bytes:
    first = chance.randint(0, len(raw))
    last = first + chance.randint(0, 300)
    return raw[:last] + raw[first:last] * chance.randint(1, 30) + raw[last:]


def join(raw: bytes, chance: Random) -> bytes:
    other = chance.choice(LETTERS)
    return raw[: chance.randint(0, len(raw))] + other[chance.randint(0, len(other)) :]


HARMS: list[Callable[[bytes, Random], bytes]] = [cut, insert, insert, change, change, repeat, join]


def harmed(raw: bytes, chance: Random) -> bytes:
    for _turn in range(chance.randint(1, 8)):
        raw = chance.choice(HARMS)(raw, chance)
    return raw


def lines(text: str) -> set[str]:
    return {line.strip() for line in text.split("\n")}


def check(letter: Letter) -> None:
    """Assert what always holds."""
    stored = msgspec.json.encode(msgspec.structs.replace(letter, attachments=()))
    names = msgspec.json.encode([[each.name, each.type, each.content_id] for each in letter.attachments])
    assert b"\\u0000" not in stored + names
    assert len(letter.text) <= TEXT
    assert len(letter.subject) <= SUBJECT
    assert max(len(letter.to), len(letter.cc)) <= ADDRESSES
    assert len(letter.references) <= REFERENCES
    assert len(letter.attachments) <= PARTS * (1 + UNPACKED)
    assert not any({"/", "\\", "\n"} & set(each.name) or not each.name for each in letter.attachments)
    assert lines(letter.reply) <= lines(letter.text)
    assert bool(letter.reply) == bool(letter.text.strip())


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)
@given(which=st.sampled_from(range(len(LETTERS))), seed=st.integers(0, 2**40))
def test_a_harmed_letter_is_read(which: int, seed: int) -> None:
    raw = harmed(LETTERS[which], Random(seed))  # noqa: S311 - a test's own chance
    began = time.thread_time()
    letter = read_letter(raw, "mx.example.org")
    assert time.thread_time() - began < SECONDS
    check(letter)


@settings(max_examples=EXAMPLES, deadline=None)
@given(raw=st.binary(max_size=2_000))
def test_any_bytes_are_a_letter(raw: bytes) -> None:
    check(read_letter(raw))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    head=st.lists(
        st.tuples(
            st.sampled_from(("From", "To", "Subject", "Content-Type", "Date", "References", "Reply-To")),
            st.text(max_size=80),
        ),
        max_size=8,
    ),
    body=st.text(max_size=300),
)
def test_any_text_is_a_letter(head: list[tuple[str, str]], body: str) -> None:
    lines = [f"{name}: {value}" for name, value in head]
    check(read_letter("\r\n".join([*lines, "", body]).encode("utf-8", "surrogatepass")))


def test_every_flag_has_words_for_people() -> None:
    assert set(WORDS) == set(Flag)
