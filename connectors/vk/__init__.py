"""VK: the messages of a community, by its Callback API."""

from connectors.vk.connector import Vk
from connectors.vk.settings import VkSettings

__all__ = ["Vk", "VkSettings"]
