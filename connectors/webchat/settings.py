"""How a web chat is set up."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, structs

from connectors.pairs import check_pairs
from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

HIDE, FORM, ALWAYS = "hide", "form", "always"
CLOSED: Mapping[str, str] = {
    FORM: N_("Ask for a message and an address"),
    HIDE: N_("Show nothing"),
    ALWAYS: N_("Stay as it is"),
}
LEFT, RIGHT = "left", "right"
SIDES: Mapping[str, str] = {RIGHT: N_("Right"), LEFT: N_("Left")}
MEANINGS = ("name", "phone", "email", "topic")
LOOKS, ASKS = N_("What it looks like"), N_("What it asks before the first message")
MOST_QUESTIONS = 6
MEGABYTE = 1_000_000

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\;,]{3,2000}")


class Question(msgspec.Struct, frozen=True):
    """One question before the chat: what is read, what the answer means, and whether it must be answered."""

    label: str
    means: str
    required: bool


class ChatSettings(Settings, frozen=True, kw_only=True):
    """Settings of a web chat, in the order in which people read them."""

    title: Annotated[
        str,
        Meta(max_length=60, title=N_("Heading"), description=N_("Stands above the chat, and on its button.")),
    ] = N_("Chat with us")
    intro: Annotated[
        str,
        Meta(
            max_length=200, title=N_("Line under the heading"), description=N_("Such as how soon you answer.")
        ),
    ] = ""
    origins: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Sites"),
            description=N_(
                "Whose pages may have the chat, such as https://klarruta.example. “*” lets every site."
            ),
        ),
    ] = ()
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_(
                "Who answers, and whose working hours count. Empty leaves that to the company's rules."
            ),
        ),
    ] = ""
    when_closed: Annotated[
        str,
        Meta(
            title=N_("When nobody is there"),
            description=N_("Out of working hours, or while nobody of the department is at the console."),
            extra={"choices": CLOSED},
        ),
    ] = FORM
    closed_words: Annotated[
        str,
        Meta(
            max_length=300, title=N_("Words when nobody is there"), description=N_("Stand above that form.")
        ),
    ] = N_("We are not here just now. Leave a message and how to reach you, and we will answer.")
    colour: Annotated[
        str,
        Meta(title=N_("Colour"), description=N_("Such as #7a3186. Its text is black or white, whichever is clearer."),
             extra={"group": LOOKS}),
    ] = "#7a3186"  # fmt: skip
    position: Annotated[
        str, Meta(title=N_("Side"), description=N_("At which side of the page its button stands."),
                  extra={"group": LOOKS, "choices": SIDES}),
    ] = RIGHT  # fmt: skip
    questions: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Questions"),
            description=N_(
                "One in a line, “Your name* = name”: what is asked, and what the answer is: name, phone, email, topic "
                "or a field of yours. A star says that it must be answered."
            ),
            extra={"group": ASKS},
        ),
    ] = ()
    consent: Annotated[
        str,
        Meta(
            max_length=500, title=N_("Consent"),
            description=N_("What a visitor agrees to before he writes; it stands on the card. Empty: nothing."),
            extra={"group": ASKS},
        ),
    ] = ""  # fmt: skip
    consent_address: Annotated[
        str,
        Meta(
            title=N_("Page about it"),
            description=N_("The address of your privacy page."),
            extra={"group": ASKS},
        ),
    ] = ""
    largest_file: Annotated[
        int,
        Meta(ge=0, le=25, title=N_("Largest file"), description=N_("In megabytes. 0: visitors send none.")),
    ] = 10
    secret: Annotated[
        Secret,
        Meta(
            min_length=16,
            title=N_("Secret"),
            description=N_(
                "Signs by what visitors are known again. Another one makes strangers of all of them."
            ),
        ),
    ] = msgspec.field(default_factory=lambda: secrets.token_urlsafe(24))

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        for origin in self.origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise WrongSetting("origins", _(
                    "An origin is scheme and host, such as https://klarruta.example, not “%(origin)s”", origin=origin
                ))  # fmt: skip
        if self.when_closed not in CLOSED:
            raise WrongSetting("when_closed", _("It is one of: %(known)s", known=", ".join(CLOSED)))
        if self.position not in SIDES:
            raise WrongSetting("position", _("It is one of: %(known)s", known=", ".join(SIDES)))
        if not _COLOUR.fullmatch(self.colour):
            raise WrongSetting("colour", _("A colour is written like #7a3186"))
        if self.consent_address and not _ADDRESS.fullmatch(self.consent_address):
            raise WrongSetting(
                "consent_address", _("Write the whole address of the page, beginning with https://")
            )
        check_pairs(questions=self.questions)
        if len(self.questions) > MOST_QUESTIONS:
            raise WrongSetting(
                "questions", _("More than %(most)s questions drive people away", most=MOST_QUESTIONS)
            )

    def asked(self) -> tuple[Question, ...]:
        """Give the questions."""
        return tuple(self._asked())

    def told(self) -> ChatSettings:
        """Give it with what nobody wrote otherwise said to whoever listens."""
        return structs.replace(self, title=_said(self.title, _USUAL_TITLE),
                               closed_words=_said(self.closed_words, _USUAL_CLOSED))  # fmt: skip

    def _asked(self) -> Iterator[Question]:
        for line in self.questions:
            label, _sign, means = (part.strip() for part in line.partition("="))
            yield Question(label.removesuffix("*").strip()[:100], means[:60], label.endswith("*"))


def _said(words: str, usual: str) -> str:
    return _(words) if words == usual else words


_USUAL_TITLE, _USUAL_CLOSED = (
    str(field.default) for field in structs.fields(ChatSettings) if field.name in {"title", "closed_words"}
)
