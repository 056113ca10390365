"""What a field's label says about its answer, in the languages our customers' sites are written in.

A label is taken apart into words without accents: `billing[phone]`, `your-name`, `Ваш телефон`, `FirstName`.
Mail addresses and numbers prove themselves by their value, so any word with "mail" or "phone" in it will do;
a name cannot, so its words must be exactly these.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from connectors.forms.answers import Meaning

WHOLE, PART = 2, 3

_CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")  # noqa: RUF001 - Russian forms
_ELECTRONIC = re.compile(r"\b(?:e|э|эл)[-_. ]*(?=mail|post|почт|пошт)")
_WORD = re.compile(r"[^\W\d_]+")


def _fold(text: str) -> str:
    """Fold case and accents, so that `prénom` is `Prenom` and `ё` is `е`."""  # noqa: RUF002 - that is the point
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _words(text: str) -> frozenset[str]:
    return frozenset(_fold(text).split())


_FILLING = _words("""
    a the your my our please enter contact customer client user visitor lead person field fields input
    data answers form value billing din ditt dina ange kund ihr ihre ihren bitte der die das kunde votre
    vos le la du de des el tu su il lo uw twój ваш ваша ваше ваши укажите введите контактное контактный
    контактная клиента клиент
""")
_MAIL = _words("mail epost mejl correo courriel почта почты почте пошта мейл мэйл имейл sähköposti")
_PHONE = _words(
    "phone telef téléph mobil handy rufnummer celular cellulare móvil puhel телеф мобил сотов telnr"
)
_PHONE_WORDS = _words("tel tlf cell gsm portable тел тлф mob whatsapp номер")
# Beside one of these words a "name" is no person's, a "message" is no letter, and a number is no telephone's.
_THINGS = _words("""
    product products item items file files page site domain event list campaign city street road project
    order orders shop store service services goods sku id ip date time ts price sum amount total inn tax
    vat zip plz postcode post code meta url utm fax invoice payment agent status type method consent
    newsletter country version locale token agree terms privacy domän ort plats datum pris tid город улица
    дата время цена сумма товар заказ заказа индекс договора инн согласие
""")
_MEANINGS: tuple[tuple[Meaning, frozenset[str]], ...] = (
    ("company", _words("""
        company companyname organisation organization org firm firma firmenname företag företagsnamn bolag
        unternehmen entreprise société empresa azienda bedrijf yritys business компания компании
        организация организации фирма
    """)),
    ("last name", _words("""
        last lastname lname surname familyname efternamn nachname familienname apellido apellidos cognome
        sukunimi etternavn sobrenome achternaam nazwisko фамилия
    """)),
    ("middle name", _words("middle middlename mellannamn patronymic отчество")),
    ("first name", _words("first firstname fname givenname förnamn vorname prénom etunimi fornavn voornaam")),
    ("subject", _words("""
        subject topic ämne betreff thema sujet objet asunto assunto oggetto onderwerp aihe temat тема
    """)),
    ("message", _words("""
        message msg comment comments question questions enquiry inquiry request description details note
        notes textarea meddelande kommentar fråga frågor beskrivning önskemål nachricht frage fragen
        anmerkung anmerkungen mitteilung commentaire commentaires mensaje mensagem comentario comentarios
        consulta pregunta messaggio bericht viesti wiadomość сообщение комментарий комментарии коммент
        вопрос пожелания описание заявка примечание повідомлення
    """)),
    ("name", _words("""
        name fullname yourname namn namnet kundnamn kundenname ansprechpartner nombre nom nome navn nimi
        naam imię fio имя фио зовут звать
    """)),
)  # fmt: skip
_PHRASES: dict[str, Meaning] = {
    "form name": "nothing",
    "formname": "nothing",
    "formid": "nothing",
    "family name": "last name",
    "given name": "first name",
}


@lru_cache(maxsize=4096)
def meaning_of(label: str) -> tuple[Meaning | None, int]:
    """Give what a label means and how sure that is (WHOLE or PART); "nothing" for one that names a thing."""
    words = _WORD.findall(_ELECTRONIC.sub("e", _fold(_CAMEL.sub(" ", label))))
    if phrase := _PHRASES.get(" ".join(words)):
        return phrase, WHOLE
    left = [word for word in words if word not in _FILLING] or words
    sure = WHOLE if len(left) == 1 else PART
    if any(stem in word for word in left for stem in _MAIL):
        return "email", sure
    if any(stem in word for word in left for stem in _PHONE):
        return "phone", sure
    if not _THINGS.isdisjoint(left):
        return "nothing", PART
    if not _PHONE_WORDS.isdisjoint(left):
        return "phone", sure
    return next(((meaning, sure) for meaning, known in _MEANINGS if not known.isdisjoint(left)), (None, PART))
