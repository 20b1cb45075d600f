"""Faults in the story (issue 3, point 4): what was killed and cut, and that nothing came of it."""

from hub.wire.display import KioskView
from tests.story.telling import Told


def test_nothing_is_lost_and_nothing_done_twice(told: Told) -> None:
    assert told.report.lost == 0
    assert told.report.doubled == 0
    assert told.said(f"{told.report.adverts_heard} advertisements").endswith("lost: 0, doubled: 0.")


def test_the_broker_was_killed_while_a_walked_and_everybody_came_back(told: Told) -> None:
    assert told.report.broker_kills == 1
    assert told.said("The broker is killed").endswith("while A walks.")
    # Twelve nodes and the hub, told to somebody who came only after the broker had forgotten everything.
    assert told.said("It starts again").endswith("13 states stand again.")
    said = [sentence.en for sentence in told.sentences]
    killed = next(n for n, sentence in enumerate(said) if sentence.startswith("The broker is killed"))
    assert any(sentence.startswith("A reaches the checkout") for sentence in said[killed:])


def test_bad_links_repeated_and_swapped_messages(told: Told) -> None:
    assert told.report.link_repeated > 0
    assert told.report.link_reordered > 0
    assert told.report.duplicates_dropped > 0, "repeated sightings reached the hub"


def test_the_hub_was_killed_between_hold_and_commit_and_its_discount_counts_once(told: Told) -> None:
    assert told.report.hub_kills == 1
    assert told.said("The hub dies at one blow")
    sold = "The till does not wait: sold with the discount it was promised, −€2.40."
    assert told.said("The till does not wait: sold with") == sold
    assert told.said("D takes it") == "D takes it: −€2.40. Open rights: 0, counter 1."


def test_every_kiosk_goes_on_with_the_next_hub(told: Told) -> None:
    sessions = [event.revision.session_id for event in told.events if isinstance(event, KioskView)]
    assert len(dict.fromkeys(sessions)) == 2
    for kiosk in ("rayon", "caisse"):
        assert told.views(kiosk)[-1].revision.session_id == sessions[-1]


def test_the_zone_of_a_node_that_is_cut_off_is_unknown_and_never_empty(told: Told) -> None:
    assert 600.0 <= told.report.edge_cut_s < 700.0
    assert told.report.zones_unknown == ["caisses"]
    assert told.report.zones_wrongly_empty == 0


def test_recovery_is_measured_after_each_fault(told: Told) -> None:
    assert set(told.report.recovery_ms) == {"broker", "hub", "edge"}
    assert all(ms > 0 for ms in told.report.recovery_ms.values())
