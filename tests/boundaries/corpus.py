"""What may come over a boundary and is none of ours: by name, and in floods from a seed. All carry the canary."""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

from hub.wire.base import MAX_MESSAGE_BYTES

CANARY: Final = "canary-9811000000017"

_DEEP: Final = 8_000

HOSTILE: Final[dict[str, bytes]] = {
    "bytes": b"\x00\xff\xfe" + CANARY.encode(),
    "no object": json.dumps([CANARY]).encode(),
    "wrong types": json.dumps(
        {"v": 1, "node": [CANARY], "kiosk": {}, "samples": CANARY, "seqs": CANARY}
    ).encode(),
    "unknown names": json.dumps({CANARY: 1}).encode(),
    "deep lists": b"[" * _DEEP + CANARY.encode(),
    "deep objects": b'{"x":' * (_DEEP // 5) + f'"{CANARY}"'.encode(),
    "not a number": f'{{"v": NaN, "x": "{CANARY}"}}'.encode(),
    "infinite": f'{{"v": 1, "ttl_s": Infinity, "x": "{CANARY}"}}'.encode(),
    "long number": f'{{"v": {"9" * 5_000}, "x": "{CANARY}"}}'.encode(),
    "lone surrogate": f'{{"v": 1, "node": "\\ud800{CANARY}"}}'.encode(),
    "surrogate bytes": b'{"v": 1, "node": "\xed\xa0\x80' + CANARY.encode() + b'"}',
    "keys twice": f'{{"v": 1, "v": 1, "node": "n1", "node": "{CANARY}"}}'.encode(),
    "terminal": f'{{"v": 1, "node": "\\u001b]0;{CANARY}\\u0007\\u001b[2J"}}'.encode(),
    "one byte too many": (CANARY.encode() * MAX_MESSAGE_BYTES)[: MAX_MESSAGE_BYTES + 1],
    "sixty kilobytes": (CANARY.encode() * 60_000)[:60_000],
}
"""Nonsense of every sort, by name; none of it claims to be of another version."""


def flood(n: int, seed: int, valid: bytes) -> Iterator[bytes]:
    """`n` payloads nobody can read: noise, torn and bent copies of `valid`, JSON of no meaning."""
    chance = random.Random(seed)
    for _ in range(n):
        match chance.randrange(4):
            case 0:
                yield chance.randbytes(chance.randrange(1, 300)) + CANARY.encode()
            case 1:
                yield valid[: chance.randrange(1, len(valid))]
            case 2:
                yield _bent(valid, chance)
            case _:
                yield json.dumps(_anything(chance, 4)).encode()


def _bent(valid: bytes, chance: random.Random) -> bytes:
    fields: dict[str, Any] = json.loads(valid)
    # Sorts no field allows; `v` stays: another version is another matter.
    bent = chance.choice(
        [name for name in fields if name not in {"v", "permission_revision", "subject", "known"}]
    )
    return json.dumps(fields | {bent: {CANARY: _anything(chance, 2)}}).encode()


def _anything(chance: random.Random, depth: int) -> object:
    if depth == 0 or chance.random() < 0.3:
        return chance.choice([None, True, -1, 1e308, float("nan"), CANARY, "\x1b[2J", "é" * 40])
    if chance.random() < 0.5:
        return [_anything(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {f"{CANARY}{n}": _anything(chance, depth - 1) for n in range(chance.randrange(4))}
