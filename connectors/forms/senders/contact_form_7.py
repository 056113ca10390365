"""Contact Form 7: what its add-ons post, and the address of WordPress itself, so that its own script can post to us.

A page whose `wpcf7.api.root` is `…/in/NAME/TOKEN/wp-json/` asks us for the form's rules and posts there; the answer is
what its script shows the visitor. Of its hidden inputs none makes a submission unique.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shape import LOOKED, says
from hub.connector import Answer, Raw

_FORMS = re.compile(r"wp-json/contact-form-7/v1/contact-forms/(\d{1,12})/(feedback|feedback/schema|refill)")
_UNIT_TAG = re.compile(rb'_wpcf7_unit_tag(?:"\r\n\r\n|=|": ?")([A-Za-z0-9_-]{1,100})')
_OWN = "_wpcf7"
_JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}


class ContactForm7(Sender):
    """The plug-in, by itself or by an add-on."""

    name: ClassVar[str] = "contact-form-7"
    title: ClassVar[str] = "Contact Form 7"

    def knows(self, raw: Raw) -> bool:
        """Know it by its own address, or by its hidden inputs."""
        return _is_feedback(raw) or says(raw, "_wpcf7_unit_tag") or says(raw, "_wpcf7")

    def is_named(self, raw: Raw) -> bool:
        """Know it by its own address."""
        return _is_feedback(raw)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers without the plug-in's own inputs."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        body.fields = [field for field in body.fields if not field.label.startswith(_OWN)]
        return (Post(body=body),)

    def reply(self, raw: Raw, thanks: str) -> Answer | None:
        """Tell the plug-in's script what it waits for; its add-ons want the usual."""
        if not _is_feedback(raw):
            return None
        found = _FORMS.fullmatch(raw.headers.get(":path", ""))
        tag = _UNIT_TAG.search(raw.body[:LOOKED])
        told = {
            "contact_form_id": int(found[1]) if found else 0,
            "status": "mail_sent",
            "message": thanks,
            "posted_data_hash": "",
            "into": f"#{tag[1].decode()}" if tag else "",
            "invalid_fields": [],
        }
        return Answer(status=200, headers=_JSON, body=msgspec.json.encode(told))


def asked(path: str) -> Answer | None:
    """Give what its script asks for as a page is loaded: no rules of ours, and nothing to fill in anew."""
    found = _FORMS.fullmatch(path)
    if found is None or found[2] == "feedback":
        return None
    schema = {"version": "Contact Form 7 SWV Schema 2022-10", "locale": "", "rules": []}
    told = schema if found[2] == "feedback/schema" else {}
    return Answer(status=200, headers=_JSON, body=msgspec.json.encode(told))


def _is_feedback(raw: Raw) -> bool:
    found = _FORMS.fullmatch(raw.headers.get(":path", ""))
    return found is not None and found[2] == "feedback"
