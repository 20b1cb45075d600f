"""The codec: what goes in comes out, and whatever else comes is one clear error that quotes nothing."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.wire import codec, topics
from hub.wire.base import MAX_MESSAGE_BYTES, LocalText, Message
from hub.wire.codec import WireError, decode, decode_as, encode
from hub.wire.display import Closed, KioskAct, KioskView
from hub.wire.presence import HubState, NodeState
from tests.hub.wire.messages import ACTS, MESSAGES, TOPICS, full_view, kiosk_act

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


@pytest.mark.parametrize("version", [0, 2, "1", 1.5, None])
def test_another_protocol_version_is_refused(version: object) -> None:
    payload = json.dumps({"v": version, "session_id": "0" * 16, "presence": "online", "notice_ok": True})
    with pytest.raises(WireError, match="HubState"):
        decode(TOPICS.hub_state, payload.encode())


@pytest.mark.parametrize("coerced", [{"notice_ok": 1}, {"notice_ok": "true"}, {"extra": 1}])
def test_nothing_is_coerced_and_nothing_extra_is_let_in(coerced: dict[str, object]) -> None:
    fields = {"v": 1, "session_id": "0" * 16, "presence": "online", "notice_ok": True} | coerced
    with pytest.raises(WireError):
        decode(TOPICS.hub_state, json.dumps(fields).encode())


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


def test_an_unknown_fields_name_is_the_senders_content_too_and_is_left_out() -> None:
    with pytest.raises(WireError) as caught:
        decode(TOPICS.hub_state, json.dumps({CANARY: 1}).encode())
    assert CANARY not in str(caught.value)


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
