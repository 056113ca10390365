"""Website forms: whatever a page, a site builder or a plug-in posts becomes one `FormSubmitted`."""

from connectors.forms import web
from connectors.forms.connector import Forms
from connectors.forms.page import FormField
from connectors.forms.settings import FormSettings

__all__ = ["FormField", "FormSettings", "Forms", "web"]
