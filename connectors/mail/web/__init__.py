"""The console's pages about mailboxes: what the answers of forms mean that websites mail."""

from connectors.mail.web import known_forms, mailed_form

PAGES = (known_forms, mailed_form)
