"""A stranger's HTML, made safe: what remains of it, where its pictures and links lead, and what is too much."""

from __future__ import annotations

import time

import pytest

from crm.letter_html import shown
from crm.letter_links import misleads, opened
from crm.letter_reading import TooMuchError
from crm.letter_styles import harmless

OURS = "/letters/7/images/x"
NONE = lambda _source: ""  # noqa: E731 - no picture is shown
DRAWN = "data:image/png;base64," + "A" * 400
WORST = 2.0  # seconds of one slow core


@pytest.mark.parametrize(
    ("style", "left"),
    [
        ("color: red; font-size: 12px", "color:red;font-size:12px"),
        ("font: bold 12px/1.5 'Segoe UI', Arial !important", "font:bold 12px/1.5 'Segoe UI', Arial !important"),
        ("background: url(http://a.example/b.png) #eee", "background:#eee"),
        ("background-image: url(http://a.example/b.png)", ""),
        ("position: fixed; top: 0; width: 50%", "width:50%"),
        ("width: expression(alert(1))", ""),
        ("color: rgb(1, 2, 3)", "color:rgb(1, 2, 3)"),
        ("color: var(--x)", ""),
        (r"width: \65xpression(alert(1))", ""),
        ("color: red /* x */", ""),
        ("behavior: url(x.htc); -moz-binding: url(x)", ""),
        ("@import 'http://a.example/x.css'", ""),
        ("background: image-set('http://a.example/a.png' 1x)", ""),
        ("color", ""),
    ],
)  # fmt: skip
def test_of_a_style_remains_what_does_no_harm(style: str, left: str) -> None:
    assert harmless(style) == left


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("https://a.example/b?c=d", "https://a.example/b?c=d"),
        (" HTTP://a.example", "HTTP://a.example"),
        ("mailto:karin@tenant.example", "mailto:karin@tenant.example"),
        ("java\nscript:alert(1)", ""),
        ("\x01javascript:alert(1)", ""),
        ("/signout", ""),
        ("//a.example", ""),
        ("#top", ""),
        ("data:text/html,x", ""),
        ("vbscript:x", ""),
        ("ht\ttps://a.example", "https://a.example"),
    ],
)
def test_a_link_leads_to_the_web_or_to_a_person(address: str, way: str) -> None:
    assert opened(address) == way


@pytest.mark.parametrize(
    ("words", "address", "host"),
    [
        ("www.bank.example", "https://evil.example/x", "evil.example"),
        ("https://bank.example/login", "https://bank.example.evil.example/", "bank.example.evil.example"),
        ("bank.example", "https://bank.example@evil.example/", "evil.example"),
        ("bank.example", "https://b\u0430nk.example/", "xn--bnk-6cd.example"),
        ("bank.example", "https://click.bank.example/x", ""),
        ("www.bank.example/login", "https://bank.example", ""),
        ("Read more", "https://evil.example", ""),
        ("bank.example", "mailto:karin@tenant.example", ""),
        ("bank.example", "http://[", ""),
    ],
)
def test_a_link_whose_words_name_another_host_is_told(words: str, address: str, host: str) -> None:
    assert misleads(words, address) == host


def test_pictures_have_our_addresses_or_a_place_with_their_words() -> None:
    html = '<img src="cid:a" alt="House"><img src="https://b.example/c.png" alt="Autumn"><img src=d.png alt=Local>'
    safe = shown(html, lambda source: OURS if source == "cid:a" else "")
    assert f'<img src="{OURS}" alt="House">' in safe.html
    assert '<span class="blocked" title="A picture from b.example">Autumn</span>' in safe.html
    assert "d.png" not in safe.html
    assert safe.pictures == 1


def test_a_picture_of_one_dot_is_neither_shown_nor_asked_for() -> None:
    asked: list[str] = []
    safe = shown(
        '<img src="https://b.example/open.gif" width="1" height="1" alt="x">',
        lambda at: asked.append(at) or OURS,
    )
    assert (safe.html, safe.pictures, asked) == ("", 0, [])


def test_a_picture_within_the_letter_stays_however_large() -> None:
    large = DRAWN + "A" * 3_000_000
    safe = shown(f'<img src="{DRAWN}"><img src="{large}"><img src="drawn:9">', NONE)
    assert [safe.html.count(each) for each in (DRAWN, large, "<img")] == [2, 1, 2]


def test_what_a_programme_quotes_is_folded_once_and_what_a_person_quotes_is_not() -> None:
    inner = '<blockquote type="cite">older</blockquote>'
    safe = shown(
        f'<blockquote class="gmail_quote">old{inner}</blockquote><blockquote>wise</blockquote>', NONE
    )
    assert safe.html == (
        "<details><summary>Quoted</summary><blockquote>old<blockquote>older</blockquote></blockquote></details>"
        "<blockquote>wise</blockquote>"
    )


def test_looks_remain_and_a_letter_has_no_classes_of_ours() -> None:
    safe = shown(
        '<td bgcolor="#fff" width=600 class="blocked" id=x onclick=y><p class="leads MsoNormal">a</td>', NONE
    )
    assert safe.html == '<p class="MsoNormal">a</p>'
    table = shown('<table width=600><tr><td bgcolor="#fff" style="padding:4px">a</table>', NONE)
    assert table.html == (
        '<table width="600"><tbody><tr><td bgcolor="#fff" style="padding:4px">a</td></tr></tbody></table>'
    )


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<div>" * 100_000 + "</div>" * 100_000,
        "".join(f"<font size={number}>" for number in range(2_000)) + "<p>x" * 50_000,
        "<b><table>" * 50_000,
        "<p>x" * 100_000,
        "<svg><td>" * 50_000,
        "<br>" * 200_000,
        "x" * 1_100_000,
    ],
    ids=["divs", "closed-divs", "fonts", "tables", "paragraphs", "foreign", "breaks", "long"],
)  # fmt: skip
def test_what_is_too_deep_or_too_long_is_refused_at_once(html: str) -> None:
    began = time.process_time()
    with pytest.raises(TooMuchError):
        shown(html, NONE)
    assert time.process_time() - began < WORST


@pytest.mark.parametrize(
    "html",
    [
        "<" * 590_000,
        "&amp" * 145_000,
        "</x>" * 145_000,
        "<!--" * 145_000,
        "<p>" + "</p></x>" * 70_000,
        f"<a {'a=1 ' * 145_000}>",
        f"<p style='{'a:b;' * 145_000}'>",
        "<a href=https://a.example>" * 22_000,
        "<b>" * 290 + "<p>x</p>" * 50_000,
        "<![CDATA[" * 60_000,
        "".join(f"<a href=https://{number}{'å' * 50}.example>a.example</a>" for number in range(6_000)),
        f"<a href='https://{'å.' * 1_900}example'>a.example</a>" * 150,
    ],
    ids=[
        "lesser", "entities", "ends", "remarks", "unmatched", "attributes", "styles", "links", "bold", "sections",
        "hosts", "long-hosts",
    ],
)  # fmt: skip
def test_the_worst_that_is_shown_takes_less_than_two_seconds(html: str) -> None:
    began = time.process_time()
    shown(html, NONE)
    assert time.process_time() - began < WORST
