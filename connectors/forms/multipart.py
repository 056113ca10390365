"""Multipart bodies, taken apart into labels with values and files, still in bytes (RFC 7578).

Damaged ones are read as far as they go: a form that broke off after the phone number is a person to ring.
"""

from __future__ import annotations

import binascii
import logging
import re
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from connectors.forms.bounds import FIELDS
from hub.said import said

# What is wrong with a body stands in the remarks of its card; a flood of junk must not fill the log as well.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

_FIRST_LINE = re.compile(rb"\s*--([!-~]{1,200})\r?\n")
_LONG_FILENAME = re.compile(rb"filename\*=\s*([\w.-]*)'[^']*'([^;\s]+)", re.IGNORECASE)


class Part:
    """One part: a value, or a file when `filename` is not None."""

    __slots__ = ("content", "filename", "label", "type")

    def __init__(self, headers: dict[bytes, bytes], content: bytes) -> None:
        """Read the part's own headers (names in lower case)."""
        disposition = headers.get(b"content-disposition", b"")
        options = parse_options_header(disposition)[1]
        self.label = options.get(b"name", b"")
        self.filename = options.get(b"filename")
        if self.filename is None and (long := _LONG_FILENAME.search(disposition)):
            self.filename = unquote_to_bytes(long[2])
        self.type = headers.get(b"content-type", b"")
        self.content = _without_transfer(content, headers.get(b"content-transfer-encoding", b"").lower())


class Multipart:
    """A body taken apart: `parts`, how many `more` there were than we keep, the `problem` it ended with."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.parts: list[Part] = []
        self.more = 0
        self.problem = ""
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._content: list[bytes] | None = None

    def feed(self, body: bytes, boundary: bytes) -> None:
        """Take the body apart; what is damaged is said in `problem`."""
        parser = MultipartParser(
            boundary,
            {
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self._on_end,
            },
        )
        try:
            parser.write(body)
        except _EnoughError:
            self.more = body.count(b"\r\n--" + boundary + b"\r\n") + 1 - len(self.parts)
        except FormParserError:
            self.problem = said("it is damaged")
        if self._content is not None:
            self.problem = self.problem or said("it broke off before its end")
            self._finish()

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name = data[start:end].lower()

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._headers[self._name] = data[start:end].strip()

    def _on_headers(self) -> None:
        self._content = []

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._content is not None:
            self._content.append(data[start:end])

    def _on_end(self) -> None:
        self._finish()
        if len(self.parts) == FIELDS:
            raise _EnoughError

    def _finish(self) -> None:
        self.parts.append(Part(self._headers, b"".join(self._content or ())))
        self._headers = {}
        self._content = None


def split_multipart(body: bytes, content_type: str) -> Multipart:
    """Take a body apart by the boundary its content type names or, without one, by its first line."""
    boundary = parse_options_header(content_type.encode("latin-1", "replace"))[1].get(b"boundary", b"")
    found = Multipart()
    if not boundary or len(boundary) > 200 or b"--" + boundary not in body:  # noqa: PLR2004 - RFC 2046 has 70
        first = _FIRST_LINE.match(body)
        if not first:
            found.problem = said("its parts cannot be told apart")
            return found
        boundary = first[1]
    body = body[body.find(b"--" + boundary) :]
    found.feed(body, boundary)
    if not found.parts and b"\r\n" not in body:
        found = Multipart()  # written by hand, with bare line feeds
        found.feed(body.replace(b"\n", b"\r\n"), boundary)
    return found


def looks_multipart(body: bytes) -> bool:
    """Tell whether this begins as parts of a form do."""
    return body[:20].lstrip().startswith(b"--") and b"form-data" in body[:1000].lower()


def _without_transfer(content: bytes, encoding: bytes) -> bytes:
    try:
        if encoding == b"base64":
            return binascii.a2b_base64(content)
        return binascii.a2b_qp(content) if encoding == b"quoted-printable" else content
    except binascii.Error:
        return content


class _EnoughError(Exception):
    """More parts came than we keep."""
