"""The story's figures, once everything that was said has arrived."""

from hub.box.audit import doubled, lost
from hub.box.scene import Scene


async def settle(scene: Scene) -> None:
    """Wait until every outbox is empty, and write down what the story's parts were seen to do."""
    shop, probe, report = scene.shop, scene.shop.probe, scene.report
    shop.clock.set_scale(scene.walk_scale)
    await scene.until(
        lambda: not any(c.pending for c in shop.outbox_counts()), 120.0, "every outbox is empty"
    )
    report.lost, report.doubled = lost(shop), doubled(shop)
    report.adverts_heard, report.frames_kept = probe.adverts_heard, probe.frames_kept
    report.sightings_published = len(probe.sent)
    report.duplicates_dropped = probe.duplicates
    report.recognised = len(probe.recognised)
    report.views_by_level = dict(sorted(probe.views.items()))
    report.advert_to_view_ms = probe.latency()
    await scene.tell(
        "story.figures",
        adverts=report.adverts_heard,
        sightings=report.sightings_published,
        lost=report.lost,
        doubled=report.doubled,
    )
