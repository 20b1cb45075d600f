"""Which symbols stand beside the own one, and where: always the same for the same people, telling nothing.

Decoys drawn afresh would give the own symbol away as the one that stays. So they are a fixed function of the
store's key: each symbol has its own list of companions, and when a second person comes, some of the first one's
companions make room for the newcomer *and* the newcomer's companions; which of several new ones is real cannot be
seen (a test counts how seldom chance leaves only one). Places follow one fixed order per kiosk, whoever is there.
"""

import hmac
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final

from hub.display.symbols import SYMBOLS
from hub.wire.display import MAX_SYMBOLS

RANKS: Final = 4_096
"""Thirty symbols beside each of thirty, and their places at a hundred kiosks: a view asks for two hundred of them."""


def symbols_on_screen(own: Iterable[str], kiosk: str, key: bytes) -> tuple[str, ...]:
    """The `MAX_SYMBOLS` symbols of an L1 view, in order.

    Args:
        own: the symbols of those present, at least one; of more than fit on a screen some stand back.
        kiosk: the kiosk's name.
        key: the store's decoy key (`Vault.derive`).
    """
    real = sorted(set(own), key=lambda symbol: _rank(key, "crowd", kiosk, symbol))
    assert real, "nobody is here"
    chosen = dict.fromkeys(real[:MAX_SYMBOLS])
    others = [symbol for symbol in SYMBOLS if symbol not in real]
    for row in zip(*(_companions(symbol, others, key) for symbol in real), strict=True):
        for symbol in row:
            if len(chosen) < MAX_SYMBOLS:
                chosen[symbol] = None
    return tuple(sorted(chosen, key=lambda symbol: _rank(key, "place", kiosk, symbol)))


def _companions(owner: str, others: list[str], key: bytes) -> list[str]:
    return sorted(others, key=lambda symbol: _rank(key, "companion", owner, symbol))


@lru_cache(maxsize=RANKS)
def _rank(key: bytes, use: str, owner: str, symbol: str) -> bytes:
    return hmac.new(key, f"{use}|{owner}|{symbol}".encode(), sha256).digest()
