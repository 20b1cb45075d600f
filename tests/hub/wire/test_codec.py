"""The codec: what goes in comes out, and whatever else comes is one clear error that quotes nothing."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.wire import codec, topics
from hub.wire.base import MAX_MESSAGE_BYTES, PROTOCOL_VERSION, LocalText, Message
from hub.wire.codec import WireError, WireVersionError, decode, decode_as, encode
from hub.wire.display import Closed, KioskAct, KioskView
from hub.wire.presence import HubState, NodePresence, NodeState, Sightings
from hub.wire.unreadable import Unreadable
from tests.hub.wire.messages import ACTS, BOOT, MESSAGES, SAMPLE, TOPICS, full_view, kiosk_act

IDS = [f"{topic.split('/', 3)[3]}-{n}" for n, (topic, _) in enumerate(MESSAGES)]
CANARY = "canary-7f3a"
ALL_TOPICS = sorted({topic for topic, _ in MESSAGES})


@pytest.mark.parametrize(("topic", "message"), MESSAGES, ids=IDS)
def test_every_message_comes_back_as_it_was_sent(topic: str, message: Message) -> None:
    assert decode(topic, encode(message)) == message


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.kind)
def test_every_act_comes_back_as_it_was_done(act: Any) -> None:
    assert decode_as(KioskAct, encode(kiosk_act(act))) == kiosk_act(act)


def test_the_walk_covers_every_leaf() -> None:
    kinds = {type(message) for _, message in MESSAGES}
    assert kinds == {*topics.LEAVES.values(), HubState}


@pytest.mark.parametrize("topic", ALL_TOPICS)
@given(payload=st.binary(max_size=300))
def test_garbage_on_any_topic_is_a_wire_error(topic: str, payload: bytes) -> None:
    with pytest.raises(WireError):
        decode(topic, payload)


SAMPLE_STATE = NodeState(
    node="n1", session_id=BOOT, presence=NodePresence.ONLINE, radio_ok=True, version="0.1.0"
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("topic", ALL_TOPICS)
@given(value=JSON)
def test_json_of_no_message_is_a_wire_error(topic: str, value: object) -> None:
    with pytest.raises(WireError):
        decode(topic, json.dumps(value).encode())


@given(data=st.data())
def test_a_valid_message_with_any_bytes_changed_is_a_message_or_a_wire_error(data: st.DataObject) -> None:
    topic, message = data.draw(st.sampled_from(MESSAGES))
    payload = bytearray(encode(message))
    for position in data.draw(st.lists(st.integers(0, len(payload) - 1), min_size=1, max_size=4)):
        payload[position] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(payload)))
    for mutant in (bytes(payload), bytes(payload[:cut]), bytes(payload) * 2):
        try:
            again = decode(topic, mutant)
        except WireError:
            continue
        assert decode(topic, encode(again)) == again


@given(data=st.data())
def test_a_valid_message_with_a_field_dropped_added_or_changed_is_a_message_or_a_wire_error(
    data: st.DataObject,
) -> None:
    topic, message = data.draw(st.sampled_from(MESSAGES))
    fields = json.loads(encode(message))
    name = data.draw(st.sampled_from([*fields, "extra"]))
    if data.draw(st.booleans()):
        fields.pop(name, None)
    else:
        fields[name] = data.draw(JSON)
    with contextlib.suppress(WireError):
        assert encode(decode(topic, json.dumps(fields).encode()))


@pytest.mark.parametrize(("topic", "message"), MESSAGES, ids=IDS)
def test_a_message_on_another_types_topic_is_a_wire_error(topic: str, message: Message) -> None:
    for other, other_message in MESSAGES:
        if type(other_message) is not type(message):
            with pytest.raises(WireError):
                decode(other, encode(message))


HELLO = {"v": 1, "session_id": "0" * 16, "presence": "online", "notice_ok": True}


@pytest.mark.parametrize("coerced", [{"notice_ok": 1}, {"notice_ok": "true"}])
def test_nothing_is_coerced(coerced: dict[str, object]) -> None:
    with pytest.raises(WireError):
        decode(TOPICS.hub_state, json.dumps(HELLO | coerced).encode())


# versions: the table of hub.wire.base


def grown(value: Any) -> Any:
    """The same message from a newer release: every object in it has one field more."""
    if isinstance(value, dict):
        return {name: grown(inner) for name, inner in value.items()} | {CANARY: [{"new": 1.5}]}
    return [grown(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("topic", "message"), MESSAGES, ids=IDS)
def test_a_field_of_a_newer_peer_is_ignored_and_not_kept(topic: str, message: Message) -> None:
    again = decode(topic, json.dumps(grown(json.loads(encode(message)))).encode())
    assert again == message
    assert CANARY.encode() not in encode(again)


@pytest.mark.parametrize("theirs", [0, 2, 999])
@pytest.mark.parametrize(("topic", "message"), MESSAGES, ids=IDS)
def test_another_version_is_an_error_of_its_own_that_names_both(
    topic: str, message: Message, theirs: int
) -> None:
    fields = json.loads(encode(message)) | {"v": theirs}
    name = type(message).__name__
    with pytest.raises(
        WireVersionError, match=f"^{name} of wire version {theirs}, this program speaks {PROTOCOL_VERSION}$"
    ):
        decode(topic, json.dumps(fields).encode())


@pytest.mark.parametrize("theirs", ["1", 1.5, None, [], -1, 1_000, int("9" * 400)], ids=lambda v: str(v)[:4])
def test_what_is_no_version_is_garbage(theirs: object) -> None:
    with pytest.raises(WireError, match=r"^not a HubState of this version: v: \w+$") as caught:
        decode(TOPICS.hub_state, json.dumps(HELLO | {"v": theirs}).encode())
    assert not isinstance(caught.value, WireVersionError)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (KioskView, {"content": {"kind": CANARY, "message": CANARY}}), (KioskView, {"level": CANARY}),
        (NodeState, {"presence": CANARY}), (HubState, {"presence": CANARY}),
    ],
)  # fmt: skip
def test_an_unknown_word_is_a_newer_peers_and_is_not_quoted(
    kind: type[Message], change: dict[str, object]
) -> None:
    topic, message = next((topic, message) for topic, message in MESSAGES if type(message) is kind)
    with pytest.raises(WireVersionError, match=f"^{kind.__name__} with a word this program") as caught:
        decode(topic, json.dumps(json.loads(encode(message)) | change).encode())
    assert CANARY not in str(caught.value)


def test_an_act_of_an_unknown_kind_is_a_newer_kiosks() -> None:
    fields = json.loads(encode(kiosk_act())) | {"act": {"kind": "stop_suggestions"}}
    with pytest.raises(WireVersionError):
        decode_as(KioskAct, json.dumps(fields).encode())


@pytest.mark.parametrize("new", [{"scheme": "uwb", "id": "short"}, {"state": "moving", "rssi_dbm": None}])
def test_a_sample_of_an_unknown_scheme_or_state_is_left_out_and_the_others_count(new: dict[str, Any]) -> None:
    topic, message = next((topic, m) for topic, m in MESSAGES if isinstance(m, Sightings))
    fields = json.loads(encode(message))
    fields["samples"] = [fields["samples"][0] | new, *fields["samples"][:2], {"scheme": "uwb"} | new]
    again = decode(topic, json.dumps(fields).encode())
    assert isinstance(again, Sightings)
    assert again.samples == (SAMPLE, SAMPLE)
    fields["samples"] = [fields["samples"][0]]
    none_left = decode(topic, json.dumps(fields).encode())
    assert isinstance(none_left, Sightings)
    assert none_left.samples == ()


def test_a_sample_that_is_wrong_in_what_we_know_is_no_newer_one() -> None:
    topic, message = next((topic, m) for topic, m in MESSAGES if isinstance(m, Sightings))
    fields = json.loads(encode(message))
    fields["samples"][3]["rssi_dbm"] = 21
    with pytest.raises(WireError, match=r"samples\.3\.rssi_dbm: less_than_equal"):
        decode(topic, json.dumps(fields).encode())


NEVER_A_CRASH = {
    "deep": b'{"x":' + b"[" * 8_000 + b"]" * 8_000 + b"}",
    "deep objects": b'{"a":' * 2_700 + b"1" + b"}" * 2_700,
    "a long number": b'{"x":' + b"9" * 6_000 + b"}",
    "infinite": b'{"x":Infinity}',
    "not a number": b'{"x":NaN}',
    "lone surrogate": b'{"x":"\\ud800"}',
    "surrogate bytes": b'{"x":"\xed\xa0\x80"}',
    "NUL": b'{"x\\u0000":"\\u0000"}',
    "BOM": b"\xef\xbb\xbf{}",
    "utf-16": "{}".encode("utf-16"),
}


@pytest.mark.parametrize("name", NEVER_A_CRASH)
def test_hostile_json_in_a_field_we_ignore_is_a_message_or_a_wire_error(name: str) -> None:
    hostile = NEVER_A_CRASH[name]
    for topic, message in MESSAGES:
        payload = hostile.replace(b"{", encode(message)[:-1] + b",", 1) if b"{" in hostile else hostile
        with contextlib.suppress(WireError):
            assert decode(topic, payload[:MAX_MESSAGE_BYTES]) == message


def test_of_a_key_given_twice_the_last_counts_for_shape_and_sender_alike() -> None:
    payload = encode(SAMPLE_STATE)
    assert decode(TOPICS.node("n1", "state"), payload[:-1] + b',"node":"n1"}') == SAMPLE_STATE
    with pytest.raises(WireError, match="named in the message"):
        decode(TOPICS.node("n1", "state"), payload[:-1] + b',"node":"n2"}')


# who could not be read


def test_a_flood_of_garbage_is_told_in_a_few_lines_and_kept_in_no_memory() -> None:
    unreadable = Unreadable()
    told = sum(unreadable.note("node n1", WireError("no")) for _ in range(1_000_000))
    assert (told, unreadable.total) == (20, 1_000_000)
    assert unreadable.note("node n2", WireError("no")), "another peer's first is told"
    assert dict(unreadable.other_versions) == {}


def test_a_peer_of_another_version_is_named_until_it_speaks_ours() -> None:
    unreadable = Unreadable()
    assert unreadable.note("node n1", WireVersionError("of wire version 2"))
    unreadable.note("node n1", WireError("garbage from somewhere"))
    assert dict(unreadable.other_versions) == {"node n1": "of wire version 2"}
    unreadable.understood("node n1")
    unreadable.understood("node n2")
    assert dict(unreadable.other_versions) == {}


def test_a_node_cannot_speak_for_another_nor_a_kiosk() -> None:
    for topic, message in MESSAGES:
        if (room := topic.split("/")[3]) == "hub":
            continue
        forged = topic.replace("/n1/", "/n2/").replace("/k1/", "/k2/")
        with pytest.raises(WireError, match=f"^{room} named in the message is not the one of the topic$"):
            decode(forged, encode(message))


@pytest.mark.parametrize(
    "topic",
    ["", "/", "comptoir/v1", "comptoir/v2/demo/hub/state", "comptoir/v1/demo/till/t1/view", "a/b/c/d/e/f",
     "comptoir/v1/demo/node/n1/view", "comptoir/v1/demo/kiosk/k1/act/x", "comptoir/v1/demo/hub/ack"],
)  # fmt: skip
def test_a_topic_of_nobody_is_a_wire_error(topic: str) -> None:
    with pytest.raises(WireError, match="not one of our topics"):
        decode(topic, b"{}")


def test_what_is_over_the_limit_is_refused_both_ways_before_it_is_parsed() -> None:
    with pytest.raises(WireError, match=r"16385 bytes are over the limit of 16384"):
        decode(TOPICS.hub_state, b" " * (MAX_MESSAGE_BYTES + 1))


def test_our_own_message_over_the_limit_is_a_wire_error(mocker: Any) -> None:
    # No message of today's bounds gets there, whatever is in it, so the limit comes down to the message.
    mocker.patch.object(codec, "MAX_MESSAGE_BYTES", 100)
    with pytest.raises(WireError, match=r"KioskView of \d+ bytes is over the limit of 100"):
        encode(full_view(Closed(reason=LocalText(fr=CANARY, en=CANARY))))


@pytest.mark.parametrize(("topic", "message"), MESSAGES, ids=IDS)
def test_the_fullest_message_is_within_the_limit(topic: str, message: Message) -> None:
    assert len(encode(message)) <= MAX_MESSAGE_BYTES / 1.5


def test_an_error_names_the_place_and_never_the_content() -> None:
    with pytest.raises(WireError) as caught:
        decode(TOPICS.hub_state, json.dumps({"session_id": CANARY, CANARY[:3]: CANARY}).encode())
    assert "session_id: string_pattern_mismatch" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__, "the chained error would quote it in a traceback"


def test_text_that_is_no_text_is_a_wire_error() -> None:
    payload = encode(full_view(Closed(reason=LocalText(fr="X", en="Y")))).replace(b'"X"', b'"\\ud800"')
    with pytest.raises(WireError):
        decode(TOPICS.kiosk("k1", "view"), payload)


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (KioskView, {"ttl_s": 0.0}), (KioskView, {"ttl_s": 301.0}), (KioskView, {"ttl_s": float("nan")}),
        (KioskView, {"kiosk": "K1"}), (KioskView, {"kiosk": "k/1"}), (KioskView, {"kiosk": "k1\n"}),
        (KioskView, {"kiosk": "a" * 33}), (KioskView, {"subject": "short"}),
        (NodeState, {"version": "v" * 33}), (NodeState, {"session_id": "0" * 15}),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_cannot_be_built(model: type[Message], change: dict[str, object]) -> None:
    good = next(message for _, message in MESSAGES if type(message) is model)
    with pytest.raises(ValidationError):
        model.model_validate(good.model_dump() | change)
