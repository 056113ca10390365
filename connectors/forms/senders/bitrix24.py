"""Bitrix24's outgoing web hooks: that something was made there, by its number alone (https://apidocs.bitrix24.com)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from connectors.forms.body import bounded, open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shape import says
from connectors.proof import doubt_signature
from hub.connector import Raw
from hub.said import said

_WORD = "auth[application_token]"
_THINGS = {"LEAD": "lead", "DEAL": "deal", "CONTACT": "contact", "COMPANY": "company"}
_MARKS = (b"event=ON", b"event%3DON", b"event_handler_id")


class Bitrix24(Sender):
    """A web hook for events of the CRM there."""

    name: ClassVar[str] = "bitrix24"
    title: ClassVar[str] = "Bitrix24"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its event and the word that it shows."""
        return says(raw, _WORD) and any(mark in raw.body for mark in _MARKS)

    def is_named(self, raw: Raw) -> bool:
        """Know it by the word that it shows."""
        return self.knows(raw)

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare the word that Bitrix24 shows with every event."""
        return doubt_signature([_told(raw).get(_WORD, "").encode()], map(str.encode, secrets))

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give what is new there, with where it stands; nothing for what was changed or deleted."""
        told = _told(raw)
        event, number = told.get("event", "").upper(), told.get("data[FIELDS][ID]", "")
        thing = next((word for mark, word in _THINGS.items() if event == f"ONCRM{mark}ADD"), "")
        if not thing or not number:
            return ()
        host = told.get("auth[domain]", "")
        answers = [(thing, number)]
        if host:
            answers.append(("link", f"https://{host}/crm/{thing}/details/{number}/"))
        body = bounded(answers)
        body.text = said("New in Bitrix24: %(thing)s %(number)s.", thing=thing, number=number)
        return (Post(body=body, key=f"{event} {number}", form=host),)


def _told(raw: Raw) -> Mapping[str, str]:
    body = open_body(raw.body, raw.headers.get("content-type", ""))
    return {field.label: field.value for field in body.fields}
