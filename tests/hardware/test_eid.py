"""Eddystone-EID against the published vectors and the rules of its specification."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.eid import compute_eid, eid_of_temporary_key, temporary_key
from hardware.beacon.identity import Fob

KEYS = st.binary(min_size=16, max_size=16)
CLOCKS = st.integers(0, 2**32 - 1)
EXPONENTS = st.integers(0, 15)


@pytest.mark.parametrize(
    ("t", "eid"),
    [(0, "a9b76a71c5f89290"), (2000, "4144413e45fefa58")],
    ids=["at zero", "in the second window"],
)
def test_the_reference_implementations_vectors(t: int, eid: str) -> None:
    """RadiusNetworks/ephemeral_calc, spec/encryptor_spec.rb."""
    assert compute_eid(bytes.fromhex("0102030405060708090a111213141516"), 10, t).hex() == eid


def test_every_recorded_vector(data_dir: Path) -> None:
    vectors = json.loads((data_dir / "identity_vectors.json").read_text())["eid"]
    assert len(vectors) >= 8
    for vector in vectors:
        tk = (
            bytes.fromhex(vector["tk"])
            if "tk" in vector
            else temporary_key(bytes.fromhex(vector["ik"]), vector["t"])
        )
        assert eid_of_temporary_key(tk, vector["k"], vector["t"]).hex() == vector["eid"], vector["src"]


@given(KEYS, EXPONENTS, CLOCKS)
def test_an_identifier_stays_for_its_window_and_no_longer(ik: bytes, k: int, ts: int) -> None:
    begin = ts >> k << k
    end = min(begin + 2**k - 1, 2**32 - 1)
    assert compute_eid(ik, k, begin) == compute_eid(ik, k, ts) == compute_eid(ik, k, end)
    if end < 2**32 - 1:
        assert compute_eid(ik, k, end + 1) != compute_eid(ik, k, ts)


@pytest.mark.parametrize(("k", "ts"), [(-1, 0), (16, 0), (10, -1), (10, 2**32)])
def test_what_the_specification_cannot_say_is_refused(k: int, ts: int) -> None:
    with pytest.raises(ValueError, match="must be 0 to"):
        compute_eid(bytes(16), k, ts)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="key must be 16 bytes"):
        temporary_key(bytes(15), 0)


def test_a_fob_counts_from_its_own_epoch_and_never_prints_its_key() -> None:
    fob = Fob(bytes(range(16)), k=4, epoch_s=1_000.0)
    assert fob.eid_at(1_000.5) == compute_eid(bytes(range(16)), 4, 0)
    assert fob.eid_at(1_016.0) == compute_eid(bytes(range(16)), 4, 16)
    assert repr(fob) == "Fob(k=4, epoch_s=1000.0)"
