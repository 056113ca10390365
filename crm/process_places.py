"""What a diagram names of the company: people, departments, stages, templates. What is not there is told in words."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import letter_blanks, ready_documents, web_hooks
from crm.documents import template_named
from crm.letter_templates import LetterTemplate
from crm.pipelines import LostReason, Stage
from crm.process_elements import Deed, Node
from crm.setup import setup
from hub.said import said
from hub.users import User

OWN_BLANKS = ("{deal.", "{answers.")


def missing(session: Session, node: Node) -> Iterator[str]:
    """Say what an element names that there is not."""
    state = setup(session)
    kind, _colon, name = (node.work.who if node.work else node.deed.who if node.deed else "").partition(":")
    if kind == "department" and name not in {each.name for each in state.departments.values()}:
        yield said("there is no department “%(missing)s”", missing=name)
    if kind == "user" and not _is_here(session, name):
        yield said("there is nobody “%(missing)s”", missing=name)
    if node.work and node.work.policy and node.work.policy not in {each.name for each in state.policies}:
        yield said("there is no promise “%(missing)s”", missing=node.work.policy)
    if node.deed is not None:
        yield from _of_deed(session, node.deed)


def _of_deed(session: Session, deed: Deed) -> Iterator[str]:
    if deed.kind == "stage" and not _is_there(session, Stage, deed.name):
        yield said("there is no stage “%(missing)s”", missing=deed.name)
    if deed.kind == "stage" and deed.reason and not _is_there(session, LostReason, deed.reason):
        yield said("there is no reason “%(missing)s”", missing=deed.reason)
    coming = {name for each in ready_documents.missing(session) for name in (each.key, each.name)}
    if (
        deed.kind == "document" and deed.template not in coming
        and template_named(session, deed.template) is None
    ):  # fmt: skip
        yield said("there is no template of documents “%(missing)s”", missing=deed.template)
    if deed.kind == "hook" and web_hooks.named(session, deed.name) is None:
        yield said("there is no web hook “%(missing)s”", missing=deed.name)
    if deed.kind == "message":
        yield from _of_message(session, deed)


def _of_message(session: Session, deed: Deed) -> Iterator[str]:
    if deed.template and not _is_there(session, LetterTemplate, deed.template):
        yield said("there is no template of letters “%(missing)s”", missing=deed.template)
    for text in (deed.subject, deed.text):
        for own in OWN_BLANKS:
            text = text.replace(own, "")  # noqa: PLW2901 - what is left must be a blank that letters know
        if wrong := letter_blanks.fault(text):
            yield wrong


def _is_here(session: Session, email: str) -> bool:
    return session.scalar(select(User.id).where(User.email == email, User.disabled_at.is_(None))) is not None


def _is_there(session: Session, table: type[Stage | LostReason | LetterTemplate], name: str) -> bool:
    found = select(table.id).where(table.name == name, table.retired_at.is_(None)).limit(1)
    return session.scalar(found) is not None
