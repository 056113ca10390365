"""Letters that nobody writes by hand: each is meant to cost the reader time or memory, or to break it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

HEAD = b"From: Eve <eve@example.net>\r\nTo: support@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def letter(content_type: str, body: bytes, more: bytes = b"") -> bytes:
    """Make a letter of one part."""
    return HEAD + more + f"Content-Type: {content_type}\r\n\r\n".encode() + body


def nested(levels: int) -> bytes:
    """Make multiparts that lie in one another."""
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level)
        for level in range(levels)
    )
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\nin the middle"


def many(parts: int, kind: bytes = b"text/plain", body: bytes = b"x") -> bytes:
    """Make a letter of many parts."""
    part = b"--b\r\nContent-Type: " + kind + b"\r\n\r\n" + body + b"\r\n"
    return letter('multipart/mixed; boundary="b"', part * parts + b"--b--\r\n")


def dashes(length: int) -> bytes:
    """Open a multipart whose boundary is so many dashes."""
    line = b"-" * length
    return b'Content-Type: multipart/mixed; boundary="' + line + b'"\r\n\r\n--' + line + b"\r\n"


def html(body: bytes) -> bytes:
    """Make a letter in HTML."""
    return letter("text/html; charset=utf-8", body)


def calendar(body: bytes) -> bytes:
    """Make an invitation."""
    return letter(
        "text/calendar; method=REQUEST",
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + body + b"END:VCALENDAR\r\n",
    )


def zone(rule: bytes) -> bytes:
    """Make a time zone that changes by this rule, and a date in it."""
    return (
        b"BEGIN:VTIMEZONE\r\nTZID:Eve\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0200\r\n"
        b"TZOFFSETTO:+0100\r\nRRULE:" + rule + b"\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        b"BEGIN:VEVENT\r\nDTSTART;TZID=Eve:20250910T133000\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
    )


def header(name: bytes, value: bytes) -> bytes:
    """Make a letter with one long header."""
    return HEAD + name + b": " + value + b"\r\n\r\nhello"


def winmail(body: bytes) -> bytes:
    """Make a letter with a winmail.dat."""
    return letter('application/ms-tnef; name="winmail.dat"', b"\x78\x9f\x3e\x22\x01\x00" + body)


def bounce(body: bytes) -> bytes:
    """Make what a mail server may have written."""
    return b"Return-Path: <>\r\nFrom: MAILER-DAEMON@example.net\r\nSubject: failure notice\r\n\r\n" + body


def report(body: bytes) -> bytes:
    """Make a report on what became of letters."""
    return letter(
        "multipart/report; report-type=delivery-status; boundary=b",
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + body + b"\r\n--b--\r\n",
    )


WINMAIL = b"\x78\x9f\x3e\x22\x01\x00" + b"\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00"
LETTERS: Mapping[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one-break": lambda: b"\r\n",
    "zeros": lambda: b"\0" * 1_000_000,
    "all-bytes": lambda: bytes(range(256)) * 4_000,
    "no-break-in-25-megabytes": lambda: b"a" * 25_000_000,
    "breaks-alone": lambda: b"\n" * 5_000_000,
    "returns-alone": lambda: HEAD + b"\r\n" + b"\r" * 2_000_000,
    "100000-divs": lambda: html(b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000),
    "100000-quotes": lambda: html(b"<blockquote>q" * 100_000),
    "100000-lists": lambda: html(b"<ul><li>" * 100_000 + b"deep"),
    "open-comments": lambda: html(b"<!--" * 300_000),
    "open-tags": lambda: html(b"<a " * 300_000),
    "attributes": lambda: html(b"<p " + b'style="x:y" a=b ' * 50_000 + b">hello"),
    "wide-table": lambda: html(b"<table><tr><td>" + b"a" * 50_000 + b"</td></tr>" + b"<tr><td>b</td></tr>" * 20_000),
    "entities": lambda: html(b"&amp;&#x110000;&#0;" * 100_000),
    "picture-in-html": lambda: html(b'<img src="data:image/png;base64,' + b"A" * 5_000_000 + b'">hello'),
    "100000-headers": lambda: HEAD + b"X-Eve: 1\r\n" * 100_000 + b"\r\nhello",
    "long-subject": lambda: header(b"Subject", b"a" * 60_000),
    "long-unknown-header": lambda: header(b"X-Eve", b"a b " * 15_000),
    "folded-subject": lambda: header(b"Subject", b"a\r\n " * 60_000),
    "encoded-words": lambda: header(b"Subject", b"=?utf-8?b?w6U=?= " * 4_000),
    "broken-encoded-words": lambda: header(b"Subject", b"=?a?q?" * 12_000),
    "3000-references": lambda: header(b"References", b"<%d@example.net> ".join([b""] * 3_001) % tuple(range(3_000))),
    "open-references": lambda: header(b"References", b"<" * 200_000),
    "references-without-brackets": lambda: header(b"References", b"a@" * 100_000),
    "100000-recipients": lambda: header(b"Cc", b",".join(b"a%d@example.net" % n for n in range(20_000))),
    "open-quotes": lambda: header(b"Cc", b'"\\' * 100_000),
    "open-remarks": lambda: header(b"Cc", b"(" * 200_000),
    "open-addresses": lambda: header(b"From", b"<a@b" * 50_000),
    "spoofed-without-end": lambda: header(b"Reply-To", b"@" * 60_000 + b" <a@b.example>"),
    "long-date": lambda: header(b"Date", b"1 " * 30_000),
    "long-received": lambda: header(b"Received", b";" * 60_000),
    "list-id": lambda: header(b"List-Id", b"<" * 60_000),
    "verdicts": lambda: header(b"Authentication-Results", b"mx.example.org; " + b"spf=pass (" * 20_000),
    "parameters": lambda: letter("text/plain" + "; a=b" * 40_000, b"hello"),
    "open-parameters": lambda: letter('text/plain; a="' + ';"' * 40_000, b"hello"),
    "continued-parameters": lambda: letter(
        "application/pdf" + "".join(f"; name*{n}*=%41" for n in range(5_000)), b"hello"
    ),
    "10000-parts": lambda: many(10_000),
    "10000-broken-files": lambda: many(10_000, b"application/pdf\r\nContent-Transfer-Encoding: base64", b"A"),
    "1000-calendars": lambda: many(1_000, b"text/calendar", b"BEGIN:VCALENDAR\r\n" * 50),
    "2000-pages": lambda: many(2_000, b"text/html", b"<div>" * 500),
    "parts-with-long-heads": lambda: many(600, b"text/plain\r\n" + b"X-Eve: 1\r\n" * 1_000),
    "parts-in-windows-1251": lambda: many(600, b"text/plain; charset=utf-8", "привет всем".encode("cp1251") * 200),
    "files-in-raw-letters": lambda: many(
        600, b'application/pdf; name="' + "отчёт".encode("cp1251") * 20 + b'"' + b"\r\nX-A: \xe1\xe2\xe3\xe4" * 90
    ),
    "empty-parts": lambda: letter('multipart/mixed; boundary="b"', b"--b\r\n" * 100_000),
    "nested-5000": lambda: nested(5_000),
    "boundary-of-one-dash": lambda: letter('multipart/mixed; boundary="-"', b"-" * 5_000_000),
    "nearly-boundaries": lambda: letter('multipart/mixed; boundary="b"', b"\n--bx" * 3_000_000),
    "boundary-of-dashes": lambda: letter('multipart/mixed; boundary="' + "-" * 190 + '"', b"-" * 35_000_000),
    "boundaries-in-lines": lambda: letter('multipart/mixed; boundary="b"', b"x--b\n" * 7_000_000),
    "breaks-between-boundaries": lambda: letter('multipart/mixed; boundary="b"', b"--b\n" + b"\n" * 35_000_000),
    "flowing-parts": lambda: many(76, b"text/plain; format=flowed; delsp=yes", b"a \r\n" * 130_000),
    "returning-parts": lambda: many(76, b"text/plain", b"\r" * 520_000),
    "zero-parts": lambda: many(76, b"text/plain", b"\0" * 520_000),
    "winmails": lambda: many(450, b"application/ms-tnef", WINMAIL * 7_000),
    "letters-in-raw-letters": lambda: many(450, b"message/rfc822", b"Subject: \xe1\xe2\xe3\xe4\r\n" * 4_000),
    "nested-boundaries-of-dashes": lambda: HEAD + b"".join(map(dashes, range(40, 20, -1))) + b"-" * 35_000_000,
    "no-boundary": lambda: letter("multipart/mixed", b"hello\r\n" * 100_000),
    "boundary-never-comes": lambda: letter('multipart/mixed; boundary="b"', b"--x\r\n" * 100_000),
    "base64-garbage": lambda: letter(
        "application/pdf", bytes(range(256)) * 20_000, b"Content-Transfer-Encoding: base64\r\n"
    ),
    "quoted-printable-garbage": lambda: letter(
        "text/plain", b"=" * 2_000_000 + b" " * 2_000_000, b"Content-Transfer-Encoding: quoted-printable\r\n"
    ),
    "soft-breaks": lambda: letter(
        "application/pdf", b"= \t" * 3_000_000, b"Content-Transfer-Encoding: quoted-printable\r\n"
    ),
    "20-megabytes-of-text": lambda: letter("text/plain", b"a line of text\r\n" * 1_300_000),
    "20-megabytes-of-html": lambda: html(b"<p>a <b>line</b></p>" * 1_000_000),
    "text-in-utf-7": lambda: letter("text/plain; charset=utf-7", b"+" * 2_000_000),
    "text-in-utf-16": lambda: letter("text/plain; charset=utf-16", b"\xff\xfe" + b"\x00\xd8" * 500_000),
    "text-in-idna": lambda: letter("text/plain; charset=idna", b"a." * 500_000),
    "text-in-punycode": lambda: letter("text/plain; charset=punycode", b"a" * 200_000),
    "text-in-raw-unicode": lambda: letter("text/plain; charset=unicode_escape", b"\\U0000d800" * 50_000),
    "text-in-nothing-known": lambda: letter("text/plain; charset=x", b"\xe1\x82\xf0 " * 500_000),
    "quotes-without-end": lambda: letter("text/plain", b"On 1.1.2025 10:00 a@b.example\r\n" * 100_000),
    "announcements": lambda: letter("text/plain", (b"a" * 180 + b" 10:00\r\n") * 20_000),
    "headers-in-the-text": lambda: letter("text/plain", b"Sent: x\r\nTo: y\r\n" * 100_000),
    "rules": lambda: letter("text/plain", b"_" * 30 + b"\r\n" + b"Date: x\r\n" * 200_000),
    "flowed": lambda: letter("text/plain; format=flowed; delsp=yes", b"a \r\n" * 500_000),
    "answers-of-a-form": lambda: letter(
        "text/plain", b"Label: value eve2@example.net\r\n" * 50_000, b"Reply-To: eve2@example.net\r\n"
    ),
    "spaces-before-a-colon": lambda: letter("text/plain", b"a" + b" " * 400_000, b"Reply-To: eve2@example.net\r\n"),
    "zone-of-every-second": lambda: calendar(zone(b"FREQ=SECONDLY")),
    "zone-of-every-year": lambda: calendar(zone(b"FREQ=YEARLY;BYSECOND=" + b",".join([b"1"] * 9_000))),
    "zones": lambda: calendar(zone(b"FREQ=YEARLY") * 200),
    "events": lambda: calendar(b"BEGIN:VEVENT\r\nDTSTART:20250910T113000Z\r\nEND:VEVENT\r\n" * 900),
    "open-events": lambda: calendar(b"BEGIN:VEVENT\r\n" * 3_000),
    "calendars-in-calendars": lambda: calendar(b"BEGIN:X\r\n" * 3_000 + b"END:X\r\n" * 3_000),
    "date-at-the-end-of-time": lambda: calendar(
        b"BEGIN:VEVENT\r\nDTSTART:99991231T235959Z\r\nDURATION:P9999999D\r\nEND:VEVENT\r\n"
    ),
    "winmail-counts": lambda: winmail(
        b"\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00" + b"\x02\x05\x90\x06\x00\x08\x00\x00\x00" + b"\xff" * 10
    ),
    "winmail-values": lambda: winmail(
        b"\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00\x02\x05\x90\x06\x00\x10\x00\x00\x00"
        b"\xff\xff\xff\xff\x02\x01\x01\x37\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00"
    ),
    "winmail-pieces": lambda: winmail(b"\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00" * 500_000),
    "bounce-of-one-line": lambda: bounce(b"<a" * 100_000),
    "bounce-of-many-lines": lambda: bounce(b"Hi. This is the\r\n\r\n" + (b"a" * 200 + b"\r\n") * 9_000),
    "bounce-of-half-addresses": lambda: bounce((b"a" * 300 + b"\r\n") * 300),
    "report-of-10000": lambda: report(b"Final-Recipient: x; a@b.example\r\nAction: failed\r\n\r\n" * 10_000),
    "report-of-breaks": lambda: report(b"\r\n \t" * 300_000),
}  # fmt: skip
