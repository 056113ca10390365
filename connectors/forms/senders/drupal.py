"""Drupal Webform's "Remote post": the elements at the top, among what Drupal says of the submission itself.

Each state has an address of its own there, so the address says which it is: `?state=updated`, `?state=deleted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import parse_qs

from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shape import says
from hub.connector import Raw
from hub.events import Field
from hub.said import said

_ITS_OWN = frozenset({
    "serial", "sid", "uuid", "token", "uri", "created", "completed", "changed", "in_draft", "current_page",
    "remote_addr", "uid", "langcode", "webform_id", "entity_type", "entity_id", "locked", "sticky",
})  # fmt: skip
_CHANGED = {"updated", "update"}
_NOTHING = {"deleted", "delete", "draft", "draft_created", "draft_updated", "converted"}


class Drupal(Sender):
    """A handler of one Webform."""

    name: ClassVar[str] = "drupal"
    title: ClassVar[str] = "Drupal Webform"

    def knows(self, raw: Raw) -> bool:
        """Know it by what Drupal says of a submission, once the handler leaves that in."""
        return says(raw, "webform_id") and (says(raw, "uuid") or says(raw, "sid"))

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the elements; nothing for a draft or for what was deleted there."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        itself = {field.label: field.value for field in body.fields if field.label in _ITS_OWN}
        state = parse_qs(raw.headers.get(":query", "")).get("state", [""])[0].lower()
        if state in _NOTHING or itself.get("in_draft") in {"1", "true"}:
            return ()
        body.fields = [
            Field("page_url", field.value) if field.label == "uri" else field
            for field in body.fields
            if field.label not in _ITS_OWN - {"uri"} and (field.label != "notes" or field.value)
        ]
        key, number = itself.get("uuid", ""), itself.get("sid", "")
        changed = itself.get("changed", "")
        if state in _CHANGED and (key or number):
            key, number = key and f"{key} {changed}", number and f"{number} {changed}"
            body.remarks.append(said("It was sent before, and changed on the site."))
        return (Post(body=body, key=key, number=number, form=itself.get("webform_id", "")),)
