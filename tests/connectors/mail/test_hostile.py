"""Letters made to hurt: every one is read within two seconds, and what was left out is said."""

from __future__ import annotations

import time
import tracemalloc

import msgspec
import pytest

from connectors.mail import Flag, read_letter
from connectors.mail.bounds import ADDRESSES, PARTS, REFERENCES, TEXT
from tests.connectors.mail import hostile
from tests.connectors.mail.hostile import LETTERS

SECONDS = 2.0
MEGABYTE = 1_000_000


@pytest.mark.parametrize("name", LETTERS)
def test_a_hostile_letter_is_read_within_two_seconds(name: str) -> None:
    raw = LETTERS[name]()
    began = time.thread_time()
    letter = read_letter(raw, "mx.example.org")
    assert time.thread_time() - began < SECONDS
    assert len(letter.text) <= TEXT
    assert b"\\u0000" not in msgspec.json.encode(msgspec.structs.replace(letter, attachments=()))


def test_text_survives_100000_nested_divs() -> None:
    letter = read_letter(hostile.html(b"hello" + b"<div>" * 90_000 + b"deep"))
    assert letter.text == "hello\ndeep"


def test_of_3000_references_the_first_and_the_last_are_kept() -> None:
    letter = read_letter(LETTERS["3000-references"]())
    assert len(letter.references) == REFERENCES
    assert letter.references[0].startswith("0@")
    assert letter.references[-1].startswith("2999@")
    assert letter.flags == (Flag.REFERENCES_CUT,)


def test_of_10000_parts_the_first_are_kept() -> None:
    letter = read_letter(LETTERS["10000-broken-files"]())
    assert len(letter.attachments) == PARTS
    assert letter.flags == (Flag.DAMAGED, Flag.PARTS_CUT)


def test_of_20000_recipients_the_first_are_kept() -> None:
    letter = read_letter(hostile.header(b"Cc", b",".join(b"a%d@b.example" % n for n in range(3_000))))
    assert len(letter.cc) == ADDRESSES
    assert letter.flags == (Flag.ADDRESSES_CUT,)


def test_what_is_nested_too_deep_is_kept_as_a_file() -> None:
    letter = read_letter(hostile.nested(100))
    assert letter.flags == (Flag.LEVELS_CUT,)
    assert letter.attachments[0].content.endswith(b"in the middle")


def test_a_long_text_is_cut_and_that_is_said() -> None:
    letter = read_letter(LETTERS["20-megabytes-of-text"]())
    assert letter.text.startswith("a line of text\na line")
    assert letter.flags == (Flag.TEXT_CUT,)


def test_a_letter_beyond_all_measure_is_read_at_its_beginning() -> None:
    letter = read_letter(hostile.letter("text/plain", b"hello\r\n" * 6 * MEGABYTE))
    assert letter.flags == (Flag.LETTER_CUT, Flag.TEXT_CUT)
    assert letter.sender is not None


def test_25_megabytes_take_no_more_memory_than_their_files() -> None:
    pdf = b"JVBERi0xLjQKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBv\r\n" * 320_000
    raw = hostile.letter("application/pdf", pdf, b"Content-Transfer-Encoding: base64\r\n")
    tracemalloc.start()
    letter = read_letter(raw)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.1 * len(raw)
    assert letter.attachments[0].size == 320_000 * 57
