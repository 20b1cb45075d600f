"""Everybody else's advertisements, simulated: foreign beacons, phones, and frames the air has damaged.

Each carries bytes of a *canary*, drawn for the run, wherever a parser could copy from: whoever finds one later on a
disk, in a log or on the bus has found a trace of somebody who never asked to be known (acceptance B5). No loyalty
frame of the kinds a store listens to by default can be read from any of them.

Sources: Apple, Proximity Beacon Specification R1; Apple and Google, Exposure Notification Bluetooth Specification
v1.2 §Advertising Payload; Google, Fast Pair specification; Eddystone protocol specification (URL, TLM, UID);
Microsoft, [MS-CDP] §2.2.2.2.
"""

from collections.abc import Callable, Sequence
from typing import Final

from hardware.beacon.build import app_eid, eddystone_eid, ibeacon, ibeacon_eid
from hardware.beacon.frames import APPLE, EDDYSTONE_EID_TYPE, NO_RSSI
from hardware.host.entropy import Entropy
from hardware.radio.ad import (
    FLAGS,
    MANUFACTURER_DATA,
    SERVICE_DATA_16,
    SERVICE_DATA_128,
    SERVICE_UUIDS_16,
    legacy_payload,
    structure,
)

CANARIES: Final = 6
"""More than the most that one advertisement carries, so that places of the bytes and canaries mix."""

CANARY_BYTES: Final = 8
"""The size of an EID: a canary fits where an identifier stands."""

PIECE_BYTES: Final = 6
"""What a frame may have cut off a canary still leaves this much; 42 drawn bits do not come about by chance."""

STRONGEST_DBM: Final = -55
WEAKEST_DBM: Final = -95
"""Phones in pockets between one and some twenty metres away."""

_NO_RSSI_CHANCE: Final = 0.05
_LOCAL_NAME: Final = 0x09
_EDDYSTONE: Final = b"\xaa\xfe"
_EXPOSURE: Final = b"\x6f\xfd"
_FAST_PAIR: Final = b"\x2c\xfe"
_GOOGLE: Final = 0x00E0
_MICROSOFT: Final = 0x0006

Draw = Callable[[], bytes]
"""Gives one canary a call."""


def draw_canaries(entropy: Entropy, n: int = CANARIES) -> tuple[bytes, ...]:
    """Draw `n` canaries of `CANARY_BYTES`; no byte is ASCII, so that an escaped text shows each byte alike."""
    return tuple(bytes(byte | 0x80 for byte in entropy.token(CANARY_BYTES)) for _ in range(n))


class Bystanders:
    """People with phones and gadgets. Pure but for the entropy it is given.

    Args:
        entropy: decides who advertises next, how loud, and with which canary.
        canaries: see `draw_canaries`.
    """

    def __init__(self, entropy: Entropy, canaries: Sequence[bytes]) -> None:
        self._entropy, self.canaries = entropy, tuple(canaries)

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """What to look for: a canary may have lost its first or its last bytes to a damaged frame."""
        return tuple(
            piece for canary in self.canaries for piece in (canary[:PIECE_BYTES], canary[-PIECE_BYTES:])
        )

    def advertisement(self) -> tuple[int, bytes]:
        """Somebody's next advertisement: (RSSI in dBm, raw AD structures).

        A well-formed loyalty frame comes only without a possible strength, which must not count either.
        """
        if self._entropy.uniform() < _NO_RSSI_CHANCE:
            no_strength = sorted(NO_RSSI)[self._below(len(NO_RSSI))]
            return no_strength, _LOYALTY[self._below(len(_LOYALTY))](self._canary)
        rssi_dbm = WEAKEST_DBM + self._below(STRONGEST_DBM - WEAKEST_DBM + 1)
        return rssi_dbm, FOREIGN[self._below(len(FOREIGN))](self._canary)

    def _canary(self) -> bytes:
        return self.canaries[self._below(len(self.canaries))]

    def _below(self, limit: int) -> int:
        return int(self._entropy.uniform() * limit)


# other people's beacons and phones


def _foreign_ibeacon(draw: Draw) -> bytes:
    minor_of = draw()
    return ibeacon(draw() + draw(), int.from_bytes(minor_of[:2]), int.from_bytes(minor_of[2:4]))


def _exposure_notification(draw: Draw) -> bytes:
    identifier, metadata = draw() + draw(), draw()[:4]
    return legacy_payload(
        structure(SERVICE_UUIDS_16, _EXPOSURE), structure(SERVICE_DATA_16, _EXPOSURE + identifier + metadata)
    )


def _apple_nearby(draw: Draw) -> bytes:
    return legacy_payload(_manufacturer(APPLE, b"\x10\x08" + draw()))


def _google(draw: Draw) -> bytes:
    return legacy_payload(
        _manufacturer(_GOOGLE, b"\x01" + draw()), structure(SERVICE_DATA_16, _FAST_PAIR + draw())
    )


def _microsoft(draw: Draw) -> bytes:
    return legacy_payload(_manufacturer(_MICROSOFT, b"\x01\x09\x20\x02" + draw() + draw()))


def _named(draw: Draw) -> bytes:
    return legacy_payload(structure(_LOCAL_NAME, draw() + draw()))


def _own_service(draw: Draw) -> bytes:
    """A 128-bit service: its UUID is data a parser makes a key of."""
    return structure(FLAGS, b"\x06") + structure(SERVICE_DATA_128, draw() + draw() + draw())


def _eddystone_url(draw: Draw) -> bytes:
    return _eddystone(b"\x10\xec\x03" + draw())


def _eddystone_tlm(draw: Draw) -> bytes:
    return _eddystone(b"\x20\x00" + draw() + draw()[:4])


def _foreign_eddystone_uid(draw: Draw) -> bytes:
    return _eddystone(b"\x00\xec" + draw() + draw())


def _manufacturer(company: int, data: bytes) -> bytes:
    return structure(MANUFACTURER_DATA, company.to_bytes(2, "little") + data)


def _eddystone(frame: bytes) -> bytes:
    return structure(SERVICE_UUIDS_16, _EDDYSTONE) + structure(SERVICE_DATA_16, _EDDYSTONE + frame)


# frames the air, or a bad sender, has damaged


def _cut_short(draw: Draw) -> bytes:
    return eddystone_eid(draw())[:-1]


def _claims_too_much(draw: Draw) -> bytes:
    payload = bytearray(eddystone_eid(draw()))
    payload[_LAST_LENGTH] += 1
    return bytes(payload)


def _claims_too_little(draw: Draw) -> bytes:
    # The identifier's last byte is read as a length, which runs over the end.
    payload = bytearray(eddystone_eid(draw()))
    payload[_LAST_LENGTH] -= 1
    return bytes(payload)


def _zero_length(draw: Draw) -> bytes:
    return structure(FLAGS, b"\x06") + b"\0" + structure(SERVICE_DATA_16, _EDDYSTONE + b"\x30\x00" + draw())


def _short_identifier(draw: Draw) -> bytes:
    return _eddystone(bytes((EDDYSTONE_EID_TYPE, 0)) + draw()[:-1])


def _long_identifier(draw: Draw) -> bytes:
    return _eddystone(bytes((EDDYSTONE_EID_TYPE, 0)) + draw() + draw())


def _app_of_another_version(draw: Draw) -> bytes:
    payload = bytearray(app_eid(draw()))
    payload[_APP_VERSION_AT] = 0x7F
    return bytes(payload)


def _ibeacon_cut_short(draw: Draw) -> bytes:
    return ibeacon_eid(draw())[:-3]


def _says_it_twice(draw: Draw) -> bytes:
    """Of two structures with one UUID the first counts; this one is no loyalty frame."""
    return _eddystone_tlm(draw) + eddystone_eid(draw())


def _noise(draw: Draw) -> bytes:
    return draw() + draw() + draw()


_LAST_LENGTH: Final = 7
"""Where an Eddystone-EID advertisement says how long its service data is: after flags (3) and UUID list (4)."""

_APP_VERSION_AT: Final = 21
"""Behind flags (3), length, type and the 16 bytes of the service's UUID."""

FOREIGN: Final[tuple[Callable[[Draw], bytes], ...]] = (
    _foreign_ibeacon,
    _exposure_notification,
    _apple_nearby,
    _google,
    _microsoft,
    _named,
    _own_service,
    _eddystone_url,
    _eddystone_tlm,
    _foreign_eddystone_uid,
    _cut_short,
    _claims_too_much,
    _claims_too_little,
    _zero_length,
    _short_identifier,
    _long_identifier,
    _app_of_another_version,
    _ibeacon_cut_short,
    _says_it_twice,
    _noise,
)
"""Every kind that is heard with a strength, equally often: whole ones and damaged ones by halves."""

_LOYALTY: Final[tuple[Callable[[Draw], bytes], ...]] = (
    lambda draw: eddystone_eid(draw()),
    lambda draw: app_eid(draw()),
    lambda draw: ibeacon_eid(draw()),
)
