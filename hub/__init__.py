"""The kernel: journal, outbox, timers, bus, channels, users. It knows no protocol and no business."""

__version__ = "0.1.0"
