"""What the palette asks of each thing that a process does by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields as fields_of

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import ready_documents, web_hooks
from crm.documents import DocumentTemplate
from crm.letter_templates import LetterTemplate
from crm.process_deeds import CUSTOMER, WAYS
from crm.process_elements import Deed
from crm.web.piece_fields import Field, Options, chosen_from, stages, whom
from hub.languages import LANGUAGES, N_, _


class DeedPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A deed by the name of its tag, in words, with what is said of it."""

    tag: str
    words: str
    fields: Sequence[Field]


def deed_piece(session: Session, kind: str) -> DeedPiece:
    """Give what the palette asks of one kind of deed; of one that it does not know, each of its words."""
    known = DEEDS.get(kind)
    if known is not None:
        return DeedPiece(tag=kind, words=_(known[0]), fields=known[1](session))
    names = [each.name for each in fields_of(Deed) if each.name not in {"kind", "text"}]
    return DeedPiece(
        tag=kind, words=kind,
        fields=[*(Field(name=name, words=name) for name in names), Field(words=_("Text"), kind="lines", body=True)],
    )  # fmt: skip


def _stage(session: Session) -> Sequence[Field]:
    return [Field(name="name", words=_("Stage"), kind="choice", options=stages(session))]


def _note(session: Session) -> Sequence[Field]:
    return [
        Field(name="who", words=_("Whom"), kind="choice", options=whom(session), usual="responsible"),
        Field(words=_("What"), kind="lines", body=True),
    ]


def _document(session: Session) -> Sequence[Field]:
    templates = session.scalars(
        select(DocumentTemplate.name)
        .where(DocumentTemplate.retired_at.is_(None))
        .order_by(DocumentTemplate.name)
    )
    known = dict.fromkeys([*templates, *(_(each.name) for each in ready_documents.missing(session))])
    return [
        Field(name="template", words=_("Template"), kind="choice", options=chosen_from(known)),
        Field(
            name="language",
            words=_("Language"),
            kind="choice",
            options=[("", _("The company's")), *LANGUAGES.items()],
        ),
    ]


def _message(session: Session) -> Sequence[Field]:
    customer = (CUSTOMER, _("The customer"))
    return [
        Field(name="who", words=_("Whom"), kind="choice", options=[customer, *whom(session)], usual=CUSTOMER),
        Field(name="by", words=_("By which way"), kind="choice", options=[(way, _(WAY_WORDS[way])) for way in WAYS],
              usual=WAYS[0]),
        Field(name="template", words=_("Template of letters"), kind="choice", options=letters(session)),
        Field(name="subject", words=_("Subject"), hint=_("Of a letter without a template")),
        Field(words=_("What it says"), kind="lines", body=True),
        Field(name="attach", words=_("With the documents of"), hint=_("Ids of the elements that made them")),
    ]  # fmt: skip


def letters(session: Session) -> Options:
    """Give the templates of letters."""
    names = (
        select(LetterTemplate.name).where(LetterTemplate.retired_at.is_(None)).order_by(LetterTemplate.name)
    )
    return chosen_from(dict.fromkeys(session.scalars(names)))


def _hook(session: Session) -> Sequence[Field]:
    names = dict.fromkeys(each.name for each in web_hooks.every(session))
    hint = _("An admin names programs in the settings")
    return [
        Field(name="name", words=_("Program"), kind="choice", options=chosen_from(names), hint=hint),
        Field(words=_("Words that go along"), kind="lines", body=True),
    ]


WAY_WORDS = {"mail": N_("Mail"), "messenger": N_("The messenger he used last")}


DEEDS: Mapping[str, tuple[str, Callable[[Session], Sequence[Field]]]] = {
    "stage": (N_("The deal enters a stage"), _stage), "note": (N_("Somebody is told on the card"), _note),
    "notify": (N_("Somebody gets a task to look at it"), _note), "document": (N_("A document is made"), _document),
    "message": (N_("Somebody is written to"), _message), "hook": (N_("A program is told"), _hook),
}  # fmt: skip
