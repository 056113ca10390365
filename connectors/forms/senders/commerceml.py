"""CommerceML: orders as 1C exchanges them with a site, of which we play the part (https://v8.1c.ru/edi/edi_stnd/90/).

It asks in turn for `?type=sale&mode=checkauth`, `init`, `query`, `file` and `import`, and reads plain text. Login and
password come with each; the password is the channel's secret. We have no orders that 1C could ask for: what it sends
counts.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qs

from msgspec import structs

from connectors.forms.commerceml_file import documents_in, orders_in
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.proof import doubt_signature
from hub.connector import Answer, Raw

_MODES = {"checkauth", "init", "query", "success", "file", "import", "info", "deactivate", "complete"}
_NOTHING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<КоммерческаяИнформация ВерсияСхемы="2.08"></КоммерческаяИнформация>\n'
)
_ANSWERS = {
    "checkauth": "success\nringback\nexchange\n",
    "init": "zip=yes\nfile_limit=33554432\n",
    "query": _NOTHING,
}
_OF_THE_FILE = {"content-length", "content-type"}
_XML_HINT = b"<?xml"
_ROOT = "КоммерческаяИнформация"
_ROOTS = tuple(f"<{_ROOT}".encode(codec) for codec in ("utf-8", "cp1251"))


class CommerceML(Sender):
    """1C, or whoever exchanges orders as it does."""

    name: ClassVar[str] = "commerceml"
    title: ClassVar[str] = "1C (CommerceML)"
    signs: ClassVar[bool] = True
    several: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by what it asks for in the address, or by how its file begins."""
        asked = _asked(raw)
        if asked.get("type") == "sale" and asked.get("mode") in _MODES:
            return True
        return _XML_HINT in raw.body[:100] and any(root in raw.body[:2000] for root in _ROOTS)

    def is_named(self, raw: Raw) -> bool:
        """Know it by nothing else: no form is written so."""
        return self.knows(raw)

    def asks(self, raw: Raw) -> bool:
        """Understand the handshake, which has no body."""
        asked = _asked(raw)
        return asked.get("type") == "sale" and asked.get("mode") in _MODES - {"file"}

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare the password."""
        return doubt_signature([_password(raw).encode()], map(str.encode, secrets))

    def is_long(self, raw: Raw) -> bool:
        """Know that a file may be packed, and XML within makes much of little."""
        return bool(raw.body.strip())

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the orders of a file; all else is said for the sake of order."""
        return orders_in(raw.body) if raw.body.strip() else ()

    def parts(self, raw: Raw) -> Sequence[Raw]:
        """Give each order of a file that holds several as a file of its own."""
        kept = {name: value for name, value in raw.headers.items() if name not in _OF_THE_FILE}
        headers = {**kept, "content-type": "application/xml; charset=utf-8"}
        return [structs.replace(raw, body=body, headers=headers) for body in documents_in(raw.body)]

    def answer(self, raw: Raw) -> Answer:
        """Say in plain text what 1C waits for."""
        mode = _asked(raw).get("mode", "")
        kind = "application/xml" if mode == "query" else "text/plain"
        words = _ANSWERS.get(mode, "success\n")
        headers = {"Content-Type": f"{kind}; charset=utf-8"}
        return Answer(status=200, headers=headers, body=words.encode())


def _asked(raw: Raw) -> Mapping[str, str]:
    query = raw.headers.get(":query", "")
    return {name: values[0] for name, values in parse_qs(query[:2000]).items()} if query else {}


def _password(raw: Raw) -> str:
    """Give the password of "Basic …", "" where none is shown."""
    scheme, _, shown = raw.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(shown).decode("utf-8", "replace").partition(":")[2]
    except binascii.Error:
        return ""
