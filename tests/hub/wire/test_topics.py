"""Every topic in one place, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.presence import HubState
from hub.wire.topics import LEAVES, Address, Topics, parse_topic

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)


@given(store=NAMES, name=NAMES, leaf=st.sampled_from(sorted(LEAVES)))
def test_a_built_topic_parses_to_what_it_was_built_of(store: str, name: str, leaf: tuple[str, str]) -> None:
    topics = Topics(store)
    build = topics.node if leaf[0] == "node" else topics.kiosk
    assert parse_topic(build(name, leaf[1])) == Address(store, leaf[0], name, LEAVES[leaf])


def test_the_hubs_state_is_the_hubs() -> None:
    assert parse_topic(Topics("demo").hub_state) == Address("demo", "hub", "hub", HubState)


@given(
    topic=st.text(max_size=60) | st.lists(st.sampled_from(["comptoir", "v1", "", "node", "+"])).map("/".join)
)
def test_any_text_is_a_topic_of_ours_or_none(topic: str) -> None:
    address = parse_topic(topic)
    assert address is None or address.message_type in {*LEAVES.values(), HubState}


def test_a_leaf_that_does_not_exist_is_a_bug_of_ours() -> None:
    with pytest.raises(AssertionError):
        Topics("demo").node("n1", "view")
    with pytest.raises(AssertionError):
        Topics("demo").kiosk("k1", "sightings")
