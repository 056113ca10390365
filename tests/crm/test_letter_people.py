"""Lines of addresses are read as people type them, and written so that they can be read again."""

from __future__ import annotations

import pytest

from crm import letter_people
from hub.letters import Address

LINE = 'Karin Nyman <karin@tenant.example>, "Berg, Anna" <anna@berg.example>; office@tenant.example'


def test_a_line_is_read_and_written() -> None:
    people = letter_people.people_in(LINE)
    assert people == (
        Address("Karin Nyman", "karin@tenant.example"), Address("Berg, Anna", "anna@berg.example"),
        Address("", "office@tenant.example"),
    )  # fmt: skip
    assert letter_people.people_in(letter_people.written(people)) == people


def test_nobody_gets_it_twice() -> None:
    assert len(letter_people.people_in("a@b.example, A@B.example, <a@b.example>,,")) == 1


@pytest.mark.parametrize(
    "line", ["karin", "a@b.example, karin", "Karin karin@tenant.example", "a@b", "a@b.example c@d.example"]
)
def test_what_is_no_address_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="is no mail address"):
        letter_people.people_in(line)


def test_a_letter_has_so_many_recipients_and_no_more() -> None:
    with pytest.raises(ValueError, match="at most 100"):
        letter_people.people_in(", ".join(f"k{number}@b.example" for number in range(101)))


@pytest.mark.parametrize(
    "address", ["no-reply@shop.example", "noreply+42@shop.example", "Do_Not_Reply@shop.example"]
)
def test_who_reads_nothing_is_known_by_the_address(address: str) -> None:
    assert letter_people.is_deaf(address)
    assert not letter_people.is_deaf("reply@shop.example")
