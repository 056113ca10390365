"""The same mailbox is known again however it was typed, and a provider is not taken for a company."""

# ruff: noqa: RUF001 - people type such characters, so the tests do

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import addresses

TYPED = [
    ("anna@berg.se", "anna@berg.se"),
    ("  Anna.Berg@BERG.SE ", "anna.berg@berg.se"),
    ("anna+windows@berg.se", "anna+windows@berg.se"),
    ("anna@berg.se.", "anna@berg.se"),
    ("anna@berg.se,", "anna@berg.se"),
    ("'anna@berg.se'", "anna@berg.se"),
    ('"anna@berg.se"', "anna@berg.se"),
    ("(anna@berg.se)", "anna@berg.se"),
    ("anna @ berg.se", "anna@berg.se"),
    ("anna＠berg.se", "anna@berg.se"),
    ("\u202aanna@berg.se\u202c", "anna@berg.se"),
    ("mailto:anna@berg.se", "anna@berg.se"),
    ("mailto:anna%40berg.se?subject=Windows", "anna@berg.se"),
    ("anna@berg.se<mailto:anna@berg.se>", "anna@berg.se"),
    ("skriv till anna@berg.se, tack", "anna@berg.se"),
    ("e-post:anna@berg.se", "anna@berg.se"),
    ("anna@berg.se; olof@berg.se", "anna@berg.se"),
    ("anna@berg.se/olof@berg.se", "anna@berg.se"),
    ("Anna <anna@berg> anna@berg.se", "anna@berg.se"),
    ("anna@firma.local", "anna@firma.local"),
    ('"anna berg"@berg.se', '"anna berg"@berg.se'),
    ("åsa@berg.se", "åsa@berg.se"),
    ("asa@Åkeri.se", "asa@åkeri.se"),
    ("asa@XN--keri-poa.se", "asa@åkeri.se"),
]
NO_ADDRESSES = [
    "",
    "@",
    "anna",
    "anna@",
    "anna@berg",
    "anna@berg..se",
    "a..b@berg.se",
    "a@[127.0.0.1]",
    "x" * 600,
    "\0@\0",
]


@pytest.mark.parametrize(("typed", "expected"), TYPED)
def test_a_typed_address_becomes_one_handle(typed: str, expected: str) -> None:
    address = addresses.read(typed)
    assert address is not None
    assert address.handle == expected


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_is_none(text: str) -> None:
    assert addresses.read(text) is None


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Anna Berg <anna@berg.se>", "Anna Berg"),
        ('"Berg, Anna" <anna@berg.se>', "Berg, Anna"),
        ("anna@berg.se <anna@berg.se>", ""),
        ("<anna@berg.se>", ""),
    ],
)
def test_the_name_beside_an_address_is_kept(header: str, name: str) -> None:
    assert addresses.read(header) == addresses.Address("anna@berg.se", name, "anna@berg.se")


def test_an_address_that_was_cut_off_is_not_taken_for_another() -> None:
    assert addresses.read("Anna " * 97 + "anna@berg.seglare.se") is None


def test_a_handle_tells_its_domain() -> None:
    assert addresses.domain("anna@berg.se") == "berg.se"
    assert addresses.domain('"a@b"@berg.se') == "berg.se"
    assert addresses.domain("anna") == ""


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "GMAIL.com.",
        "outlook.com",
        "live.se",
        "yahoo.co.uk",
        "mail.ru",
        "yandex.ru",
        "ya.ru",
        "gmx.de",
    ],
)
def test_two_people_at_a_provider_are_not_colleagues(domain: str) -> None:
    assert addresses.is_shared_domain(domain)


@pytest.mark.parametrize("domain", ["berg.se", "live.example.com", "gmail.berg.se", "mail.berg.se", ""])
def test_a_domain_of_ones_own_is_a_company(domain: str) -> None:
    assert not addresses.is_shared_domain(domain)


@settings(max_examples=200)
@given(st.text(max_size=300) | st.text("aBé.@<>\"' ,:;+-%?()", max_size=60) | st.emails())
def test_any_text_is_read_and_a_handle_reads_as_itself(text: str) -> None:
    address = addresses.read(text)
    if address is not None:
        again = addresses.read(address.handle)
        assert again is not None
        assert again.handle == address.handle


ALONE = (
    "anna@berg.se", " Anna@Berg.se\t", "<anna@berg.se>", "Anna <anna@berg.se>", '"Berg, Anna" <anna@berg.se>',
    "anna@berg.se <Anna@Berg.se>", "mailto:anna@berg.se", "MAILTO:anna%40berg.se", "\u202aanna@berg.se\u202c",
)  # fmt: skip
NOT_ALONE = (
    "anna, bo@berg.se", "anna bo@berg.se", "anna @berg.se", "anna@berg.se, bo@berg.se", "anna@berg.se bo",
    "anna@berg.se\nBcc: <bo@berg.se>", "anna@berg.se\\r\\nBcc: bo@berg.se", "Bcc: <bo@berg.se>",
    "anna@berg.se <bo@berg.se>", "<anna@berg.se> bo", "<<anna@berg.se>>", "mailto:anna@berg.se?cc=bo@berg.se",
    "mailto:anna bo@berg.se", "Anna\nBo <bo@berg.se>", "anna@berg.se,", f"{'Anna ' * 100}<anna@berg.se>", "anna", "",
)  # fmt: skip


@pytest.mark.parametrize("text", ALONE)
def test_an_address_alone_is_who_is_meant(text: str) -> None:
    found = addresses.alone(text)
    assert found is not None
    assert found.handle == "anna@berg.se"


@pytest.mark.parametrize("text", NOT_ALONE)
def test_with_anything_beside_it_nobody_can_tell_who_is_meant(text: str) -> None:
    assert addresses.alone(text) is None
