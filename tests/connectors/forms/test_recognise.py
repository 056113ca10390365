"""Who wrote and how to reach them, found by label, by type and by what the answer looks like."""

from __future__ import annotations

import pytest

from connectors.forms.meanings import meaning_of
from connectors.forms.recognise import recognise
from connectors.forms.settings import Meaning
from hub.events import Field

PHONES = "phone tel tel-123 telefon Telefonnummer Mobiltelefon Rufnummer téléphone Teléfono phone_number"
PHONES += " billing[phone] PHONE_MOBILE Handy telefone puhelin"
MAILS = "email e-mail E-Mail-Adresse your-email e-post Epostadress correo courriel почта e_mail mejl"
NAMES = "name Namn your-name Имя ФИО nombre form_fields[name] Nom fullName nome name-1"
MESSAGES = "message comment Comments your-message Meddelande Nachricht комментарий Fråga mensaje Textarea"
COMPANIES = "company Företag Firma organisation Компания Société empresa company_name"
THINGS = "form_name formname product_name file-name items[0][name] city-name user_agent page"


@pytest.mark.parametrize(
    ("labels", "meaning"),
    [
        (PHONES.split(), "phone"),
        (["Ваш телефон", "Номер телефона", "Контактный телефон *", "Mobile phone"], "phone"),
        (MAILS.split(), "email"),
        (["Электронная почта", "Эл. почта", "Your e-mail", "E mail"], "email"),
        (NAMES.split(), "name"),
        (["Ваше имя", "Как вас зовут?", "Your name *", "Ihr Name", "Votre nom", "Ditt namn"], "name"),
        (["first_name", "FirstName", "First Name", "prénom", "Förnamn", "Vorname", "fname"], "first name"),
        (["last_name", "LastName", "Surname", "Efternamn", "Nachname", "Фамилия", "apellidos"], "last name"),
        (MESSAGES.split(), "message"),
        (COMPANIES.split(), "company"),
        (["subject", "your-subject", "Ämne", "Betreff", "тема", "Sujet"], "subject"),
        (THINGS.split(), "nothing"),
    ],
)
def test_labels_mean_what_people_mean_by_them(labels: list[str], meaning: Meaning) -> None:
    assert {label: meaning_of(label)[0] for label in labels} == dict.fromkeys(labels, meaning)


@pytest.mark.parametrize("label", ["colour", "field_7", "", "telegram", "Площадь", "???"])
def test_a_label_that_says_nothing_means_nothing(label: str) -> None:
    assert meaning_of(label)[0] is None


@pytest.mark.parametrize(
    "number",
    [
        "+46 70 123 45 67",
        "8 (921) 555-01-02",
        "+79215550102",
        "070-123 45 67",
        "89215550102",
        "(212) 555-0142",
    ],
)
def test_a_number_is_recognised_without_its_label(number: str) -> None:
    assert recognise([Field("field_3", number)], {}).phone == number


@pytest.mark.parametrize(
    "other",
    [
        "2026-11-20",
        "20.11.2026",
        "192.168.10.12",
        "15 400.00",
        "1795165200",
        "120-150",
        "1" * 400,
        "4411:7788",
    ],
)
def test_what_only_looks_like_a_number_is_no_phone(other: str) -> None:
    assert recognise([Field("field_3", other)], {}).phone == ""


def test_a_mail_address_is_recognised_without_its_label() -> None:
    assert (
        recognise([Field("field_3", "eva@example.test"), Field("x", "eva@@x")], {}).email
        == "eva@example.test"
    )


def test_a_phone_of_four_hundred_digits_is_a_field_and_no_phone() -> None:
    assert (
        recognise([Field("phone", "7" * 400), Field("mobile", "070-123 45 67")], {}).phone == "070-123 45 67"
    )


def test_a_story_with_a_number_in_it_is_no_phone() -> None:
    story = "We moved, and the number 070-123 45 67 that you have of us will be cut off soon"
    assert recognise([Field("phone", story), Field("tel", "070-740 06 05")], {}).phone == "070-740 06 05"


def test_a_labelled_number_wins_over_one_that_merely_looks_so() -> None:
    fields = [Field("x", "+46 8 111 22 33"), Field("phone", "+46 70 123 45 67")]
    assert recognise(fields, {}).phone == "+46 70 123 45 67"


def test_an_empty_answer_leaves_room_for_the_next() -> None:
    assert recognise([Field("phone", " "), Field("tel", "070-123 45 67")], {}).phone == "070-123 45 67"


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ({"first_name": "Anna", "last_name": "Karlsson"}, "Anna Karlsson"),
        ({"Имя": "Анна", "Отчество": "Ивановна", "Фамилия": "Кузнецова"}, "Анна Ивановна Кузнецова"),
        ({"nom": "Lefèvre", "prénom": "Zoé"}, "Zoé Lefèvre"),
        ({"name": "Anna Karlsson", "first_name": "Anna", "last_name": "Karlsson"}, "Anna Karlsson"),
        ({"last_name": "Karlsson"}, "Karlsson"),
        ({"name[first]": "Anna", "name[last]": "Karlsson"}, "Anna Karlsson"),
    ],
)
def test_a_name_is_put_together_from_its_parts(answers: dict[str, str], name: str) -> None:
    assert recognise([Field(label, value) for label, value in answers.items()], {}).name == name


def test_the_owners_map_wins_over_every_guess() -> None:
    fields = [Field("Name", "Window 2x1"), Field("1.3", "Nils"), Field("Notes", "Ring after five")]
    seen = recognise(fields, {"name": "nothing", "1.3": "name", "notes": "subject"})
    assert (seen.name, seen.subject, seen.message) == ("Nils", "Ring after five", "")


def test_a_title_beside_a_value_is_never_an_answer() -> None:
    fields = [Field("fields[name][title]", "Name"), Field("fields[name][value]", "Greta Holm")]
    assert recognise(fields, {}).name == "Greta Holm"


def test_a_map_may_name_the_title_a_site_builder_sends() -> None:
    fields = [Field("fields[f7][title]", "Who are you?"), Field("fields[f7][value]", "Greta Holm")]
    assert recognise(fields, {"who are you?": "name"}).name == "Greta Holm"
