"""What speaks against a letter: said before it leaves, in words, with block and line, and for whom."""

from __future__ import annotations

import pytest

from crm import campaign_hints, campaign_mjml, campaign_text
from crm.campaign_blocks import Block, Button, Cell, Columns, Fault, Html, Only, Picture, Product, Text
from crm.campaign_contents import Made, Written
from crm.campaign_hints import Hint, contrast
from hub.said import said
from tests.crm.test_campaign_letters import ALL, AROUND

LACKING = {"organisation": "contacts without a company"}
FINE = Text(words="Good morning.")


def hints(*blocks: Block, subject: str = "News", preheader: str = "What is new") -> list[Hint]:
    """Give what is said of a letter."""
    written = Written(subject=subject, preheader=preheader, blocks=blocks)
    made = Made(campaign_mjml.html(blocks, AROUND), campaign_text.text(blocks, AROUND))
    return campaign_hints.hints(written, made, [], LACKING)


def words(*blocks: Block, **head: str) -> str:
    """Give the same as one text."""
    return "\n".join(each.words for each in hints(*blocks, **head))


def test_of_a_letter_that_is_as_it_should_be_nothing_is_said() -> None:
    assert hints(FINE) == []
    assert hints(*ALL) == []


def test_a_place_that_stays_empty_for_some_stops_it_and_says_for_whom() -> None:
    (hint,) = hints(FINE, Text(words="Dear you,\nat {{organisation}}."))
    assert (hint.block, hint.line, hint.stops) == (2, 2, True)
    assert (
        hint.words
        == '{{organisation}} is empty for contacts without a company: write {{organisation|"words"}}.'
    )
    assert hints(Text(words='At {{organisation|"home"}}.')) == []


def test_a_block_for_those_who_have_it_needs_no_other_words() -> None:
    assert hints(FINE, Text(words="At {{organisation}}", only=Only(field="organisation"))) == []
    assert hints(FINE, Text(words="At {{organisation}}", only=Only(field="organisation", negated=True))) != []


@pytest.mark.parametrize(
    ("address", "told"),
    [("http://klarruta.example/a", "is not encrypted"), ("https://klarruta", "there is no such server"),
     ("https://klarruta..example/a", "there is no such server"), ("https://[1", "there is no such server"),
     ("https://klarruta.example/https://klarruta.example/a", "holds two addresses")],
)  # fmt: skip
def test_links_are_spelled_over(address: str, told: str) -> None:
    assert told in words(FINE, Button(words="Go", href=address))


@pytest.mark.parametrize(
    "link", ["[here](www.klarruta.example)", "[here](htp://klarruta.example)", "[here]()"]
)
def test_what_was_meant_as_a_link_and_is_none_stops_it(link: str) -> None:
    (hint,) = hints(Text(words=f"Look {link}, and [there](https://klarruta.example)."))
    assert (hint.stops, link in hint.words) == (True, True)


@pytest.mark.parametrize(
    "block", [Columns(cells=(Cell(words="Fine"), Cell(words="[see](www.klarruta.example)"))),
              Product(words="[see](www.klarruta.example)")],
)  # fmt: skip
def test_links_are_read_in_every_block_that_is_formatted(block: Block) -> None:
    assert "“[see](www.klarruta.example)” is no link that can be read" in words(FINE, block)


def test_a_picture_says_what_it_shows() -> None:
    told = "The picture says nothing to who does not see it: write what it shows."
    assert told in words(FINE, Picture(picture="k"))
    assert told in words(FINE, Html(html='<img src="https://a.example/b.png">'))
    assert words(FINE, Picture(picture="k", alt="A window")) == ""


def test_a_letter_that_is_cut_off_is_told_of() -> None:
    assert "Gmail cuts letters off at 102 kB" in words(*(Text(words="a" * 10_000) for _each in range(10)))


def test_words_of_spam_are_named_and_others_are_not() -> None:
    assert words(Text(words="Click here, act now")) == "Words that spam is known by: act now, click here."
    assert words(Text(words="Du har vunnit")) == "Words that spam is known by: du har vunnit."
    assert words(Text(words="Our winners are windows")) == ""


def test_who_would_read_a_gap_above_the_letter_is_told_where() -> None:
    gap = "{{organisation}} is empty for"
    assert f"In the subject: {gap}" in words(FINE, subject="You at {{organisation}}")
    assert f"In the preview line: {gap}" in words(FINE, preheader="You at {{organisation}}")


def test_subjects_are_looked_at() -> None:
    assert hints(FINE, subject="")[0].stops
    assert "in capitals alone" in words(FINE, subject="NEWS FOR YOU")
    assert "exclamation marks" in words(FINE, subject="News!!")
    assert "The subject has 80 letters" in words(FINE, subject="a" * 80)
    assert "Without a preview line" in words(FINE, preheader="")


def test_an_empty_letter_and_one_of_pictures_alone_are_told_of() -> None:
    assert [each.stops for each in hints()] == [True]
    assert "It has pictures alone" in words(Picture(picture="k", alt="A window"))


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast("000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "fff") == pytest.approx(4.48, abs=0.01)
    assert "its contrast is 1.6" in words(
        FINE, Html(html='<p style="color: #ccc; background-color: #ffffff">Hi</p>')
    )
    assert words(FINE, Html(html='<p style="color:#333;background:#fff">Hi</p>')) == ""


def test_faults_come_first_and_stop_it() -> None:
    written = Written(subject="News", preheader="", blocks=(FINE,))
    made = Made(campaign_mjml.html([FINE], AROUND), "")
    found = campaign_hints.hints(written, made, [Fault(1, 2, said("It is too long."))], {})
    assert (found[0].words, found[0].stops, found[-1].stops) == ("It is too long.", True, False)
