"""Bodies opened: anything goes in, bounded and storable answers come out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.forms import Forms, FormSettings
from connectors.forms.body import open_body
from connectors.forms.bounds import FIELDS, FILES, LABEL, MESSAGE, VALUE
from hub.connector import Raw
from hub.events import Field, FormSubmitted

Read = Callable[..., FormSubmitted]

CONTENT_TYPES = st.one_of(
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=windows-1251",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/json",
            "application/json; charset=utf-16",
            "text/plain",
            "",
        ]
    ),
    st.text(max_size=40),
)
PIECES = st.sampled_from([
    b"--x\r\n", b"--x--\r\n", b'Content-Disposition: form-data; name="a"', b'; filename="b"', b"\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b'{"a":', b"[",
    b"]", b"}", b'"', b"\\ud800", b"1e999", b"a=", b"&",
    b"%00", b"%D0", b"%", b"+", b"_nonce=1&", b"_charset_=utf-16&", b"_ts=nan&", b"\0", b"\xff\xfe", b"\r\n",
])  # fmt: skip
BODIES = st.one_of(st.binary(min_size=1, max_size=200), st.lists(PIECES, min_size=1).map(b"".join))
# What a browser can put into an urlencoded form: everything but halves of letters, and NUL which we replace.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
LABELS = TEXTS.filter(lambda label: label not in {"", "_charset_"})


@given(body=BODIES, content_type=CONTENT_TYPES)
@settings(max_examples=200, deadline=None)
def test_whatever_is_posted_becomes_a_request_that_can_be_stored(
    raw: Callable[..., Raw], body: bytes, content_type: str
) -> None:
    forms = Forms("website", "sesame", FormSettings())
    if not body.isspace():
        for event in forms.read(raw(body, content_type)):
            texts = [
                event.key,
                event.name,
                event.phone,
                event.email,
                event.subject,
                event.message,
                *event.remarks,
            ]
            texts += [file.name + file.type for file in event.files]
            for field in event.fields + event.origin:
                assert len(field.label) <= LABEL
                assert len(field.value) <= VALUE
                texts += [field.label, field.value]
            assert b"\0" not in "".join(texts).encode()


@given(answers=st.lists(st.tuples(LABELS, TEXTS), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_an_urlencoded_form_keeps_every_answer_in_order(answers: list[tuple[str, str]]) -> None:
    opened = open_body(urlencode(answers).encode(), "application/x-www-form-urlencoded")
    assert [(field.label, field.value) for field in opened.fields] == answers


@given(answers=st.dictionaries(LABELS, TEXTS, min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_a_json_form_keeps_every_answer_in_order(answers: dict[str, str]) -> None:
    opened = open_body(json.dumps(answers).encode(), "application/json")
    assert [(field.label, field.value) for field in opened.fields] == list(answers.items())


def test_an_empty_body_is_the_one_thing_that_cannot_be_read(raw: Callable[..., Raw]) -> None:
    forms = Forms("website", "sesame", FormSettings())
    with pytest.raises(ValueError, match="empty"):
        forms.read(raw(b""))
    with pytest.raises(ValueError, match="empty"):
        forms.read(raw(b" \r\n", "application/json"))


def test_of_ten_thousand_answers_the_first_are_kept_and_the_rest_counted(read: Read) -> None:
    flood = {f"field {number}": str(number) for number in range(10_000)}
    for body, content_type in (
        (urlencode(flood), "application/x-www-form-urlencoded"),
        (json.dumps(flood), "application/json"),
        (multipart(*(f'form-data; name="{label}"' for label in flood)), "multipart/form-data; boundary=x"),
    ):
        event = read(body, content_type)
        assert len(event.fields) == FIELDS
        assert "9,500 more answers" in event.remarks[0]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[" * 5_000_000, "application/json"),
        (b'{"name":"Ada","a":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "application/json"),
        (b"&" * 5_000_000, "application/x-www-form-urlencoded"),
        (b"a=" + b"%d0" * 2_000_000, "application/x-www-form-urlencoded"),
        (b"\xd0" * 5_000_000, "text/plain"),
        (b"--x\r\n" * 500_000, "multipart/form-data; boundary=x"),
        (b"\r\n--" * 500_000, "multipart/form-data; boundary="),
    ],
    ids=["open brackets", "deep", "ampersands", "escapes", "high bytes", "boundaries", "no boundary"],
)
def test_a_body_made_to_keep_us_busy_is_read_within_two_seconds(
    read: Read, body: bytes, content_type: str
) -> None:
    began = time.process_time()
    event = read(body, content_type)
    assert time.process_time() - began < 2
    assert len(event.message) <= MESSAGE


def test_long_answers_and_labels_are_cut_and_said_to_be(read: Read) -> None:
    event = read(urlencode({"m" * 300: "short", "message": "ö" * 30_000}))
    assert event.fields == (Field("m" * LABEL, "short"), Field("message", "ö" * VALUE))
    assert any("Longer than the 20,000 letters shown: “message”" in remark for remark in event.remarks)


def test_of_thirty_files_twenty_are_kept_and_all_are_named(read: Read) -> None:
    heads = [f'form-data; name="photo"; filename="{number}.jpg"' for number in range(30)]
    event = read(multipart(*heads), "multipart/form-data; boundary=x")
    assert len(event.files) == FILES
    assert [field.value for field in event.fields] == [f"{number}.jpg" for number in range(30)]
    assert any("10 more files" in remark for remark in event.remarks)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\eva\\\\plan.pdf", "plan.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x07b.txt", "ab.txt"),
        ("..", "file"),
        ("x" * 300 + ".jpeg", "x" * 100 + "…" + "x" * 15 + ".jpeg"),
    ],
)
def test_a_file_keeps_its_bare_name_only(read: Read, sent: str, kept: str) -> None:
    body = multipart(f'form-data; name="plan"; filename="{sent}"')
    event = read(body, "multipart/form-data; boundary=x")
    assert [file.name for file in event.files] == [kept]


def test_a_file_is_not_taken_for_an_answer_that_its_label_promises(read: Read) -> None:
    body = multipart('form-data; name="company"; filename="card.pdf"')
    assert read(body, "multipart/form-data; boundary=x").company == ""


def test_a_sender_that_names_the_wrong_content_type_is_read_and_told_about(read: Read) -> None:
    event = read("name=Ada&phone=0701234567", "application/json")
    assert (event.name, event.phone) == ("Ada", "0701234567")
    assert event.remarks == ("Sent as application/json, but written otherwise; read as it is written.",)


def test_a_binary_body_leaves_its_readable_words(read: Read) -> None:
    event = read(b"\0\1\2\3call me\0\0\x1f", "application/octet-stream")
    assert event.message == "call me"
    assert "could not be read as a form" in event.remarks[0]


def multipart(*heads: str) -> bytes:
    """Write parts whose content is a single letter, with these dispositions."""
    parts = "".join(f"--x\r\nContent-Disposition: {head}\r\n\r\na\r\n" for head in heads)
    return f"{parts}--x--\r\n".encode()
