"""Responses are cut alike wherever the network parted them, and never without bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail import imap_cutter
from connectors.mail.folder_names import read, unquoted, written
from connectors.mail.imap_answers import Answer, batches, fetched, uid_set
from connectors.mail.imap_cutter import Cutter, Nonsense

LETTER = b"A1 OK {3}\r\n\r\n"
STREAM = (
    b"* OK ready\r\n* 1 FETCH (UID 7 BODY[] {13}\r\n" + LETTER + b" FLAGS (\\Seen))\r\n"
    b'* 2 FETCH (BODY[] {0}\r\n UID 8)\r\n* LIST () "/" {3}\r\na\r\n\r\nA1 OK done\r\n'
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_the_pieces_make_no_difference(size: int) -> None:
    cutter = Cutter()
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    responses = [response for piece in pieces for response in cutter.cut(piece)]
    assert responses == Cutter().cut(STREAM)
    assert responses[0] == [b"* OK ready"]
    assert responses[1] == [b"* 1 FETCH (UID 7 BODY[] {13}", LETTER, b" FLAGS (\\Seen))"]
    assert responses[2] == [b"* 2 FETCH (BODY[] {0}", b"", b" UID 8)"]
    assert responses[-1] == [b"A1 OK done"]
    assert cutter.is_between


def test_what_is_larger_than_anybody_needs_is_no_imap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_cutter, "MAX_LINE", 100)
    with pytest.raises(Nonsense):
        Cutter().cut(b"* " + b"x" * 200)
    with pytest.raises(Nonsense):
        Cutter().cut(b"* 1 FETCH (BODY[] {999999999999}\r\n")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n")))
def test_any_name_comes_back_as_it_was(name: str) -> None:
    assert read(unquoted(written(name).encode("ascii"))) == name


@given(st.binary())
def test_no_name_of_a_servers_is_too_odd(name: bytes) -> None:
    assert isinstance(read(unquoted(name)), str)


@given(st.lists(st.binary(max_size=40)))
def test_no_answer_is_too_odd(parts: list[bytes]) -> None:
    odd = [[b"1 FETCH (UID 7 " + part, b"x", part] for part in parts]
    assert all(each.uid >= 0 for each in fetched(Answer("OK", b"", odd)))


def test_neighbours_are_written_together() -> None:
    assert uid_set([7, 1, 2, 3, 9, 10]) == "1:3,7,9:10"


def test_a_batch_is_small_or_one_letter() -> None:
    assert list(batches({1: 4, 2: 4, 3: 4, 4: 50, 5: 1}, 8)) == [[1, 2], [3], [4], [5]]
