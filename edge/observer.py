"""What may be watched of a running agent: the demo's figures come from here, never from its script."""

from typing import Protocol


class EdgeObserver(Protocol):
    """Told of each step, in the event loop's thread. Must not block. Sees no identifier."""

    def advert_heard(self, node: str) -> None:
        """The radio handed over an advertisement, anybody's."""
        ...

    def frame_kept(self, node: str) -> None:
        """It carried a configured loyalty frame."""
        ...

    def reported(self, node: str, boot_id: str, seq: int, heard_wall_ms: float) -> None:
        """A batch lies in the outbox, before any bus sees it.

        `heard_wall_ms` is `hardware.host.clock.wall_ms()` when what caused it, an advertisement or a timer,
        came in.
        """
        ...

    def published(self, node: str, boot_id: str, seq: int) -> None:
        """The bus confirmed a batch, which is no delivery; once for each time it is sent."""
        ...


class SilentObserver:
    """The default: watches nothing."""

    def advert_heard(self, node: str) -> None:
        """See `EdgeObserver`."""

    def frame_kept(self, node: str) -> None:
        """See `EdgeObserver`."""

    def reported(self, node: str, boot_id: str, seq: int, heard_wall_ms: float) -> None:
        """See `EdgeObserver`."""

    def published(self, node: str, boot_id: str, seq: int) -> None:
        """See `EdgeObserver`."""
