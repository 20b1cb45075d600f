"""MQTT topic filters, as MQTT 5 section 4.7 has them."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.bus import Delivery
from hub.wire.subscriptions import Subscriptions, is_pattern, matches

LEVELS = st.lists(st.sampled_from(["", "a", "b", "é", "$x"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("#", "a/b", True),
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/x", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/monitor", True),
        ("a/b", "a/B", False),
        ("a/b/c", "a/b", False),
    ],
)
def test_the_examples_of_the_standard(pattern: str, topic: str, expected: bool) -> None:
    assert matches(pattern, topic) is expected


@given(levels=LEVELS)
def test_a_topic_matches_itself_and_any_single_level_of_it_may_be_a_plus(levels: list[str]) -> None:
    topic = "/".join(levels)
    assert matches(topic, topic)
    for position in range(1, len(levels)):
        assert matches("/".join([*levels[:position], "+", *levels[position + 1 :]]), topic)
        assert matches("/".join([*levels[:position], "#"]), topic)
    assert not matches(topic + "/more", topic)


@pytest.mark.parametrize("pattern", ["a/b", "+", "#", "a/+/c", "a/#", "/", "+/+/#"])
def test_a_well_formed_filter(pattern: str) -> None:
    assert is_pattern(pattern)


@pytest.mark.parametrize("pattern", ["", "a/b+", "#/a", "a#", "a/#/b", "a/++", "a\0"])
def test_a_malformed_filter_is_a_bug_of_ours(pattern: str) -> None:
    assert not is_pattern(pattern)
    with pytest.raises(AssertionError):
        Subscriptions().add(pattern, lambda _delivery: None)


async def test_a_pattern_asked_for_twice_is_named_once_and_each_handler_is_called() -> None:
    seen: list[str] = []
    subscriptions = Subscriptions()
    subscriptions.add("a/#", lambda _delivery: seen.append("first"))
    subscriptions.add("b", lambda _delivery: seen.append("never"))
    subscriptions.add("a/#", lambda _delivery: seen.append("second"))
    assert subscriptions.patterns == ("a/#", "b")
    subscriptions.dispatch(Delivery("a/x", b"", retained=False), asyncio.get_running_loop())
    assert seen == [], "never from inside the call"
    await asyncio.sleep(0)
    assert seen == ["first", "second"]
