"""Multipath: on each advertising channel its own pattern of fades, some centimetres wide. Pure.

Clarke's model: a direct wave and many reflected ones from all sides, summed where the antenna is. The reflections'
phases differ between channels: over a hall's detours 24 to 78 MHz apart are different patterns.
"""

import math
from typing import TYPE_CHECKING, Final

from hardware.sim.propagation import Propagation

if TYPE_CHECKING:
    from hardware.host.entropy import Entropy

CHANNELS: Final = (2402e6, 2426e6, 2480e6)
"""Hz; the advertising channels 37, 38, 39 (Bluetooth Core 5.4, Vol 6 Part B §1.4.1)."""

LIGHT_M_S: Final = 299_792_458.0

REFLECTIONS: Final = 8
"""Waves from all sides: with eight the amplitude is close to Rayleigh's, and a packet still costs microseconds."""

FLOOR_POWER: Final = 1e-4
"""No fade goes below −40 dB: noise fills the rest."""


class Multipath:
    """The fades of all channels between one node and any place."""

    def __init__(self, node_m: tuple[float, float], propagation: Propagation, entropy: "Entropy") -> None:
        k = propagation.rician_k
        self._node_m = node_m
        self._direct = math.sqrt(k / (k + 1.0))
        self._reflected = math.sqrt(1.0 / ((k + 1.0) * REFLECTIONS))
        self._mean_db = propagation.mean_fading_db()
        directions = [math.tau * entropy.uniform() for _ in range(REFLECTIONS)]
        self._channels = tuple(_channel(frequency, directions, entropy) for frequency in CHANNELS)

    def fade_db(self, channel: int, x_m: float, y_m: float) -> float:
        """The fade at a place on channel 0, 1 or 2, in dB around a mean of 0."""
        number, waves = self._channels[channel]
        phase = number * math.hypot(x_m - self._node_m[0], y_m - self._node_m[1])
        real, imaginary = 0.0, 0.0
        for kx, ky, start in waves:
            angle = kx * x_m + ky * y_m + start
            real += math.cos(angle)
            imaginary += math.sin(angle)
        real = self._direct * math.cos(phase) + self._reflected * real
        imaginary = self._direct * math.sin(phase) + self._reflected * imaginary
        power = max(real * real + imaginary * imaginary, FLOOR_POWER)
        return 10.0 * math.log10(power) - self._mean_db


def _channel(
    frequency_hz: float, directions: list[float], entropy: "Entropy"
) -> tuple[float, tuple[tuple[float, float, float], ...]]:
    number = math.tau * frequency_hz / LIGHT_M_S
    waves = tuple(
        (number * math.cos(angle), number * math.sin(angle), math.tau * entropy.uniform())
        for angle in directions
    )
    return number, waves
