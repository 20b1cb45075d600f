"""Whose messages could not be read: counted, and told in a number of log lines that a flood does not grow. Pure."""

from collections import Counter
from collections.abc import Mapping

from hub.wire.codec import WireError, WireVersionError


class Unreadable:
    """What one participant could not read, by peer.

    A peer is a name of the reader's own choosing (a node of its configuration, "hub"), never one off the wire, so that
    neither memory nor a log holds what a stranger wrote.
    """

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._versions: dict[str, str] = {}

    @property
    def total(self) -> int:
        """How many messages could not be read."""
        return self._counts.total()

    @property
    def other_versions(self) -> Mapping[str, str]:
        """The peers whose last message was of another version than ours, and what was wrong with it."""
        return self._versions

    def note(self, peer: str, error: WireError) -> bool:
        """Count a message; says whether to tell: a peer's 1st, 2nd, 4th, 8th …, so that a million are 20 lines."""
        if isinstance(error, WireVersionError):
            self._versions[peer] = str(error)
        self._counts[peer] += 1
        return self._counts[peer].bit_count() == 1

    def understood(self, peer: str) -> None:
        """Note that a message of this peer was read: it speaks our version now."""
        self._versions.pop(peer, None)
