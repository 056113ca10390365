"""A few marks become HTML and plain text; whatever else is typed means itself."""

from __future__ import annotations

import pytest

from crm import light_text


@pytest.mark.parametrize(
    ("typed", "plain", "html"),
    [
        ("Hello **Karin**", "Hello Karin", "<p>Hello <strong>Karin</strong></p>"),
        ("an *old* house", "an old house", "<p>an <em>old</em> house</p>"),
        ("- one\n- two", "- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("[us](https://klarruta.example)", "us (https://klarruta.example)",
         '<p><a href="https://klarruta.example">us</a></p>'),
        ("*a*\nb", "a\nb", "<p><em>a</em><br>\nb</p>"),
    ],
    ids=["bold", "italic", "list", "link", "lines"],
)  # fmt: skip
def test_what_is_marked_is_formatted(typed: str, plain: str, html: str) -> None:
    assert (light_text.plain(typed), light_text.html(typed).replace("<br />", "<br>")) == (plain, html)


@pytest.mark.parametrize(
    "typed",
    ["Two lines\nof text", "2 * 3 * 4", "snake_case_name", "# no heading", "    no code", "> no quote", "<b>no</b>",
     "a | b", "Regards,\n--\nElin"],
)  # fmt: skip
def test_what_is_not_marked_stays_as_it_is_typed(typed: str) -> None:
    assert light_text.plain(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["[x](javascript:alert(1))", "[x](data:text/html,x)", "[x](file:///etc/passwd)"]
)
def test_only_addresses_of_pages_and_mail_are_links(typed: str) -> None:
    assert light_text.html(f"**a** {typed}").count("<a ") == 0


def test_markup_is_escaped_in_every_part() -> None:
    typed = "**a** <script>alert(1)</script>"
    assert "<script" not in light_text.html(typed)
    assert "<script" not in light_text.quoted_html(typed)
    assert light_text.quoted("a\n\nb") == "> a\n>\n> b"


def test_nothing_takes_long_however_it_is_typed() -> None:
    for typed in (
        "*" * 20_000,
        "[" * 20_000,
        "- " * 5_000,
        "**a" * 5_000,
        "\n".join("  " * n + "- a" for n in range(200)),
    ):
        light_text.plain(typed)
        light_text.html(typed)
