"""The new part of a letter: nothing that its sender wrote is lost, and nothing that he quotes is kept."""

from __future__ import annotations

import pytest

from connectors.mail.reply import new_part

QUOTED = "\n> Do you want two?\n> Anna"


@pytest.mark.parametrize(
    "announced",
    [
        "On Mon, Sep 1, 2025 at 4:20 PM Support <support@example.org> wrote:" + QUOTED,
        "On Mon, Sep 1, 2025 at 4:20 PM Support at Example Store <\nsupport@example.org> wrote:\n" + QUOTED,
        "Den mån 1 sep. 2025 kl 16:20 skrev Support <support@example.org>:\n" + QUOTED,
        "Am 01.09.2025 um 16:20 schrieb Support <support@example.org>:" + QUOTED,
        "1 сентября 2025 г., 16:20 пользователь Support <support@example.org> написал:\n" + QUOTED,  # noqa: RUF001
        "Le lun. 1 sept. 2025 à 16:20, Support <support@example.org> a écrit :".replace(" :", ":") + QUOTED,
        "-----Original Message-----\nFrom: Support\nSent: Monday\n\nDo you want two?",
        "________________________________\nFrom: Support <s@example.org>\nSent: Monday\nTo: Eva\nSubject: x\n\nTwo?",
        "Från: Support\nSkickat: den 1 september 2025 16:20\nTill: Eva\nÄmne: Order\n\nVill du ha två?",
        "*From:* Support\n*Date:* Monday\n*Subject:* Order\n\nTwo?",
        "-- \nEva Strand\nExample Ltd" + QUOTED,
        "--\nEva Strand",
        "Skickat från min iPhone",
        "Sent from my Galaxy",
        "> Do you want two?",
    ],
)
def test_what_follows_the_answer_is_left_out(announced: str) -> None:
    assert new_part(f"Yes, two please.\n\nEva\n\n{announced}") == "Yes, two please.\n\nEva"


@pytest.mark.parametrize(
    "text",
    [
        "From now on: two.\n\nTo be sure: not three.\n\nSubject: lamps, as said.",
        "We have:\n- ten red\n- ten blue\n\n--red are better--",
        "She wrote: yes.\nAt 10:30 we go.",
        "Call me at 10:30 or mail eva@example.com.",
        "Sent from us to you\nis a fine lamp, and it has been a long day for all of us who had to carry it up.",
        "Hej",
        "",
    ],
)
def test_a_text_that_only_looks_like_a_quote_stays_whole(text: str) -> None:
    assert new_part(text) == text


def test_answers_between_quotes_are_shown_with_the_questions() -> None:
    text = "On 1/9/2025 16:20 a@example.org wrote:\n> Two?\nYes.\n> Red?\nNo, blue."
    assert new_part(text) == text


def test_the_line_above_an_announcement_is_not_taken_for_its_beginning() -> None:
    text = "Call me at 10:30.\nOn Mon, Sep 1, 2025 at 4:20 PM Support <s@example.org> wrote:\n> Two?"
    assert new_part(text) == "Call me at 10:30."


def test_a_letter_forwarded_without_a_word_is_shown_whole() -> None:
    text = "---------- Forwarded message ---------\nFrom: Kund <k@example.net>\nDate: Monday\nSubject: Lampa\n\nTrasig!"
    assert new_part(text) == text


def test_a_letter_that_is_all_signature_is_shown_whole() -> None:
    assert new_part("-- \nEva Strand") == "-- \nEva Strand"
