"""Reserved inputs, origins, pings, and when two posts are the same request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.forms import Forms, FormSettings
from hub.connector import Raw
from hub.events import Field, FormSubmitted
from tests.connectors.forms.recordings import recordings

Read = Callable[..., FormSubmitted]


def test_inputs_meant_for_us_are_no_answers(read: Read) -> None:
    event = read("name=Irina&_next=x&_subject=Balcony&_gotcha=&_nonce=n&_ts=1&_charset_=utf-8&_page=7")
    assert event.fields == (Field("name", "Irina"), Field("_page", "7"))
    assert event.subject == "Balcony"


def test_where_the_visitor_came_from_stands_apart(read: Read) -> None:
    event = read(
        "name=Irina&utm_source=ya&UTM_Campaign=autumn&gclid=g&yclid=y&fbclid=f&roistat=r&referrer=q&page_url=p"
    )
    assert [field.label for field in event.fields] == ["name"]
    assert [field.value for field in event.origin] == ["ya", "autumn", "g", "y", "f", "r", "q", "p"]


def test_the_button_pressed_twice_is_one_request_for_ten_minutes(read: Read) -> None:
    first, second = read("name=Irina&phone=1&_ts=1"), read("name=+Irina+&phone=1&_ts=9")
    assert first.key == second.key
    assert first.repeats_within == 600


def test_other_answers_are_another_request(read: Read) -> None:
    posts = ["a=1&b=2", "b=2&a=1", "a=1&b=3", "a=1%26b=2", "ab=12", "a=&b=12", "a=1&b=2&c="]
    assert len({read(post).key for post in posts}) == len(posts)


def test_two_files_of_one_name_are_two_requests(read: Read) -> None:
    head = '--x\r\nContent-Disposition: form-data; name="plan"; filename="plan.pdf"\r\n\r\n'
    keys = {read(f"{head}{content}\r\n--x--", "multipart/form-data; boundary=x").key for content in "ab"}
    assert len(keys) == 2


def test_a_nonce_makes_a_request_one_for_ever(read: Read) -> None:
    event = read("name=Irina&_nonce=8c1f")
    assert event.key.startswith("n:8c1f:")
    assert event.repeats_within is None


def test_a_nonce_that_a_page_gives_to_everybody_keeps_people_apart(read: Read) -> None:
    assert read("name=Irina&_nonce=1").key != read("name=Oleg&_nonce=1").key


def test_a_nonce_without_end_is_cut(read: Read) -> None:
    assert len(read("name=Irina&_nonce=" + "9" * 9999).key) < 130


def test_unreadable_bodies_are_told_apart_by_their_bytes(read: Read) -> None:
    assert read(b"\0\1", "image/png").key != read(b"\0\2", "image/png").key


@pytest.mark.parametrize(
    "body",
    [
        "{who}&form_id=4&date_created=x&source_url=y&1.3=z&id={number}",
        "form_text_1={who}&WEB_FORM_ID=4&RESULT_ID={number}",
        "{who}&webform_id=contact&sid={number}",
        "{who}&entry_id={number}",
    ],
    ids=["gravity", "bitrix", "drupal", "wpforms"],
)
def test_a_counter_that_begins_anew_swallows_no_customer(raw: Callable[..., Raw], body: str) -> None:
    def identity(who: str, number: int) -> tuple[str, float | None]:
        agent = "WPForms/1.9" if "entry_id" in body else "curl"
        (event,) = Forms("website", "sesame", FormSettings()).read(
            raw(body.format(who=who, number=number), user_agent=agent)
        )
        return event.key, event.repeats_within

    assert identity("name=Lena", 7) == identity("name=Lena", 7)
    assert identity("name=Lena", 7)[1] is None
    assert identity("name=Lena", 7) != identity("name=Omar", 7)
    assert identity("name=Lena", 7) != identity("name=Lena", 8)
    assert identity("name=Lena", 0)[1] is not None


def test_two_shops_of_one_host_have_orders_of_their_own(raw: Callable[..., Raw]) -> None:
    recording = next(each for each in recordings() if each.name == "wordpress-woocommerce")

    def key(site: bytes) -> str:
        body = recording.raw.body.replace(b"https://klarruta.example", site, 1)
        (event,) = Forms("website", "sesame", FormSettings()).read(
            raw(body, "application/json", ringback_plugin="wordpress/1")
        )
        return event.key

    assert key(b"https://klarruta.example/se") != key(b"https://klarruta.example/fi")


@pytest.mark.parametrize("body", ["test=test", "webhook_id=12"])
def test_a_builder_trying_the_address_is_no_request(raw: Callable[..., Raw], body: str) -> None:
    assert Forms("website", "sesame", FormSettings()).read(raw(body)) == ()


@pytest.mark.parametrize(
    "body", ["test=test&name=Irina", "webhook_id=mine", "test=Test", "test=test&_nonce=1"]
)
def test_a_person_who_writes_test_is_a_request(read: Read, body: str) -> None:
    assert read(body).fields
