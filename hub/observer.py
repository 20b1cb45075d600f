"""What a hub tells who watches it from outside: the demo's figures and the benchmarks."""

from hub.wire.display import KioskView

BatchName = tuple[str, str, int]
"""(node, boot_id, seq) of a sightings batch."""


class HubObserver:
    """Override what is of interest. Called in the event loop, after the fact; must not block or raise."""

    def batch_taken(self, batch: BatchName, *, fresh: bool) -> None:
        """A sightings batch was committed (`fresh`) or had been before and was dropped."""

    def resolved(self, member_id: str) -> None:
        """An identifier on the air was resolved to a member who may be recognised."""

    def view_published(self, view: KioskView, cause: BatchName | None) -> None:
        """A view went out; `cause` is the batch whose sample made it, if one did."""
