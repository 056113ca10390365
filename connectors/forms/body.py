"""The body of a request, opened: bytes and a content type become answers and files, in the order sent.

Content types are claims. curl says urlencoded and sends JSON, beacons say text/plain and send JSON, some
senders say nothing: so each way of writing a form is tried when its name *or* the first bytes speak for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from connectors.forms.bounds import FIELDS, FILES, LABEL, LABEL_BYTES, VALUE, VALUE_BYTES
from connectors.forms.charset import choose, clean, readable, shorten
from connectors.forms.multipart import Part, looks_multipart, split_multipart
from connectors.forms.nesting import Answers, looks_json, read_json
from connectors.forms.urlencoded import Pairs, looks_lines, looks_urlencoded, split_lines, split_urlencoded
from hub.events import Field, File
from hub.said import said

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# Control characters, and those that turn the writing direction so that "gpj.exe" reads "exe.jpg".
NAME = 130  # letters of a file's name
_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Body(msgspec.Struct):
    """An opened body.

    `attached` are the labels of file inputs, whose field holds the file's name. `text` is what can be read of
    a body that is no form at all.
    """

    fields: list[Field] = []
    files: list[File] = []
    attached: set[str] = set()
    remarks: list[str] = []
    text: str = ""


class Claim(msgspec.Struct):
    """What the sender says about a body: its whole content type, and the two words of it that matter."""

    content_type: str
    kind: str
    charset: str


def open_body(body: bytes, content_type: str) -> Body:
    """Open a body, whatever it is; what could not be read is said in the remarks."""
    charset = _CHARSET.search(content_type)
    kind = content_type.partition(";")[0].strip().lower()
    claim = Claim(content_type, kind, charset[1] if charset else "")
    problems: list[str] = []
    for claimed, likely, read in _WAYS:
        if claimed in kind or likely(body):
            try:
                opened = read(body, claim)
            except ValueError as problem:
                problems.append(problem.args[0])
                continue
            if opened.fields:
                if kind and claimed not in kind and kind != "text/plain":
                    opened.remarks.append(
                        said(
                            "Sent as %(kind)s, but written otherwise; read as it is written.",
                            kind=clean(kind[:60]),
                        )
                    )
                return opened
    remark = said(
        "This could not be read as a form: %(why)s. What is readable stands as the message; "
        "the original is kept in the journal.",
        why=problems or [said("it holds no answers")],
    )
    return Body(remarks=[remark], text=readable(body, claim.charset))


def _read_multipart(body: bytes, claim: Claim) -> Body:
    split = split_multipart(body, claim.content_type)
    if split.problem and not split.parts:
        raise ValueError(split.problem)
    parts = [part for part in split.parts if part.filename != b"" or part.content]
    charset = next(
        (found[1] for part in parts if (found := _CHARSET.search(part.type.decode("latin-1")))), ""
    )
    values = [(part.label, part.content if part.filename is None else part.filename) for part in parts]
    answers, remark = _decoded(values, claim.charset or charset)
    opened = bounded(answers, split.more, remark)
    _attach(opened, parts)
    if split.problem:
        opened.remarks.append(
            said("The form did not arrive whole: %(why)s. What came is here; the original is kept in the journal.",
                 why=split.problem)
        )  # fmt: skip
    return opened


def _read_json(body: bytes, claim: Claim) -> Body:
    return bounded(*read_json(body, claim.charset))


def _read_urlencoded(body: bytes, claim: Claim) -> Body:
    if b"=" not in body:
        raise ValueError(said("there is no answer in it"))
    return _read_pairs(split_urlencoded(body), claim)


def _read_lines(body: bytes, claim: Claim) -> Body:
    return _read_pairs(split_lines(body), claim)


def _read_pairs(split: tuple[Pairs, int], claim: Claim) -> Body:
    pairs, more = split
    answers, remark = _decoded(pairs, claim.charset)
    return bounded(answers, more, remark)


# How a content type names it, what its first bytes look like, and who reads it; the surest first.
_WAYS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes, Claim], Body]], ...] = (
    ("multipart/", looks_multipart, _read_multipart),
    ("json", looks_json, _read_json),
    ("urlencoded", looks_urlencoded, _read_urlencoded),
    ("text/plain", looks_lines, _read_lines),
)


def _decoded(pairs: Pairs, declared: str) -> tuple[Answers, str]:
    """Decode all answers in the one character set that fits them together; gives them and a remark."""
    short = [(shorten(label, LABEL_BYTES), shorten(value, VALUE_BYTES)) for label, value in pairs]
    named = next((value.decode("latin-1") for label, value in short if label == b"_charset_" and value), "")
    codec, remark = choose(b"\n".join([piece for pair in short for piece in pair]), named or declared)
    return [
        (label.decode(codec, "replace"), value.decode(codec, "replace")) for label, value in short
    ], remark


def bounded(answers: Answers, more: int = 0, remark: str = "") -> Body:
    """Make fields of answers, none longer than a card can show and all of them storable."""
    remarks = [remark] if remark else []
    fields = [Field(clean(label[:LABEL]), clean(value[:VALUE])) for label, value in answers]
    remarks += _cut(answers, fields)
    if more:
        remarks.append(
            said("%(more)s more answers came than the %(most)s kept here; the original is kept in the journal.",
                 more=f"{more:,}", most=FIELDS)
        )  # fmt: skip
    return Body(fields=fields, remarks=remarks)


def _cut(answers: Answers, fields: list[Field]) -> Iterable[str]:
    """Tell what `bounded` had to change."""
    long = [label for label, value in answers if len(value) > VALUE]
    if long:
        named = [f"“{clean(label[:40])}”" for label in long[:5]]
        yield said("Longer than the %(most)s letters shown: %(named)s; the original is kept in the journal.",
                   most=f"{VALUE:,}", named=named)  # fmt: skip
    pairs = zip(answers, fields, strict=True)
    if any(field.value != value[:VALUE] or field.label != label[:LABEL] for (label, value), field in pairs):
        yield said("Characters that no text can hold (NUL and the like) were replaced.")


def _attach(opened: Body, parts: list[Part]) -> None:
    """Take the files among the parts; each keeps its place among the fields under its name."""
    sent = [(place, part) for place, part in enumerate(parts) if part.filename is not None]
    for place, _ in sent:
        label, name = opened.fields[place].label, _file_name(opened.fields[place].value)
        opened.fields[place] = Field(label, name)
        opened.attached.add(label)
    for place, part in sent[:FILES]:
        claimed = _UNPRINTED.sub("", part.type.decode("latin-1"))[:100]
        opened.files.append(
            File(opened.fields[place].value, claimed or "application/octet-stream", part.content)
        )
    if len(sent) > FILES:
        opened.remarks.append(
            said("%(more)s more files came than the %(most)s kept here; the original is kept in the journal.",
                 more=len(sent) - FILES, most=FILES)
        )  # fmt: skip


def _file_name(sent: str) -> str:
    """Give the bare name of a file: no folders, nothing invisible, its ending kept."""
    name = _UNPRINTED.sub("", sent.replace("\\", "/").rpartition("/")[2]).strip(" .")
    return f"{name[:100]}…{name[-20:]}" if len(name) > NAME else name or "file"
