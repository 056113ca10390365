"""What looks like a machine's, and what must never be called so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.events import FormSubmitted
from hub.simhash import simhash

Read = Callable[..., FormSubmitted]
NINE = 1_795_165_200


def test_a_human_request_raises_no_doubt(read: Read) -> None:
    post = (
        f"name=Irina&phone=0701234567&message=See+https://okna.example/two and call.&_gotcha=&_ts={NINE - 30}"
    )
    assert read(post).suspicion == ()


def test_a_filled_honeypot_is_told_in_words(read: Read) -> None:
    assert read("name=Bot&_gotcha=x").suspicion == ("A field that people cannot see was filled in.",)


@pytest.mark.parametrize("drawn", [f"{NINE - 1}", f"{NINE - 1}.5", f"{(NINE - 1) * 1000}"])
def test_a_form_filled_in_within_a_second_is_doubted(read: Read, drawn: str) -> None:
    (reason,) = read(f"name=Bot&_ts={drawn}").suspicion
    assert "a person needs 2 or more" in reason


@pytest.mark.parametrize(
    "drawn", ["", "soon", "nan", "inf", "-inf", "0", f"{NINE + 60}", "9" * 400, "1e308", f"{NINE - 3}"]
)
def test_a_clock_that_is_wrong_or_absent_raises_no_doubt(read: Read, drawn: str) -> None:
    assert read(f"name=Irina&_ts={drawn}").suspicion == ()


def test_the_time_trap_can_be_switched_off(read: Read) -> None:
    assert read(f"name=Bot&_ts={NINE}", min_seconds=0).suspicion == ()


@pytest.mark.parametrize(
    ("post", "reason"),
    [
        (
            "message=https://a.example http://b.example www.a.example www.b.example",
            "An answer holds 4 links.",
        ),
        ("name=Rich www.seo.example", "The name holds a link."),
        ("message=[url=x]y[/url]", "An answer holds links written for a web page."),
        ("message=<A HREF='x'>y</a>", "An answer holds links written for a web page."),
    ],
)
def test_links_where_people_write_none_are_doubted(read: Read, post: str, reason: str) -> None:
    assert read(post).suspicion == (reason,)


def test_without_a_quarantine_the_doubts_become_remarks(read: Read) -> None:
    event = read("name=Bot&_gotcha=x", quarantine=False)
    assert event.suspicion == ()
    assert event.remarks == ("A field that people cannot see was filled in.",)


def test_the_reader_says_by_what_its_text_is_found_again(read: Read) -> None:
    words = "Hello dear owner, I can bring your page to the first place"
    assert read(f"name=Bot&message={words}").likeness == simhash(words) is not None
    assert read("name=Irina&message=Call me").likeness is None
