"""What becomes of blocks: HTML and text with open places, filled in for each recipient, whatever is written there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm import campaign_blocks, campaign_mjml, campaign_places, campaign_text, campaign_words
from crm.campaign_blocks import (
    Block,
    Button,
    Cell,
    Columns,
    Divider,
    Html,
    Only,
    Picture,
    Plain,
    Product,
    Text,
)
from crm.campaign_mjml import Around, Goods, Image
from crm.campaign_stencils import destination, fill, plain, stencil

AROUND = Around(
    title="News", preheader="What is new", language="en", address=["Klarruta AB", "Storgatan 1", "411 01 Göteborg"],
    why="You get this because you are on the list “News”.", leave="Leave the list", see="See it in the browser",
    goods={7: Goods("Window <90>", "SEK 1,200")}, images={"k": Image("https://hub.example/pictures/k", 1200)},
)  # fmt: skip
KARIN = {
    "first_name": "Karin", "unsubscribe_url": "https://hub.example/unsubscribe/t",
    "web_url": "https://hub.example/letter/t",
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "Karin\r\nBcc: all@world.example",
    "{{web_url}}", "\ue000tweb_url\ue001\ue002", "javascript:alert(1)", "a\x00b\u2028c\u202e", "&lt;b&gt;", "'\"`",
)  # fmt: skip
ALL: tuple[Block, ...] = (
    Text(words='# Hello {{first_name|"there"}}\n\nWe have **news**, see [them](https://klarruta.example/new?a=1&b=2).'),
    Picture(picture="k", alt="A window", href="https://klarruta.example/"),
    Button(words="Look", href="https://klarruta.example/look?for={{first_name}}"),
    Columns(cells=(Cell(words="One"), Cell(words="Two", label="More", href="https://klarruta.example/two"))),
    Product(product=7, picture="k", alt="It", words="Quiet", label="See it", href="https://klarruta.example/90"),
    Divider(),
    Html(html="<p>Own <b>words</b></p>"),
)  # fmt: skip


def read(*blocks: Block, **values: str) -> str:
    """Give the HTML that somebody reads."""
    return fill(campaign_mjml.html(blocks, AROUND), KARIN | values).decode()


def told(*blocks: Block, **values: str) -> str:
    """Give the plain text that somebody reads."""
    return fill(campaign_text.text(blocks, AROUND), KARIN | values, "text").decode()


def test_the_text_part_says_what_the_blocks_say() -> None:
    assert told(*ALL) == (
        "Hello Karin\n\nWe have news, see them (https://klarruta.example/new?a=1&b=2).\n\n"
        "A window: https://klarruta.example/\n\nLook: https://klarruta.example/look?for=Karin\n\n"
        "One\n\nTwo\nMore: https://klarruta.example/two\n\n"
        "Window <90>: SEK 1,200\nQuiet\nSee it: https://klarruta.example/90\n\n"
        "----------------------------------------\n\nOwn words\n\n"
        "-- \nYou get this because you are on the list “News”.\n\n"
        "Leave the list: https://hub.example/unsubscribe/t\nSee it in the browser: https://hub.example/letter/t\n\n"
        "Klarruta AB\nStorgatan 1\n411 01 Göteborg\n"
    )


def test_the_html_holds_every_block_and_the_way_out() -> None:
    html = read(*ALL)
    for piece in ("Hello Karin</h1>", "<strong>news</strong>", 'alt="A window"', "look?for=Karin", ">Two<",
                  "Window &lt;90&gt;", "Own <b>words</b>", 'href="https://hub.example/unsubscribe/t"',
                  "Klarruta AB<br />Storgatan 1", "prefers-color-scheme:dark"):  # fmt: skip
        assert piece in html
    assert not re.search("[\ue000-\ue00f]", html)


def test_nothing_is_fetched_but_our_own_pictures() -> None:
    html = read(
        *ALL,
        Html(html='<link rel=stylesheet href="https://e.example/x.css"><p style="background:url(//e)">a</p>'),
    )
    fetched = re.findall(r'(?:src|url\(|<link[^>]*href)="?([^"\s)]*)', html)
    assert set(fetched) == {"https://hub.example/pictures/k"}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_never_more_than_words(value: str) -> None:
    block = Text(words="Hello {{first_name}}.")
    html, text = read(block, first_name=value), told(block, first_name=value)
    inside = re.search(r"<p>Hello (.*?)\.</p>", html, re.DOTALL)
    assert inside is not None
    assert not re.search(r"[<>\"\x00-\x1f\u2028\u202e\ue000-\ue00f]", inside[1])
    assert text.startswith(f"Hello {plain(value)}.\n")


@pytest.mark.parametrize("value", HOSTILE)
def test_a_header_is_one_line_whatever_is_filled_in(value: str) -> None:
    holding = campaign_places.Holding()
    subject = holding.opened_text(holding.held("News for {{name}}\r\nX-Evil: 1"))
    header = fill(subject, {"name": value}, "header").decode()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", header)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stays_within_the_part_of_an_address_that_it_is_for(value: str) -> None:
    html = campaign_mjml.html([Button(words="Go", href="https://klarruta.example/?who={{name}}&x=1")], AROUND)
    address = destination(stencil(html).links[0], {"name": value})
    assert re.fullmatch(r"https://klarruta\.example/\?who=[\w.~%-]*&x=1", address)


@pytest.mark.parametrize("words", HOSTILE)
def test_what_a_writer_types_is_shown_and_not_run(words: str) -> None:
    html = read(
        Text(words=words), Button(words=words, href="https://a.example"), Picture(picture="k", alt=words)
    )
    assert "<script" not in html
    assert not re.search(r"<[a-z]+[^>\"]*(?:\"[^\"]*\"[^>\"]*)*\sonerror=", html)


def test_html_of_ones_own_loses_what_could_harm() -> None:
    html = read(Html(html='<p onclick="x()">Hi<script>x()</script><iframe src=//e></iframe>'
                          '<a href="javascript:x()">a</a><form action=/x><input></form></p>'))  # fmt: skip
    body = html[html.index("Hi") - 3 : html.index("Hi") + 60]
    assert "<p>Hi<a>a</a></p>" in body


def test_html_that_is_nested_beyond_measure_is_refused_soon() -> None:
    with pytest.raises(ValueError, match="nested"):
        campaign_words.cleaned("<div>" * 20_000)


def test_links_are_counted_by_our_address_where_there_is_one() -> None:
    html = campaign_mjml.html(ALL, AROUND)
    counted = fill(html, KARIN | {"click_url": "https://hub.example/go/t"}).decode()
    numbers = re.findall(r'href="https://hub\.example/go/t/(\d+)"', counted)
    assert numbers == [str(each) for each in range(len(stencil(html).links))]
    assert 'href="https://hub.example/unsubscribe/t"' in counted
    assert "klarruta.example" not in counted


def test_a_block_is_read_by_those_alone_whom_it_is_for() -> None:
    firms = Text(words="For firms", only=Only(field="organisation"))
    others = Text(words="For you at home", only=Only(field="organisation", negated=True))
    ours = Text(words="For Berg & Co", only=Only(field="organisation", value="Berg & Co"))
    for show in (read, told):
        at_berg = show(firms, others, ours, organisation="berg & co")
        assert ("For firms" in at_berg, "at home" in at_berg) == (True, False)
        assert "Berg" in at_berg
        alone = show(firms, others, ours)
        assert ("For firms" in alone, "at home" in alone, "Berg" in alone) == (False, True, False)


def test_the_pieces_and_what_stands_between_make_the_letter() -> None:
    made = stencil(campaign_mjml.html(ALL, AROUND))
    pieces, between = made.pieces(), made.between(KARIN)
    assert len(pieces) == len(between) + 1
    assert "".join(a + b for a, b in zip(pieces, [*between, ""], strict=True)).encode() == made.fill(KARIN)


def test_the_text_that_somebody_wrote_stands_instead_of_the_made_one() -> None:
    text = told(*ALL, Plain(words="Hello {{first_name}}, in short."))
    assert text.startswith("Hello Karin, in short.\n\n-- \n")
    assert "Leave the list: https://hub.example/unsubscribe/t" in text


def test_who_opens_a_letter_is_counted_where_that_was_asked_for_alone() -> None:
    html = campaign_mjml.html([Text(words="Hi")], AROUND)
    assert "/seen/" not in fill(html, KARIN).decode()
    assert (
        'src="https://hub.example/seen/t.gif"'
        in fill(html, KARIN | {"open_url": "https://hub.example/seen/t.gif"}).decode()
    )


def test_faults_name_the_block_and_the_line() -> None:
    blocks = [Text(words="Hello\n{{shoe_size}}\n{{first_name"), Button(words="Go", href="nowhere at all")]
    found = [
        (each.block, each.line, str(each.words)) for each in campaign_blocks.faults(blocks, ["first_name"])
    ]
    assert found == [
        (1, 2, "There is no field “shoe_size”."),
        (1, 3, "A {{ has no }} in the same line, or the other way round."),
        (2, 0, "“nowhere at all” is no address of the web."),
    ]


def test_a_letter_that_would_take_too_long_to_make_is_refused() -> None:
    for blocks in ([Text()] * 62, [Text(words="[" * 10_001)], [Html(html="a" * 90_000)] * 2):
        with pytest.raises(ValueError, match=r"at most|more than"):
            campaign_blocks.require_bearable(blocks)
    campaign_blocks.require_bearable(ALL)


def test_the_html_is_the_one_that_was_looked_at() -> None:
    golden = Path(__file__).with_name("campaign_letter.html")
    assert read(*ALL) == golden.read_text(encoding="utf-8")


def test_blocks_are_kept_and_read_again_as_they_were() -> None:
    assert tuple(campaign_blocks.read(campaign_blocks.kept(ALL))) == ALL
    with pytest.raises(ValueError, match="kind"):
        campaign_blocks.read([{"kind": "bomb"}])
