"""Shops that are asked what changed, because what they sent in vain they never send again."""
