"""Looks for bytes that must not be anywhere, in every form in which a program might have written them down.

A search that finds nothing proves nothing unless it finds what is there: `tests/story/test_traces.py` writes each
form, and the story itself must find in the captured traffic what has to travel there.
"""

import base64
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.wire.bus import Bus, Delivery
from hub.wire.topics import ROOT

MAX_CAPTURED: Final = 50_000
"""Messages a spy keeps, the newest: five tellings of the story, 15 MB; a live demo may run all day."""


class Spy:
    """A participant that only listens, to everything of the store, and keeps each raw topic and payload.

    Args:
        bus: not yet started; its starting and stopping is the caller's.
        store: the store's name.
    """

    def __init__(self, bus: Bus, store: str) -> None:
        self.captured: deque[Delivery] = deque(maxlen=MAX_CAPTURED)
        bus.subscribe(f"{ROOT}/{store}/#", self.captured.append)

    def saw(self, identifiers: Iterable[bytes]) -> int:
        """How many messages name one of these identifiers, in hexadecimal as the wire does."""
        needles = [identifier.hex().encode() for identifier in identifiers]
        return sum(any(needle in seen.payload for needle in needles) for seen in self.captured)

    def traffic(self) -> dict[str, bytes]:
        """Everything captured, as one place to look into."""
        return {"traffic": b"\n".join(part for d in self.captured for part in (d.topic.encode(), d.payload))}


@dataclass(frozen=True, slots=True)
class Find:
    """Something was found: where, and in which form. What it was is not repeated."""

    place: str
    form: str

    def __str__(self) -> str:
        return f"{self.place} ({self.form})"


def look(secrets: Iterable[bytes], places: Mapping[str, bytes]) -> tuple[Find, ...]:
    """Search every place for every secret, as it is and with its bytes the other way round.

    Args:
        secrets: at least 6 bytes each, or they would be found by chance.
        places: name → content.

    Returns:
        One find for each place, form and secret.
    """
    needles = [(form, folded, needle) for secret in secrets for form, folded, needle in _needles(secret)]
    return tuple(found for place, content in places.items() for found in _look(needles, place, content))


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file's bytes as they lie on the disk, whatever database they belong to: relative path → content."""
    contents = {}
    for path in sorted(folder.rglob("*")):
        # A write-ahead log goes when its last reader does: a file that is gone holds nothing.
        with suppress(FileNotFoundError):
            if path.is_file():
                contents[str(path.relative_to(folder))] = path.read_bytes()
    return contents


_Needle = tuple[str, bool, bytes]
"""(form, whether it is looked for in the folded content, bytes)."""


def _look(needles: Iterable[_Needle], place: str, content: bytes) -> Iterator[Find]:
    folded = content.lower().translate(None, _SEPARATORS)
    for form, in_folded, needle in needles:
        if needle in (folded if in_folded else content):
            yield Find(place, form)


_SEPARATORS: Final = b"-:, \t"
"""Taken out before hexadecimal and decimal digits are looked for: a UUID's dashes, an address's colons."""


def _needles(secret: bytes) -> Iterator[_Needle]:
    for name, order in (("", secret), ("reversed ", secret[::-1])):
        for form, folded, write in _FORMS:
            yield name + form, folded, write(order)
        for offset in range(3):
            alphabets = (base64.b64encode, base64.urlsafe_b64encode)
            for written in sorted({_base64_core(order, offset, alphabet) for alphabet in alphabets}):
                yield f"{name}base64", False, written


_FORMS: Final[tuple[tuple[str, bool, Callable[[bytes], bytes]], ...]] = (
    ("raw", False, bytes),
    ("hexadecimal", True, lambda secret: secret.hex().encode()),
    ("escaped", False, lambda secret: repr(secret)[2:-1].encode()),
    ("latin-1 as UTF-8", False, lambda secret: secret.decode("latin-1").encode()),
    ("decimal", True, lambda secret: "".join(map(str, secret)).encode()),
)


def _base64_core(secret: bytes, offset: int, encode: Callable[[bytes], bytes]) -> bytes:
    """The characters that depend on the secret alone, when `offset` bytes of something else stand before it."""
    written = encode(bytes(offset) + secret).rstrip(b"=")
    first = -(-offset * 8 // 6)
    last = (offset + len(secret)) * 8 // 6
    return written[first:last]
