"""A mailbox as its pages need it: the row, its settings, and its letters read by them."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session

from connectors.mail.letter import Letter
from connectors.mail.reader import read_letter
from connectors.mail.sending_settings import MailSettings
from hub.channels import Channel
from hub.journal import Inbound
from hub.languages import _
from hub.shapes import convert
from hub.web.keys import BLOBS
from hub.web.problems import Problem

KIND = "mail"


class Mailbox(NamedTuple):
    """A mailbox's channel."""

    id: int
    title: str
    settings: MailSettings

    def read(self, body: bytes) -> Letter:
        """Read a letter as the mailbox does."""
        return read_letter(body, self.settings.trusted_server, self.settings.form_senders)

    def read_as_form(self, body: bytes, sender: str) -> Letter:
        """Read a letter of a sender as if it were known that his are forms."""
        return read_letter(body, self.settings.trusted_server, {*self.settings.form_senders, sender})


def mailbox_of(session: Session, channel_id: int) -> Mailbox:
    """Give a mailbox, or a problem."""
    row = session.get(Channel, channel_id)
    if row is None or row.kind != KIND:
        raise Problem(404, _("There is no such mailbox."))
    return Mailbox(row.id, row.title, convert(row.settings, MailSettings))


async def body_of(request: web.Request, item: Inbound) -> bytes:
    """Give the bytes of a letter, b"" where they are no longer kept."""
    if item.blob is None or item.forgotten_at is not None:
        return item.body or b""
    try:
        return await request.app[BLOBS].get(item.blob)
    except FileNotFoundError:
        return b""
