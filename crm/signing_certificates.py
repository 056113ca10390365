"""What proves a signature, in the language of what was signed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.documents import DealDocument, kind_of, template_of
from crm.signing_links import Signing
from hub.languages import Listener, _, speaking_to


def title_of(session: Session, document: DealDocument) -> str:
    """Say what a document is called, in its language: Quote Q-2026-0007."""
    with speaking_to(Listener(document.language)):
        return called(session, document)


def called(session: Session, document: DealDocument) -> str:
    """Say what a document is called to whoever listens now."""
    return f"{kind_of(template_of(session, document), document)} {document.number}"


def certificate(signing: Signing, title: str, language: str) -> str:
    """Say what proves a signature, in the language of what was signed."""
    with speaking_to(Listener(language)):
        lines = [
            _("Document: %(title)s", title=title), _("Signed by: %(name)s", name=signing.signed_by),
            _("Time: %(time)s", time=f"{signing.signed_at:%Y-%m-%d %H:%M:%S} UTC"),
            _("Address: %(address)s", address=signing.address), _("Browser: %(agent)s", agent=signing.agent),
            f"SHA-256: {signing.sha256}",
        ]  # fmt: skip
    return "\n".join(lines)
