"""A message as somebody wants it said in a chat, and as the messenger takes it: one file each, and not too long."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from crm import chat_texts
from crm.desk import Refusal
from hub.chats import Button, Rules, SendMessage, Template
from hub.languages import _
from hub.letters import Enclosure

MOST_TEXT = 100_000  # letters that anybody sends at once
MOST_FILES = 20
MB = 1_000_000


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wants to say in a chat. `answers` is the interaction of the message that it answers.

    `template` and `language` name one that the messenger approved, which `values` fill in; nothing else goes with it.
    `automatic`: no person wrote it.
    """

    chat_id: int
    text: str = ""
    files: tuple[Enclosure, ...] = ()
    buttons: tuple[Button, ...] = ()
    answers: int | None = None
    template: str = ""
    language: str = ""
    values: tuple[str, ...] = ()
    automatic: bool = False


def messages(wanted: Wanted, rules: Rules, templates: Sequence[Template], to: str) -> list[SendMessage]:
    """Give the messages that it becomes, in their order; Refusal says in words why it cannot be said."""
    if wanted.template:
        return [_by_template(wanted, templates, to)]
    _require(wanted, rules)
    said = _with_words(wanted, rules, to)
    return [replace(each, message_id=secrets.token_hex(16)) for each in said]


def _with_words(wanted: Wanted, rules: Rules, to: str) -> list[SendMessage]:
    """Put words beside the first file where they fit, else before it; buttons are below the last words."""
    text, files = wanted.text.strip(), [SendMessage(to=to, file=each) for each in wanted.files]
    above = rules.above_buttons if wanted.buttons else None
    most, caption = (min(each, above or each) for each in (rules.text, rules.caption))
    if files and chat_texts.length(text) <= caption:
        return [replace(files[0], text=text, buttons=wanted.buttons), *files[1:]]
    texts = [SendMessage(to=to, text=each) for each in chat_texts.pieces(text, most, in_bytes=rules.in_bytes)]
    return [*texts[:-1], replace(texts[-1], buttons=wanted.buttons), *files]


def _require(wanted: Wanted, rules: Rules) -> None:
    if not wanted.text.strip() and not wanted.files:
        raise Refusal(_("A message needs words or a file."))
    if len(wanted.text) > MOST_TEXT:
        raise Refusal(_("A message has at most %(most)s letters.", most=MOST_TEXT))
    if len(wanted.files) > MOST_FILES:
        raise Refusal(_("At most %(most)s files go at once.", most=MOST_FILES))
    if len(wanted.buttons) > rules.buttons:
        raise Refusal(_("This channel has at most %(most)s buttons below a message.", most=rules.buttons))
    if wanted.buttons and rules.above_buttons and not wanted.text.strip():
        raise Refusal(_("In this channel buttons need words above them."))
    for file in wanted.files:
        if file.size > rules.file:
            largest = f"{rules.file / MB:g}"
            raise Refusal(
                _("“%(name)s” is too large: this channel takes files of at most %(most)s MB.",
                  name=file.name, most=largest)
            )  # fmt: skip


def _by_template(wanted: Wanted, templates: Sequence[Template], to: str) -> SendMessage:
    found = next((each for each in templates if each.name == wanted.template
                  and wanted.language in ("", each.language)), None)  # fmt: skip
    if found is None:
        raise Refusal(_("This channel has no template “%(name)s”.", name=wanted.template))
    if wanted.text.strip() or wanted.files:
        raise Refusal(_("A template goes alone: words of your own and files cannot go with it."))
    if len(wanted.values) != chat_texts.gaps(found) or not all(map(str.strip, wanted.values)):
        raise Refusal(_("Fill in all of the template."))
    return SendMessage(to=to, message_id=secrets.token_hex(16), template=found, values=wanted.values)


def words_of(message: SendMessage) -> str:
    """Give the words as the contact reads them."""
    return chat_texts.filled(message.template, message.values) if message.template else message.text
