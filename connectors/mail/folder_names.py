"""Names of folders as IMAP writes them: quoted, and in its own UTF-7 (RFC 3501, 4.3 and 5.1.3)."""

from __future__ import annotations

import base64
import re

from hub.connector import Refused
from hub.said import said

_FOREIGN = re.compile(r"[^ -~]+|&")
_SHIFTED = re.compile(r"&([^-]*)-")
_BREAKS = re.compile(r"[\0\r\n]")


def written(name: str) -> str:
    """Write a folder's name as an argument of a command; Refused for what cannot be one."""
    _one_line(name)
    return quoted(_FOREIGN.sub(_shift, name))


def read(name: bytes) -> str:
    """Read a folder's name as a server wrote it; what breaks the rules stays as it is."""
    return _SHIFTED.sub(_unshift, name.decode("utf-8", "replace"))


def quoted(text: str) -> str:
    """Write a text as a quoted string; Refused where it would end the command."""
    _one_line(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(text: bytes) -> bytes:
    """Give what a string of the server's says, be it quoted or not."""
    if text[:1] == b'"' and text[-1:] == b'"':
        return re.sub(rb"\\(.)", rb"\1", text[1:-1])
    return text


def _one_line(text: str) -> None:
    if _BREAKS.search(text):
        raise Refused(said("A name or a password for the mail server must be one line."))


def _shift(run: re.Match[str]) -> str:
    if run[0] == "&":
        return "&-"
    coded = base64.b64encode(run[0].encode("utf-16-be", "surrogatepass")).decode()
    return "&" + coded.rstrip("=").replace("/", ",") + "-"


def _unshift(run: re.Match[str]) -> str:
    coded = run[1].replace(",", "/")
    if not coded:
        return "&"
    try:
        return base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode("utf-16-be")
    except ValueError:
        return run[0]
