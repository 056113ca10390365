"""What somebody says who fills in a form, be it on a page or by a letter that the page sends."""

from __future__ import annotations

import msgspec

from hub.orders import Order


class Field(msgspec.Struct, frozen=True):
    """One answer of a form, as sent; one that was given several times is one Field per value.

    `label` is the sender's own name for it, with nested names unfolded to `a[b]`. `means` is the company's own field
    that the form's owner says it is, "" where he says nothing.
    """

    label: str
    value: str
    means: str = ""


class File(msgspec.Struct, frozen=True):
    """A file that came along. `type` is the sender's claim, at most a hint.

    `inline` says that the text of its letter shows it, as cid: and its `content_id`.
    """

    name: str
    type: str
    content: bytes
    inline: bool = False
    content_id: str = ""


class Guard(msgspec.Struct, frozen=True):
    """How many requests within ten minutes are usual from one network and by one form, 0 for any number.

    `sets_aside`: what looks like spam waits for a person; else it goes on, with a remark. `queues`: its sender keeps
    what it could not send, and then sends all of it at once.
    """

    per_network: int = 0
    per_channel: int = 0
    sets_aside: bool = True
    queues: bool = False


class FormSubmitted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody filled in a form.

    `key` makes the request unique in its channel: the same key is the same request, sent again.
    `repeats_within` is the time in seconds during which the key counts as the same request; None is for ever.
    `name`, `phone`, `email`, `company`, `message` and `subject` are what the reader recognised, as the visitor
    wrote it, "" where nothing was; `fields` is everything in the order sent, recognised or not, except reserved inputs.
    `origin` holds utm_*, click ids and page_url. `remarks` tell what was odd and how it was read, in words.
    `form` is what colleagues call the form, `department` whose task it shall be ("": the rules decide), and
    `task_title` names the task, with {name}, {phone}, {email}, {company}, {subject} and {form} to be filled in.
    `suspicion` lists why it looks like spam, in words; empty for a request that looks human.
    `guard` says what the rules against spam hold it against, None where they have no say. `proof` is the work that its
    browser did (hub/proofs.py), "" for none; `proven` says that its sender signed it. `likeness` is by what its text is
    found again (hub/simhash.py), None for one that is too short.
    `order` is what was ordered; the same key again, with another order, is this order, changed.
    """

    key: str
    form: str = ""
    department: str = ""
    task_title: str = ""
    repeats_within: float | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    company: str = ""
    subject: str = ""
    message: str = ""
    fields: tuple[Field, ...] = ()
    files: tuple[File, ...] = ()
    origin: tuple[Field, ...] = ()
    remarks: tuple[str, ...] = ()
    suspicion: tuple[str, ...] = ()
    guard: Guard | None = None
    proof: str = ""
    proven: bool = False
    likeness: int | None = None
    order: Order | None = None
