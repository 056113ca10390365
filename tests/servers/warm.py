"""What a hub loads and compiles as it goes, once for all hubs that are forked from one process: see forked.py."""

from __future__ import annotations

import gc

from crm.web.rooms import TEMPLATES
from hub.channels import connector_kinds
from hub.languages import LANGUAGES, catalogue
from hub.web.environment import environment
from hub.web.frame import Company

KINDS = connector_kinds().values()
PAGES = environment([TEMPLATES, *(kind.templates for kind in KINDS if kind.templates)], Company)
for name in PAGES.list_templates(extensions=["html"]):
    PAGES.get_template(name)
for language in LANGUAGES:
    catalogue(language)
gc.freeze()  # no hub looks for garbage in it again
