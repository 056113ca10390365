"""Parts, files and headers, as mail programs put them together and servers take them apart."""

from __future__ import annotations

import pytest

from connectors.mail import Flag, Letter, read_letter
from connectors.mail.parameters import Parameters
from connectors.mail.words import words_of

HEAD = "From: anna@example.com\nMIME-Version: 1.0\n"


def parts(kind: str, *each: str, closing: str = "\n--b--\n") -> bytes:
    body = "".join(f"\n--b\n{part}" for part in each)
    return f'{HEAD}Content-Type: multipart/{kind}; boundary="b"\n{body}{closing}'.encode()


TEXT = "Content-Type: text/plain\n\nHello"
PDF = "Content-Type: application/pdf; name=a.pdf\n\n%PDF"


def test_texts_between_files_are_one_text() -> None:
    letter = read_letter(parts("mixed", TEXT, PDF, "Content-Type: text/plain\n\nBye"))
    assert (letter.text, [each.name for each in letter.attachments]) == ("Hello\n\nBye", ["a.pdf"])


def test_a_text_that_is_a_file_stays_one() -> None:
    letter = read_letter(parts("mixed", TEXT, "Content-Type: text/plain; name=log.txt\n\n10:00 broke"))
    assert (letter.text, letter.attachments[0].name) == ("Hello", "log.txt")


def test_a_letter_of_one_text_is_that_text_whatever_it_is_called() -> None:
    letter = read_letter(f"{HEAD}Content-Type: text/plain; name=body.txt\n\nHello".encode())
    assert (letter.text, letter.attachments) == ("Hello", ())


def test_html_is_the_text_where_the_plain_one_is_empty() -> None:
    letter = read_letter(
        parts("alternative", "Content-Type: text/plain\n\n  \n", "Content-Type: text/html\n\n<p>Hi")
    )
    assert (letter.text, letter.html) == ("Hi", "<p>Hi")


def test_what_html_quotes_is_no_new_part() -> None:
    html = "Content-Type: text/html\n\n<p>Yes</p><blockquote>Two?<br>Three?</blockquote>"
    letter = read_letter(parts("alternative", html))
    assert (letter.text, letter.reply) == ("Yes\n\n> Two?\n> Three?", "Yes")


@pytest.mark.parametrize("closing", ["", "\n", "\n--b", "\n--b--", "\n--b-- \t\n\n-- \nlist footer"])
def test_a_letter_may_end_anyhow(closing: str) -> None:
    letter = read_letter(parts("mixed", TEXT, PDF, closing=closing))
    assert (letter.text, letter.attachments[0].content.strip()) == ("Hello", b"%PDF")


@pytest.mark.parametrize(
    "kind", ["multipart/mixed", "multipart/mixed; boundary=other", 'multipart/mixed; boundary=""']
)
def test_parts_are_found_by_the_boundary_that_is_there(kind: str) -> None:
    raw = parts("mixed", TEXT, PDF).replace(b'multipart/mixed; boundary="b"', kind.encode())
    assert read_letter(raw).text == "Hello"


def test_a_multipart_without_any_boundary_is_a_text() -> None:
    assert read_letter(f"{HEAD}Content-Type: multipart/mixed\n\nHello".encode()).text == "Hello"


def test_a_boundary_is_no_beginning_of_another() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="bb"\n\n--bb\nContent-Type: text/plain\n\nHello\n--bb--'
    letter = read_letter(parts("mixed", inner, PDF))
    assert (letter.text, len(letter.attachments)) == ("Hello", 1)


def test_an_outer_boundary_ends_what_was_left_open_within() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="x"\n\n--x\nContent-Type: text/plain\n\nHello'
    letter = read_letter(parts("mixed", inner, PDF))
    assert (letter.text, letter.attachments[0].content) == ("Hello", b"%PDF")


def test_a_signed_letter_keeps_its_signature_as_it_is() -> None:
    p7s = (
        "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIB"
    )
    letter = read_letter(parts("signed", TEXT, p7s))
    assert (letter.text, letter.attachments[0].content) == ("Hello", b"\x30\x82\x01")
    assert letter.flags == (Flag.SIGNED,)


def test_an_encrypted_letter_is_kept_whole() -> None:
    head = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
    letter = read_letter(f"{HEAD}{head}Content-Transfer-Encoding: base64\n\nMIIB".encode())
    assert (letter.text, letter.attachments[0].name) == ("", "smime.p7m")
    assert letter.flags == (Flag.ENCRYPTED,)


def test_a_forwarded_letter_without_a_name_is_called_by_its_subject() -> None:
    letter = read_letter(parts("mixed", TEXT, "Content-Type: message/rfc822\n\nSubject: A/B\n\nInner"))
    assert [(each.name, each.content) for each in letter.attachments] == [
        ("A-B.eml", b"Subject: A/B\n\nInner")
    ]


def test_a_damaged_file_is_kept_as_far_as_it_goes_and_that_is_said() -> None:
    file = "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xL\n"
    letter = read_letter(parts("mixed", TEXT, file))
    assert (letter.attachments[0].name, letter.attachments[0].content) == ("application.pdf", b"%PDF-1")
    assert letter.flags == (Flag.DAMAGED,)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("name=a.pdf", "a.pdf"),
        ('name="a; b.pdf"', "a; b.pdf"),
        (r'name="C:\files\a.pdf"', "a.pdf"),
        (r'name="say \"hi\".pdf"', 'say "hi".pdf'),
        ("name*=utf-8'sv'r%C3%A4kning.pdf", "räkning.pdf"),
        ("name*=iso-8859-1''r%E4kning.pdf; name=x.pdf", "räkning.pdf"),
        ("name*1=ng.pdf; name*0*=utf-8''r%C3%A4k; name*2=", "räkng.pdf"),
        ("name*0*=utf-8''r%C3; name*1*=%A4k.pdf", "räk.pdf"),
        ('name="=?utf-8?q?r=C3=A4k?= =?utf-8?q?ning.pdf?="', "räkning.pdf"),
        ('name="..\\..\\evil.exe"', "evil.exe"),
        ('name="/etc/"', "etc"),
        ('name="a\x00\x07b\u2028.txt"', "a\ufffdb .txt"),
        ("name=..", ""),
        ('name="open', "open"),
        ("name*9999*=x; name*=", ""),
    ],
)
def test_a_file_is_called_what_its_sender_meant(written: str, name: str) -> None:
    assert Parameters(f"application/pdf; {written}").file_name("name") == name


def test_a_long_name_keeps_its_ending() -> None:
    name = Parameters(f"a/b; name={'a' * 500}.pdf").file_name("name")
    assert (len(name), name[-5:]) == (200, "a.pdf")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("plain  words", "plain words"),
        ("=?utf-8?q?a_b?=", "a b"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
        ("=?utf-8?b?w6U=?=\t=?iso-8859-1?q?=E4?= c", "åä c"),
        ("=?utf-8*sv?q?=C3=A4?=", "ä"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?q?a?=b", "ab"),
        ("=?utf-8?b?w6Ug?=", "å"),
        ("=?x-unknown?q?=E4?=", "ä"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?not closed", "=?utf-8?q?not closed"),
        ("=?utf-8?q?with blanks in it?=", "with blanks in it"),
    ],
)
def test_encoded_words_are_read_as_they_are_written(written: str, read: str) -> None:
    assert words_of(written) == read


def header(line: bytes) -> Letter:
    return read_letter(b"From: anna@example.com\n" + line + b"\n\nHello")


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_raw_letters_in_headers_are_read_whatever_they_are(codec: str) -> None:
    letter = header("Subject: Två fönster åt Åsa".encode(codec))
    assert letter.subject == "Två fönster åt Åsa"
    assert letter.flags == ((Flag.MENDED,) if codec == "cp1252" else ())


@pytest.mark.parametrize(
    "raw",
    [
        b"From anna@example.com Mon Sep  1 16:20:00 2025\nSubject: x\n\nHello",
        b"Subject: x\nthis is no header\n\nHello",
        b"Subject : x\r\n\r\nHello",
        b"Subject:\n x\n\nHello",
    ],
)
def test_odd_headers_do_not_hide_the_others(raw: bytes) -> None:
    assert (read_letter(raw).subject, read_letter(raw).text) == ("x", "Hello")


def test_a_text_without_headers_is_a_text() -> None:
    assert read_letter(b"Hello there\n\nAnna").text == "Hello there\n\nAnna"


@pytest.mark.parametrize(
    ("written", "date"),
    [
        (b"Date: Tue, 02 Sep 2025 09:14:05 +0200", "2025-09-02T07:14:05+00:00"),
        (b"Date: Tue, 2 Sep 2025 09:14 -0000 (odd)", "2025-09-02T09:14:00+00:00"),
        (b"Date: soon\nReceived: by x; Tue, 2 Sep 2025 09:14:07 +0200", "2025-09-02T07:14:07+00:00"),
        (b"Date: 31 Dec 9999 23:59:59 -2359", "None"),
        (b"Received: by x; never", "None"),
    ],
)
def test_the_date_is_its_own_or_that_of_the_last_server(written: bytes, date: str) -> None:
    sent = header(written).sent_at
    assert (sent.isoformat() if sent else "None") == date


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (b"<a@x> <b@x>", ("a@x", "b@x")),
        (b"<a@x>\n\t<b@x>\n <a@x>", ("a@x", "b@x")),
        (b"a@x, b@x", ("a@x", "b@x")),
        (b"<no-at-sign>", ("no-at-sign",)),
        (b"your letter of Monday", ()),
    ],
)
def test_references_are_found_with_and_without_brackets(written: bytes, found: tuple[str, ...]) -> None:
    assert header(b"References: " + written).references == found
