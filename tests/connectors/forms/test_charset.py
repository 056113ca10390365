"""Letters, whatever set they were written in and whatever set was named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.forms.charset import choose, clean, readable, shorten

RUSSIAN = "Здравствуйте, нужны два окна"
SWEDISH = "Två fönster på Åsögatan"


@pytest.mark.parametrize(
    ("text", "written", "declared"),
    [
        (SWEDISH, "utf-8", ""),
        (SWEDISH, "utf-8", "UTF-8"),
        (SWEDISH, "cp1252", "iso-8859-1"),
        (SWEDISH, "cp1252", ""),
        (RUSSIAN, "cp1251", "Windows-1251"),
        (RUSSIAN, "cp1251", "utf-8"),
        (RUSSIAN, "cp1251", ""),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        (RUSSIAN, "utf-8", "windows-1251"),
        ("Příliš žluťoučký", "iso8859-2", "iso-8859-2"),
        ("窓を二つください", "cp932", "Shift_JIS"),
        ("模", "gb18030", "gbk"),
        (RUSSIAN, "cp1251", "no-such-set"),
    ],
)
def test_a_text_is_read_as_it_was_written(text: str, written: str, declared: str) -> None:
    data = text.encode(written)
    codec, _ = choose(data, declared)
    assert data.decode(codec) == text


def test_what_was_declared_and_true_needs_no_remark() -> None:
    assert choose(RUSSIAN.encode("cp1251"), "windows-1251") == ("cp1251", "")
    assert choose(RUSSIAN.encode(), "utf-8") == ("utf-8", "")
    assert choose(b"plain", "no-such-set") == ("utf-8", "")


def test_a_wrong_declaration_is_told() -> None:
    assert choose(RUSSIAN.encode(), "windows-1251")[1] == "Sent as windows-1251, but written in UTF-8."
    assert (
        "Not written in utf-8, as it says; read as windows-1251"
        in choose(RUSSIAN.encode("cp1251"), "utf-8")[1]
    )


def test_a_text_cut_in_the_middle_of_a_letter_stays_utf8() -> None:
    data = RUSSIAN.encode()[:-1]
    codec, remark = choose(data, "utf-8")
    assert data.decode(codec, "replace") == RUSSIAN[:-1] + "\ufffd"
    assert "letters may be wrong" in remark


def test_nul_and_half_letters_are_replaced_and_nothing_else() -> None:
    assert clean("a\0b\ud83dc\nd\te") == "a\ufffdb\ufffdc\nd\te"


@given(data=st.binary(), declared=st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_bytes_under_any_name_can_be_decoded_and_stored(data: bytes, declared: str) -> None:
    codec, remark = choose(data, declared)
    assert "\0" not in clean(data.decode(codec, "replace")) + readable(data, declared)
    assert clean(remark) == remark


@given(text=st.text(st.characters(exclude_categories=["Cs"])), size=st.integers(4, 50))
@settings(max_examples=100, deadline=None)
def test_a_text_is_shortened_between_letters(text: str, size: int) -> None:
    short = shorten(text.encode(), size)
    assert len(short) <= size
    assert text.startswith(short.decode())
