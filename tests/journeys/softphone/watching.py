"""What a page is made to keep, so that a test sees how its calls are set up."""

from __future__ import annotations

WATCHED = """
globalThis.peers = []
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(how) { super(how); this.asked = how; peers.push(this) }
}
"""
MICROPHONE = "peers.at(-1).getSenders()[0].track.label"
