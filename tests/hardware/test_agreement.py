"""The agreement of beacon and resolver (Eddystone-EID, registration) against the published vector."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.agreement import identity_key_for_beacon, identity_key_for_resolver, public_key

KEYS = st.binary(min_size=32, max_size=32)


def test_the_recorded_vector_on_both_sides(data_dir: Path) -> None:
    vector = json.loads((data_dir / "identity_vectors.json").read_text())["eid_ecdh"]
    told = {name: bytes.fromhex(value) for name, value in vector.items() if name != "src"}
    assert public_key(told["resolver_priv"]) == told["resolver_pub"]
    assert public_key(told["beacon_priv"]) == told["beacon_pub"]
    assert identity_key_for_resolver(told["resolver_priv"], told["beacon_pub"]) == told["ik"]
    assert identity_key_for_beacon(told["beacon_priv"], told["resolver_pub"]) == told["ik"]


@given(KEYS, KEYS)
def test_both_sides_derive_the_same_and_nobody_else_does(resolver: bytes, beacon: bytes) -> None:
    ik = identity_key_for_resolver(resolver, public_key(beacon))
    assert ik == identity_key_for_beacon(beacon, public_key(resolver))
    assert len(ik) == 16
    assert ik != identity_key_for_resolver(bytes(32), public_key(beacon)) or resolver == bytes(32)


@pytest.mark.parametrize("told", [bytes(32), bytes(31), b""], ids=["zero", "short", "empty"])
def test_a_key_that_is_none_is_refused(told: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        identity_key_for_resolver(bytes(range(32)), told)
