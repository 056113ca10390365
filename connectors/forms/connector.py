"""The form connector: posts of websites and site builders, from bytes to `FormSubmitted`.

A paying customer is never turned away: whatever comes becomes a request, and what was odd about it stands in
its remarks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from aiohttp import web

from connectors.forms import pages
from connectors.forms.body import Body, open_body
from connectors.forms.recognise import MAPPED, explain, recognise
from connectors.forms.reply import cors_headers, empty, next_address, onward, receipt, wants_page
from connectors.forms.settings import MEANINGS, OWN, FormSettings, Meaning
from connectors.forms.submission import Submission, identity, is_ping, sort_out
from connectors.forms.suspicion import suspicions
from hub.clock import now
from hub.connector import Answer, Connector, Place, Raw, Taken
from hub.events import Field, FormSubmitted
from hub.languages import N_
from hub.said import said

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type, x-requested-with, accept",
    "Access-Control-Max-Age": "86400",
}
FILE, ORIGIN = N_("a file"), N_("where the visitor came from")


class Forms(Connector):
    """A website's form, whoever built it."""

    kind: ClassVar[str] = "form"
    settings_type: ClassVar[type[FormSettings]] = FormSettings
    settings: FormSettings
    places: ClassVar[Sequence[Place]] = (
        Place(N_("Questions"), "/form-builder/{id}", "form"),
        Place(N_("Field map"), "/form-builder/{id}/map", "flow"),
        Place(N_("Put it on a site"), "/form-builder/{id}/sites", "link"),
        Place(N_("Set aside"), "/form-builder/{id}/set-aside", "shield"),
    )
    templates: ClassVar[Path | None] = Path(__file__).parent / "web" / "templates"
    learns: ClassVar[str] = "/form-builder/{id}/map"

    def __init__(self, channel: str, token: str, settings: FormSettings) -> None:
        """Prepare what the settings say about labels and sites."""
        super().__init__(channel, token, settings)
        self._known = _known(settings)
        self._own = _own(settings)
        self._origins = frozenset(settings.origins)

    @classmethod
    def routes(cls) -> Iterable[web.RouteDef]:
        """Give the form's own page, its thanks, and the script that draws it elsewhere."""
        return pages.routes()

    def read(self, raw: Raw) -> tuple[FormSubmitted, ...]:
        """Give the request that came in, or nothing for a builder's ping; an empty body raises ValueError."""
        if _blank(raw.body):
            raise ValueError(said("The form was empty."))
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        submission = sort_out(body)
        if is_ping(submission):
            return ()
        return (self._submitted(raw, body, submission),)

    def explain(self, raw: Raw) -> Sequence[Taken]:
        """Say what each answer is taken for, by the map, its sender, its name or its looks."""
        if _blank(raw.body):
            return ()
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        submission = sort_out(body)
        files = [field for field in submission.fields if field.label in body.attached]
        answers = [field for field in submission.fields if field.label not in body.attached]
        return [
            *(self._explained(taken) for taken in explain(answers, self._known)),
            *(Taken(field.label, field.value, FILE, "") for field in files),
            *(Taken(field.label, field.value, ORIGIN, "") for field in submission.origin),
        ]

    def trial(self) -> Raw:
        """Give what site builders send to try an address: it is known, and becomes nothing."""
        headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": "Ringback"}
        return Raw(body=b"test=test", headers=headers, received_at=now())

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse an empty body; everything else is taken."""
        return empty() if _blank(raw.body) else None

    def answer(self, raw: Raw) -> Answer:
        """Give scripts and servers a receipt, and send browsers to `_next` or to our page of thanks."""
        if wants_page(raw):
            thanks = self.settings.thanks_address or f"/forms/{self.token}/thanks"
            return onward(next_address(raw.body, self._origins) or thanks)
        return receipt(raw.key, cors_headers(raw.headers.get("origin", ""), self._origins))

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let scripts of the form's own sites post; empty for a foreign origin."""
        allowed = cors_headers(headers.get("origin", ""), self._origins)
        return {**allowed, **_PREFLIGHT} if allowed else {}

    def _submitted(self, raw: Raw, body: Body, submission: Submission) -> FormSubmitted:
        fields, reserved = submission.fields, submission.reserved
        seen = recognise([field for field in fields if field.label not in body.attached], self._known)
        doubts = suspicions(reserved, fields, seen.name, raw.received_at, self.settings.min_seconds)
        key, repeats_within = identity(submission, body.files, b"" if body.fields else raw.body)
        return FormSubmitted(
            key=key,
            form=self.settings.title,
            department=self.settings.department,
            task_title=self.settings.task_title,
            repeats_within=repeats_within,
            name=seen.name,
            phone=seen.phone,
            email=seen.email,
            company=seen.company,
            subject=reserved.get("_subject") or seen.subject,
            message=seen.message or body.text,
            fields=tuple(map(self._meant, fields)) if self._own else fields,
            files=tuple(body.files),
            origin=submission.origin,
            remarks=(*body.remarks, *(() if self.settings.quarantine else doubts)),
            suspicion=doubts if self.settings.quarantine else (),
        )

    def _meant(self, field: Field) -> Field:
        """Say of an answer which of the company's own fields it is, where the map says so."""
        own = self._own.get(_folded(field.label))
        return Field(field.label, field.value, own) if own else field

    def _explained(self, taken: Taken) -> Taken:
        own = self._own.get(_folded(taken.label))
        if own:
            return Taken(taken.label, taken.value, own, MAPPED)
        asked = taken.rule == MAPPED and _folded(taken.label) not in map(_folded, self.settings.map)
        return (
            Taken(taken.label, taken.value, taken.meaning, N_("the kind of the question")) if asked else taken
        )


def _known(settings: FormSettings) -> dict[str, Meaning]:
    """Give what the owner says about labels: the map, and the kinds of the hosted page's own fields."""
    kinds: dict[str, Meaning] = {"tel": "phone", "email": "email"}
    known = {field.name.casefold(): kinds[field.kind] for field in settings.fields if field.kind in kinds}
    meant: dict[str, Meaning] = {meaning: meaning for meaning in MEANINGS}
    return known | {_folded(label): meant.get(meaning, "nothing") for label, meaning in settings.map.items()}


def _own(settings: FormSettings) -> dict[str, str]:
    """Give the company's own fields that the map names, by label."""
    return {
        _folded(label): meaning.removeprefix(OWN)
        for label, meaning in settings.map.items()
        if meaning.startswith(OWN)
    }


def _folded(label: str) -> str:
    return label.strip().removesuffix("[value]").casefold()


def _blank(body: bytes) -> bool:
    return not body or body.isspace()
