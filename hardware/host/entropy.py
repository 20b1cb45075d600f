"""The one source of randomness and fresh identifiers."""

import random
import secrets
from typing import Protocol


class Entropy(Protocol):
    """What needs chance takes one of these, so that a test can take a seeded one."""

    def token(self, n_bytes: int) -> bytes:
        """`n_bytes` random bytes."""
        ...

    def new_id(self) -> str:
        """A fresh identifier: 16 lower-case hexadecimal characters (64 bits)."""
        ...

    def uniform(self) -> float:
        """A number in [0, 1)."""
        ...


class SystemEntropy:
    """The operating system's random source."""

    def token(self, n_bytes: int) -> bytes:
        """See `Entropy`."""
        return secrets.token_bytes(n_bytes)

    def new_id(self) -> str:
        """See `Entropy`."""
        return secrets.token_hex(8)

    def uniform(self) -> float:
        """See `Entropy`."""
        return random.random()  # noqa: S311 - jitter, not a secret


class SeededEntropy:
    """The same values in every run; for tests and simulations, never where a secret is made."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def token(self, n_bytes: int) -> bytes:
        """See `Entropy`."""
        return self._random.randbytes(n_bytes)

    def new_id(self) -> str:
        """See `Entropy`."""
        return self._random.randbytes(8).hex()

    def uniform(self) -> float:
        """See `Entropy`."""
        return self._random.random()
