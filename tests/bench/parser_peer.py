"""How long another parser takes for our frames: `PYTHON parser_peer.py beacontools|bleparser`.

Runs in the peers' own environment and imports nothing of ours. Reads the frames as one JSON list of hexadecimal
strings, answers with the list of those it reads without an exception, then answers every further line, a number of
repeats, with the microseconds one of them took.
"""

import json
import sys
import time
from collections.abc import Callable


def parser(name: str) -> Callable[[bytes], object]:
    """The peer's way from bytes to fields."""
    if name == "beacontools":
        from beacontools import parse_packet  # type: ignore[import-not-found]

        return parse_packet  # type: ignore[no-any-return]
    from bleparser import BleParser  # type: ignore[import-not-found]

    # As Home Assistant asks it: sensors and trackers alike, nothing remembered.
    return BleParser(discovery=True, report_unknown=False).parse_raw_data  # type: ignore[no-any-return]


def survives(parse: Callable[[bytes], object], text: str) -> bool:
    """Whether it takes this frame without an exception."""
    try:
        parse(bytes.fromhex(text))
    except Exception:  # noqa: BLE001 - whatever it raises, it cannot be timed
        return False
    return True


def main(name: str) -> None:
    """Answer until the input ends."""
    parse = parser(name)
    frames = [bytes.fromhex(text) for text in json.loads(sys.stdin.readline()) if survives(parse, text)]
    sys.stdout.write(json.dumps([frame.hex() for frame in frames]) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        repeats = int(line)
        begun_s = time.perf_counter()
        for _ in range(repeats):
            for frame in frames:
                parse(frame)
        took_s = time.perf_counter() - begun_s
        sys.stdout.write(f"{took_s / repeats / len(frames) * 1e6}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
