"""Which sender a form's posts are read as, and what it takes to be proven genuine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
import pytest

from connectors.forms import Forms, FormSettings, whose
from connectors.forms.body import Body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.senders import ALL
from connectors.forms.senders.generic import GENERIC
from hub.connector import Answer, Raw
from hub.events import Field
from hub.manual import manual
from tests.connectors.forms.conftest import NINE


class Till(Sender):
    """Says its number in a header, and signs by saying the secret."""

    name: ClassVar[str] = "till"
    title: ClassVar[str] = "Till"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its header."""
        return "x-till" in raw.headers

    def is_named(self, raw: Raw) -> bool:
        """Know it by the same."""
        return self.knows(raw)

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Want the secret itself."""
        if "x-secret" not in raw.headers:
            raise ValueError("It says no secret.")
        return "" if raw.headers["x-secret"] in secrets else "Its secret is wrong."

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the whole body as a text."""
        body = Body(fields=[Field("who", "Karin Ekdahl"), Field("text", raw.body.decode())])
        return [Post(body=body, key=raw.headers["x-till"], form="Till 3", known={"who": "name"})]

    def answer(self, raw: Raw) -> Answer | None:
        """Say that it was taken."""
        del raw
        return Answer(status=202)


TILL = Till()


@pytest.fixture(autouse=True)
def _till(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whose, "ALL", (TILL, GENERIC))
    monkeypatch.setattr(whose, "SPEAKING", (TILL,))


def sent(body: bytes = b"x=1", **headers: str) -> Raw:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Raw(body=body, headers=named, received_at=NINE, key="a1")


def forms(**settings: object) -> Forms:
    return Forms("website", "sesame", FormSettings(**settings))  # type: ignore[arg-type]


def test_whoever_knows_a_post_reads_it() -> None:
    (event,) = forms().read(sent(b"a window", x_till="4711"))
    assert (event.key, event.repeats_within) == ("till:4711", None)
    assert (event.form, event.name) == ("Till 3", "Karin Ekdahl")


def test_what_nobody_knows_is_a_plain_form() -> None:
    (event,) = forms().read(sent(b"name=Karin&phone=070-174+06+12"))
    assert event.phone == "070-174 06 12"


def test_the_owner_s_map_wins_over_what_a_sender_says() -> None:
    (event,) = forms(map={"who": "company"}).read(sent(b"a window", x_till="4711"))
    assert (event.company, event.name) == ("Karin Ekdahl", "")


def test_the_map_says_that_a_meaning_is_the_sender_s_own() -> None:
    who, _text = forms().explain(sent(b"a window", x_till="4711"))
    assert (who.meaning, who.rule) == ("name", "its sender says so")


def test_a_sender_is_told_what_it_wants_to_hear_and_a_script_may_read_that() -> None:
    site = "https://klarruta.example"
    answer = forms(origins=(site,)).answer(sent(x_till="4711", origin=site))
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (202, site)


@pytest.mark.parametrize(
    ("settings", "headers", "why"),
    [
        ({"secret": "abc"}, {"x_till": "1", "x_secret": "abc"}, None),
        ({"secret": "new", "earlier_secret": "abc"}, {"x_till": "1", "x_secret": "abc"}, None),
        ({}, {"x_till": "1"}, None),
        ({"secret": "abc"}, {}, None),
        ({"secret": "abc"}, {"x_till": "1", "x_secret": "abd"}, "Its secret is wrong."),
        ({"secret": "abc"}, {"x_till": "1"}, "It says no secret."),
        ({"secret": "abc", "sender": "till"}, {}, "It says no secret."),
        ({"earlier_secret": "abc"}, {"x_till": "1", "x_secret": "abd"}, "Its secret is wrong."),
    ],
    ids=["right", "earlier", "no secret set", "of somebody who signs nothing", "wrong", "none", "fixed", "only old"],
)  # fmt: skip
def test_where_a_secret_is_set_a_sender_that_signs_must_prove_itself(
    settings: dict[str, str], headers: dict[str, str], why: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.forms.settings.SENDERS", {"any": "Any", "till": "Till"})
    doubt = forms(**settings).doubt(sent(b"x=1", **headers))
    assert (doubt and doubt.why) == why
    assert doubt is None or doubt.answer.status == 401


def test_our_own_test_of_an_address_needs_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.forms.settings.SENDERS", {"any": "Any", "till": "Till"})
    till = forms(sender="till", secret="abc")  # noqa: S106
    trial = till.trial()
    assert (till.doubt(trial), till.read(trial)) == (None, ())


def test_a_sender_that_there_is_not_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="There is no sender “tlida”"):
        msgspec.convert({"sender": "tlida"}, FormSettings)


def test_the_senders_have_names_of_their_own_and_the_one_who_knows_everything_is_the_last() -> None:
    names = [sender.name for sender in ALL]
    assert len(set(names)) == len(names)
    assert ALL[-1] is GENERIC


def test_the_console_offers_every_sender_by_its_own_name() -> None:
    settings = {setting.name: setting for setting in manual(FormSettings)}
    assert settings["sender"].kind == "choice"
    assert settings["sender"].words["html"] == GENERIC.title
    assert settings["secret"].kind == settings["earlier_secret"].kind == "secret"


def test_posts_that_come_in_turn_are_each_their_own_sender_s() -> None:
    website, tills, visitors = forms(), sent(b"a window", x_till="4711"), sent(b"name=Karin")
    titles = [website.sent_by(post) for post in (tills, visitors, tills)]
    assert titles == ["Till", GENERIC.title, "Till"]
