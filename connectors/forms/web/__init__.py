"""The console's pages about forms: make one, map its fields, put it on a site, look at what was set aside."""

from connectors.forms.web import builder, field_map, quarantine, sites, unproven

PAGES = (builder, sites, field_map, quarantine, unproven)
