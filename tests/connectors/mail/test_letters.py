"""Letters as mail programs and servers send them, with invented people: what is read of each.

letters/ holds them byte for byte; expected.json says what each is for, and what must be read of it.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from connectors.mail import Letter, read_letter

LETTERS = Path(__file__).parent / "letters"
EXPECTED = json.loads((LETTERS / "expected.json").read_text(encoding="utf-8"))


def read(name: str) -> Letter:
    return read_letter((LETTERS / name).read_bytes())


def shown(letter: Letter) -> dict[str, object]:
    """Give a letter as expected.json tells of it."""
    told = msgspec.to_builtins(letter)
    own = [each for each in letter.attachments if not each.inline and not each.unpacked_from]
    return told | {
        "sender": letter.sender.address if letter.sender else "",
        "name": letter.sender.name if letter.sender else "",
        "reply_to": [each.address for each in letter.reply_to],
        "references": list(letter.references),
        "fields": [[field.label, field.value] for field in letter.fields],
        "attachments": [[each.name, each.type, each.size] for each in own],
        "inline": [
            [each.name, each.type, each.size, each.content_id] for each in letter.attachments if each.inline
        ],
        "unpacked": [[each.name, each.size] for each in letter.attachments if each.unpacked_from],
        "bounce": msgspec.to_builtins(letter.bounce),
    }


def agrees(expected: object, found: object) -> bool:
    """Tell whether what was found has all that is expected; None is anything."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(agrees(expected[key], found.get(key)) for key in expected)
    if isinstance(expected, list):
        return (
            isinstance(found, list | tuple)
            and len(expected) == len(found)
            and all(map(agrees, expected, found))
        )
    return expected is None or expected == found


@pytest.mark.parametrize("name", EXPECTED)
def test_a_letter_says_what_stands_beside_it(name: str) -> None:
    found = shown(read(name))
    for key, expected in EXPECTED[name].items():
        part, _mark, how = key.partition("_")
        if how == "contains":
            assert [words for words in expected if words not in str(found[part])] == []
        elif how == "excludes":
            assert [words for words in expected if words in str(found[part])] == []
        elif key != "what":
            assert agrees(expected, found[key]), f"{key}: {found[key]!r}"


def test_every_letter_is_spoken_of() -> None:
    assert sorted(EXPECTED) == sorted(file.name for file in LETTERS.glob("*.eml"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_letter_read_again_says_the_same(name: str) -> None:
    assert read(name) == read(name)


def test_an_attached_letter_stays_as_it_is() -> None:
    (attached,) = read("04_forward_as_rfc822.eml").attachments
    assert attached.content.startswith(b"From: Kund Ett <kund1@example.net>\r\nTo: bo.ek@example.com")
    assert attached.content.decode().endswith("Inre text: lampan är röd.\r\n")


def test_an_inline_picture_is_named_by_the_html_that_shows_it() -> None:
    letter = read("03_related_inline_pdf.eml")
    (picture,) = [each for each in letter.attachments if each.inline]
    assert f"cid:{picture.content_id}" in letter.html
    assert picture.content.startswith(b"\x89PNG")


def test_html_becomes_lines_that_a_person_reads() -> None:
    assert read("10_base64_html_only.eml").text == (
        "Hello team,\n\nplease call me on 070‑123 45 67 or see our page.\n\n- one\n- two\n\nTotal  12 €"  # noqa: RUF001
    )


def test_the_file_in_a_winmail_dat_lies_beside_it() -> None:
    winmail, text = read("34_winmail_dat.eml").attachments
    assert (winmail.name, text.name, text.unpacked_from) == ("winmail.dat", "avtal.txt", "winmail.dat")
    assert text.content == b"Avtalstext rad 1\r\n"
