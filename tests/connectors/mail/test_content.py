"""Letters in every character set, flowing text, invitations and files of Outlook's."""

from __future__ import annotations

import struct

import pytest

from connectors.mail import Flag, Letter, read_letter
from connectors.mail.charset import decode
from connectors.mail.winmail import SIGNATURE, BrokenWinmail, unpack

RUSSIAN = "Здравствуйте, не пришёл заказ"
SWEDISH = "Lampan är trasig, hälsar Åsa"


@pytest.mark.parametrize(
    ("text", "written", "named", "mended"),
    [
        (SWEDISH, "utf-8", "utf-8", False),
        (SWEDISH, "utf-8", "", False),
        (SWEDISH, "utf-8", "iso-8859-1", True),
        (SWEDISH, "cp1252", "iso-8859-1", False),
        (SWEDISH, "cp1252", "utf-8", True),
        (SWEDISH, "cp1252", "us-ascii", True),
        (SWEDISH, "utf-16", "utf-8", False),
        (SWEDISH, "utf-7", "utf-7", False),
        ("Größe", "cp1252", "x-unknown", True),
        ("Pris “5 €”", "cp1252", "ISO-8859-1", False),
        (RUSSIAN, "cp1251", "windows-1251", False),
        (RUSSIAN, "cp1251", "utf-8", True),
        (RUSSIAN, "koi8-r", "", True),
        ("窓を二つ", "iso2022_jp", "ISO-2022-JP", False),
        ("窓を二つ", "cp932", "shift_jis", False),
        ("模型", "gb18030", "gb2312", False),
        ("plain", "ascii", "no such set", False),
        ("plain", "ascii", "rot13", False),
        ("plain", "ascii", "base64", False),
    ],
)
def test_a_text_is_read_as_it_was_written(text: str, written: str, named: str, mended: bool) -> None:  # noqa: FBT001
    assert decode(text.encode(written), named) == (text, mended)


def test_a_text_cut_in_the_middle_of_a_letter_is_read_up_to_there() -> None:
    assert decode(RUSSIAN.encode()[:-1], "utf-8") == (RUSSIAN[:-1] + "\ufffd", True)


def test_html_may_name_its_own_character_set() -> None:
    page = '<meta charset="windows-1251"><p>' + RUSSIAN
    letter = read_letter(b"From: a@x.example\nContent-Type: text/html\n\n" + page.encode("cp1251"))
    assert (letter.text, letter.flags) == (RUSSIAN, ())


def flowed(text: str, more: str = "") -> str:
    return read_letter(f"Content-Type: text/plain; format=flowed{more}\n\n{text}".encode()).text


def test_flowing_lines_are_put_together_and_quotes_and_signatures_are_not() -> None:
    assert flowed("one \ntwo\n\nthree \n> four \n> five \n six\n-- \nEva") == (
        "one two\n\nthree \n> four \n> five \nsix\n-- \nEva"
    )


@pytest.mark.parametrize(
    "page", ["<p>a<p>b", "<div>a</div><div><br></div><div>b</div>", "a<br><br>b", "a<br>\n<br>\n\n<br>b"]
)
def test_paragraphs_stand_apart(page: str) -> None:
    assert read_letter(f"Content-Type: text/html\n\n{page}".encode()).text == "a\n\nb"


def test_what_is_hidden_in_html_is_not_read() -> None:
    page = "<title>T</title><style>p{}</style><div style='display: none'>pre</div><p>a<!-- b --><script>c()</script>"
    assert read_letter(f"Content-Type: text/html\n\n{page}".encode()).text == "a"


def invited(*lines: str, event: bool = True, kind: str = "text/calendar; method=REQUEST") -> Letter:
    body = ["BEGIN:VEVENT", *lines, "END:VEVENT"] if event else list(lines)
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *body, "END:VCALENDAR", ""])
    return read_letter(f"From: a@x.example\r\nContent-Type: {kind}\r\n\r\n{text}".encode())


@pytest.mark.parametrize(
    ("lines", "starts", "ends"),
    [
        (["DTSTART:20250910T113000Z", "DTEND:20250910T120000Z"], "2025-09-10T11:30", "2025-09-10T12:00"),
        (
            ["DTSTART;TZID=Europe/Stockholm:20250910T133000", "DURATION:PT1H"],
            "2025-09-10T11:30",
            "2025-09-10T12:30",
        ),
        (["DTSTART;TZID=W. Europe Standard Time:20250110T133000"], "2025-01-10T12:30", "None"),
        (
            ["DTSTART;VALUE=DATE:20250910", "DTEND;VALUE=DATE:20250911"],
            "2025-09-10T00:00",
            "2025-09-11T00:00",
        ),
        (["DTSTART:20250910T133000"], "2025-09-10T13:30", "None"),
    ],
    ids=["utc", "zone", "windows-zone", "whole-day", "local"],
)
def test_a_proposed_date_is_read(lines: list[str], starts: str, ends: str) -> None:
    found = invited("UID:1", "SUMMARY:Möte", *lines).calendar
    assert found
    assert (found.method, found.summary) == ("REQUEST", "Möte")
    assert (found.starts_at.isoformat()[:16], f"{found.ends_at and found.ends_at.isoformat()}"[:16]) == (
        starts,
        ends,
    )


def test_whole_days_and_local_hours_are_told_from_moments() -> None:
    day, local = invited("DTSTART;VALUE=DATE:20250910").calendar, invited("DTSTART:20250910T133000").calendar
    assert day
    assert local
    assert (day.all_day, day.floating, local.all_day, local.floating) == (True, False, False, True)


@pytest.mark.parametrize("lines", [["DTSTART:soon"], ["SUMMARY:no date"], ["DTSTART:99999999T999999Z"]])
def test_an_unreadable_invitation_is_told(lines: list[str]) -> None:
    letter = invited(*lines)
    assert (letter.calendar, letter.flags) == (None, (Flag.CALENDAR,))


def test_a_calendar_that_is_a_file_is_kept_as_one_too() -> None:
    letter = invited("DTSTART:20250910T113000Z", kind="application/ics; name=invite.ics")
    assert letter.calendar
    assert [each.name for each in letter.attachments] == ["invite.ics"]


def attribute(name: int, value: bytes) -> bytes:
    return struct.pack("<BIi", 2, name, len(value)) + value + b"\0\0"


def text_property(name: int, value: bytes) -> bytes:
    return struct.pack("<HHII", 0x1F, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)


LONG = "Årsredovisning 2025.pdf".encode("utf-16-le") + b"\0\0"
OTHERS = struct.pack("<HHi", 3, 0x3705, 1) + struct.pack("<HHiHxx", 0x1002, 0x3706, 1, 5)
NAMED = struct.pack("<HH16sIIi", 3, 0x8001, b"guid", 0, 7, 1)


def test_a_file_of_outlooks_has_its_long_name() -> None:
    properties = struct.pack("<I", 4) + OTHERS + NAMED + text_property(0x3707, LONG)
    data = SIGNATURE + b"\1\0" + attribute(0x69002, b"") + attribute(0x18010, b"ARSRED~1.PDF\0")
    data += attribute(0x6800F, b"%PDF") + attribute(0x69005, properties)
    assert unpack(data) == [("Årsredovisning 2025.pdf", b"%PDF")]


@pytest.mark.parametrize("cut", range(1, 90, 7))
def test_a_broken_winmail_dat_is_given_up_or_read_in_part(cut: int) -> None:
    data = (
        SIGNATURE
        + b"\1\0"
        + attribute(0x69002, b"")
        + attribute(0x18010, b"A.TXT\0")
        + attribute(0x6800F, b"x" * 60)
    )
    try:
        assert unpack(data[:-cut]) in ([("A.TXT", b"")], [("A.TXT", b"x" * 60)], [])
    except BrokenWinmail:
        letter = read_letter(b"Content-Type: application/ms-tnef\n\n" + data[:-cut])
        assert letter.flags[-1] == Flag.DAMAGED
        assert letter.attachments[0].content == data[:-cut]
