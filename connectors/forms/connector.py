"""The form connector: posts of websites and site builders, from bytes to `FormSubmitted`.

A paying customer is never turned away: whatever comes becomes a request, and what was odd about it stands in
its remarks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from aiohttp import web
from msgspec import structs

from connectors.forms import pages, unforeseen
from connectors.forms.answers import MEANINGS, OWN, Meaning
from connectors.forms.bounds import LABEL
from connectors.forms.charset import clean
from connectors.forms.order_bounds import bounded
from connectors.forms.post import Post
from connectors.forms.recognise import MAPPED, explain, recognise
from connectors.forms.reply import cors_headers, empty, next_address, onward, receipt, wants_page
from connectors.forms.sender import Sender
from connectors.forms.senders import SHOPIFY, contact_form_7
from connectors.forms.senders.generic import GENERIC, PING
from connectors.forms.settings import FormSettings
from connectors.forms.shops.catching_up import CatchingUp
from connectors.forms.shops.found import Shop
from connectors.forms.shops.shopify import ShopifyShop
from connectors.forms.shops.woocommerce import WooCommerceShop
from connectors.forms.submission import identify, sort_out
from connectors.forms.suspicion import suspicions
from connectors.forms.understanding import understood
from connectors.forms.whose import Whose
from connectors.proof import unproven
from hub.clock import now
from hub.connector import Answer, Connector, Doubt, Place, Raw, Taken
from hub.events import Field, FormSubmitted, Guard
from hub.languages import N_
from hub.said import said
from hub.simhash import LETTERS, simhash

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
        Place(N_("Not proven"), "/form-builder/{id}/unproven", "shield"),
    )
    templates: ClassVar[Path | None] = Path(__file__).parent / "web" / "templates"
    learns: ClassVar[str] = "/form-builder/{id}/map"
    is_tried: ClassVar[bool] = True

    def __init__(self, channel: str, token: str, settings: FormSettings) -> None:
        """Prepare what the settings say about labels and sites."""
        super().__init__(channel, token, settings)
        self._known = _known(settings)
        self._own = _own(settings)
        self._origins = frozenset(settings.origins)
        self._secrets = [secret for secret in (settings.secret, settings.earlier_secret) if secret]
        if settings.catch_up:  # a form that has no shop has nothing to listen to
            self.run = CatchingUp(_shop(settings)).run
        self._guard = Guard(settings.per_network, settings.per_channel, sets_aside=settings.quarantine)
        self._whose = Whose(settings.sender, self._secrets)

    @classmethod
    def routes(cls) -> Iterable[web.RouteDef]:
        """Give the form's own page, its thanks, and the script that draws it elsewhere."""
        return pages.routes()

    def read(self, raw: Raw) -> tuple[FormSubmitted, ...]:
        """Give what came in, or nothing for a sender's ping; an empty body raises ValueError."""
        if _blank(raw.body) and self.asks(raw):
            return ()
        if _blank(raw.body):
            raise ValueError(said("The form was empty."))
        sender = self._whose.sender(raw)
        if _is_ping(sender, raw):
            return ()
        return tuple(self._submitted(raw, sender, post) for post in self._posts(raw, sender))

    def parts(self, raw: Raw) -> Sequence[Raw]:
        """Give the orders of a file one by one."""
        may_be = not _blank(raw.body) and self._whose.may_be_several(raw)
        return self._whose.sender(raw).parts(raw) if may_be else ()

    def explain(self, raw: Raw) -> Sequence[Taken]:
        """Say what each answer is taken for, by the map, its sender, its name or its looks."""
        if _blank(raw.body):
            return ()
        return [taken for post in self._posts(raw, self._whose.sender(raw)) for taken in self._explain(post)]

    def sent_by(self, raw: Raw) -> str:
        """Say which sender an item is read as one of."""
        return self._whose.sender(raw).title

    def is_long(self, raw: Raw) -> bool:
        """Tell whether its sender packs what it sends."""
        return self._whose.sender(raw).is_long(raw)

    def trial(self) -> Raw:
        """Give what site builders send to try an address: it is known, and becomes nothing."""
        headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": "Ringback"}
        return Raw(body=b"test=test", headers=headers, received_at=now())

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse an empty body; everything else is taken."""
        return empty() if _blank(raw.body) and not self.asks(raw) else None

    def asks(self, raw: Raw) -> bool:
        """Tell whether it is a question of a sender that has no body, such as whether it may send."""
        sender = self._whose.sender(raw)
        return unforeseen.says_yes(sender, sender.asks, raw)

    def doubt(self, raw: Raw) -> Doubt | None:
        """Say why a post is not proven to be its sender's; None where it is, or where nothing could prove it."""
        if not self._secrets:
            return None
        sender = self._whose.sender(raw)
        if not sender.signs or _is_ping(sender, raw):
            return None
        why = unforeseen.doubt(sender, raw, self._secrets)
        if not why:
            return None
        kept, unkept = (self._readable(raw, unproven(why, is_kept=is_kept)) for is_kept in (True, False))
        return Doubt(why, kept, unkept)

    def answer(self, raw: Raw) -> Answer:
        """Give a sender what it wants to hear, scripts and servers a receipt, and lead browsers to a page of thanks."""
        own = self._own_answer(raw)
        if own is not None:
            return self._readable(raw, own)
        if wants_page(raw):
            thanks = self.settings.thanks_address or f"/forms/{self.token}/thanks"
            return onward(next_address(raw.body, self._origins) or thanks)
        return receipt(raw.key, cors_headers(raw.headers.get("origin", ""), self._origins))

    def look(self, path: str, headers: Mapping[str, str]) -> Answer | None:
        """Give what a page of an allowed site asks for before it posts; None for what there is not."""
        asked = contact_form_7.asked(path)
        raw = Raw(body=b"", headers=headers, received_at=now())
        return self._readable(raw, asked) if asked else None

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let scripts of the form's own sites post; empty for a foreign origin."""
        allowed = cors_headers(headers.get("origin", ""), self._origins)
        return {**allowed, **_PREFLIGHT} if allowed else {}

    def _own_answer(self, raw: Raw) -> Answer | None:
        """Give what only its sender wants to hear."""
        if not self._whose.may_speak(raw):
            return None
        sender = self._whose.sender(raw)
        is_page = wants_page(raw) and self._whose.fixed is None and not sender.is_named(raw)
        return None if is_page else sender.reply(raw, self.settings.told_thanks())

    def _is_proven(self, raw: Raw, sender: Sender) -> bool:
        """Tell whether a post is surely from a server that knows our secret, and so no machine's that happened by."""
        return bool(self._secrets and sender.signs) and self.doubt(raw) is None

    def _posts(self, raw: Raw, sender: Sender) -> Sequence[Post]:
        """Give what it means, without a secret that came along: that is nobody's answer."""
        posts = understood(raw, sender, is_fixed=self._whose.fixed is not None)
        for post in posts if self._secrets else ():
            post.body.fields = [field for field in post.body.fields if field.value not in self._secrets]
        return posts

    def _readable(self, raw: Raw, answer: Answer) -> Answer:
        """Let a script of an allowed site read an answer."""
        allowed = cors_headers(raw.headers.get("origin", ""), self._origins)
        return structs.replace(answer, headers={**answer.headers, **allowed})

    def _submitted(self, raw: Raw, sender: Sender, post: Post) -> FormSubmitted:
        body, submission = post.body, sort_out(post.body)
        fields, reserved = submission.fields, submission.reserved
        known = {**post.known, **self._known}
        seen = recognise([field for field in fields if field.label not in body.attached], known)
        asked = (reserved, fields, seen.name, raw.received_at, self.settings.min_seconds)
        doubts = () if post.order else suspicions(*asked)  # a paying customer may write what he likes
        text = seen.message or " ".join(field.value[:LETTERS] for field in fields)
        key, repeats_within = identify(sender.name, post, submission, raw.body)
        return FormSubmitted(
            key=clean(key),
            form=clean(post.form[:LABEL]) or self.settings.title,
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
            guard=structs.replace(self._guard, queues=sender.queues),
            proof=reserved.get("_proof", ""),
            proven=self._is_proven(raw, sender),
            likeness=simhash(text),
            order=bounded(post.order) if post.order else None,
        )

    def _explain(self, post: Post) -> Iterator[Taken]:
        submission = sort_out(post.body)
        answers = [field for field in submission.fields if field.label not in post.body.attached]
        for taken in explain(answers, {**post.known, **self._known}):
            yield self._explained(taken, post)
        for field in submission.fields:
            if field.label in post.body.attached:
                yield Taken(field.label, field.value, FILE, "")
        for field in submission.origin:
            yield Taken(field.label, field.value, ORIGIN, "")

    def _meant(self, field: Field) -> Field:
        """Say of an answer which of the company's own fields it is, where the map says so."""
        own = self._own.get(_folded(field.label))
        return Field(field.label, field.value, own) if own else field

    def _explained(self, taken: Taken, post: Post) -> Taken:
        own, label = self._own.get(_folded(taken.label)), _folded(taken.label)
        if own:
            return Taken(taken.label, taken.value, own, MAPPED)
        if taken.rule != MAPPED or label in map(_folded, self.settings.map):
            return taken
        rule = N_("the kind of the question") if label in self._known else N_("its sender says so")
        return Taken(
            taken.label, taken.value, taken.meaning, rule if label in {*self._known, *post.known} else MAPPED
        )


def _is_ping(sender: Sender, raw: Raw) -> bool:
    """Tell whether somebody merely tries the address, that sender or we ourselves. That needs no proof: it is small."""
    asked = (sender,) if sender is GENERIC else (sender, GENERIC)
    return len(raw.body) <= PING and any(unforeseen.says_yes(each, each.is_ping, raw) for each in asked)


def _shop(settings: FormSettings) -> Shop:
    """Give the shop that is asked what changed."""
    if settings.catch_up == SHOPIFY.name:
        return ShopifyShop(settings.shop_address, settings.shop_key, settings.shop_version)
    return WooCommerceShop(settings.shop_address, settings.shop_key, settings.shop_secret)


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
