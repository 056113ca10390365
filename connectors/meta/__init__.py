"""What WhatsApp, Messenger and Instagram share: Meta's web hooks, how they are proven, and its Graph API."""
