"""Payment providers that tell by signed web hook who paid, in the documented form of Stripe."""

from connectors.payments.connector import PaymentProvider
from connectors.payments.settings import PaymentSettings

__all__ = ["PaymentProvider", "PaymentSettings"]
