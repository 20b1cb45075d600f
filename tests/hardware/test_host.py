"""The host computer's clock, entropy and configuration files."""

import asyncio
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from hardware.host.clock import Clock, ManualClock, ScaledClock, SystemClock, wall_ms
from hardware.host.config import MAX_CONFIG_BYTES, ConfigModel, load_toml
from hardware.host.entropy import Entropy, SeededEntropy, SystemEntropy
from hardware.host.errors import ConfigError


class Sample(ConfigModel):
    name: str
    count: Annotated[int, Field(ge=1)] = 1
    size: Annotated[int, Field(ge=1)] = 1
    price: Annotated[int, Field(ge=1)] = 1


@pytest.mark.parametrize("clock", [SystemClock(), ScaledClock(1_000.0, 100.0)], ids=["system", "scaled"])
async def test_a_clock_goes_on_by_itself_and_sleeps_as_long_as_asked(clock: Clock) -> None:
    before_s, monotonic_s = clock.now_s(), clock.monotonic_s()
    await clock.sleep(0.02)
    assert clock.monotonic_s() - monotonic_s >= 0.02
    assert clock.now_s() >= before_s
    await clock.sleep(-1)


async def test_a_scaled_clock_runs_at_its_speed_pauses_and_goes_on() -> None:
    clock, began_ms = ScaledClock(1_000.0, 1_000.0), wall_ms()
    await clock.sleep(20.0)
    assert clock.now_s() >= 1_020.0
    assert wall_ms() - began_ms < 2_000
    assert (clock.running, clock.scale) == (True, 1_000.0)
    clock.pause()
    stood_s = clock.now_s()
    sleeping = asyncio.create_task(clock.sleep(5.0))
    await asyncio.sleep(0.02)
    assert (clock.running, clock.now_s(), sleeping.done()) == (False, stood_s, False)
    clock.resume()
    await sleeping
    clock.set_scale(2_000.0)
    assert clock.scale == 2_000.0


async def test_a_sleeper_that_is_cancelled_as_the_speed_changes_ends() -> None:
    clock = ScaledClock(1_000.0, 1.0)
    sleeping = asyncio.create_task(clock.sleep(60.0))
    await asyncio.sleep(0.01)
    clock.set_scale(2.0)
    await asyncio.sleep(0)
    sleeping.cancel()
    done, _ = await asyncio.wait([sleeping], timeout=1.0)
    assert done, "the cancellation was swallowed"
    assert sleeping.cancelled()


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_a_clock_never_stands_or_goes_back_by_its_scale(scale: float) -> None:
    with pytest.raises(ValueError, match="must be > 0"):
        ScaledClock(0.0, scale)
    with pytest.raises(ValueError, match="must be > 0"):
        ScaledClock(0.0, 1.0).set_scale(scale)


async def test_a_clock_moved_by_hand_wakes_each_sleeper_in_order() -> None:
    clock, woken = ManualClock(), list[float]()

    async def sleep(duration_s: float) -> None:
        await clock.sleep(duration_s)
        woken.append(clock.monotonic_s())

    tasks = [asyncio.create_task(sleep(duration_s)) for duration_s in (3.0, 1.0, 9.0)]
    cancelled = asyncio.create_task(sleep(2.0))
    await clock.advance(0)
    cancelled.cancel()
    await clock.advance(5.0)
    assert woken == [1.0, 3.0]
    clock.set_back(100.0)
    assert (clock.now_s(), clock.monotonic_s()) == (1_000_000.0 + 5 - 100, 5.0)
    await clock.advance(4.0)
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("entropy", [SystemEntropy(), SeededEntropy(1)], ids=["system", "seeded"])
def test_entropy_has_the_shapes_it_promises(entropy: Entropy) -> None:
    assert len(entropy.token(7)) == 7
    assert len(entropy.new_id()) == 16
    assert entropy.new_id() != entropy.new_id()
    assert 0.0 <= entropy.uniform() < 1.0


def test_seeded_entropy_repeats() -> None:
    assert [SeededEntropy(3).new_id() for _ in range(2)] == [SeededEntropy(3).new_id()] * 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'name = "a"\ncount = 0\n', "count = 0"),
        (b"count = 1\n", "name: Field required"),
        (b'name = "a"\nnmae = "b"\n', "nmae = 'b'"),
        (b"name = \n", "not valid TOML"),
        (b"\xff", "not UTF-8"),
        (b"#" * (MAX_CONFIG_BYTES + 1), "larger than"),
        (b'name = "' + b"x" * 99 + b'"\ncount = "' + b"y" * 99 + b'"\n', "..."),
        (b"count = 0\nsize = 0\nprice = 0\n", "(and 1 more)"),
    ],
)
def test_a_faulty_file_is_named_with_key_and_value(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "sample.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_toml(path, Sample)
    assert what in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_toml(tmp_path / "none.toml", Sample)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_toml(tmp_path, Sample)


def test_a_good_file_is_its_model(tmp_path: Path) -> None:
    path = tmp_path / "sample.toml"
    path.write_text('name = "a"\n')
    assert load_toml(path, Sample) == Sample(name="a")
