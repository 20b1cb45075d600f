"""A hostile air on a bus with the BlueZ double: each packet from an address of its own, as fast as was asked for.

Started as `python -m tests.bench.flood_air BUS_ADDRESS PACKETS_PER_S SECONDS`; says "ready", and begins with a line on
standard input. The signals are made before (the double makes some 5,000 a second) and written with a blocking
socket, so the bus sets the pace when it is the slowest. Says at the end how many it took, and in how many seconds.
"""

import asyncio
import json
import socket
import sys
import time
from typing import Final

from hardware.beacon.build import eddystone_eid
from hardware.bluez.client import connect, disconnect
from hardware.bluez.double_device import DoubleDevice, Hearing
from hardware.bluez.double_objects import interfaces_added
from hardware.bluez.names import DEVICE
from hardware.host.entropy import SeededEntropy
from hardware.radio.bystanders import Bystanders, draw_canaries

READY: Final = "ready"
AT_ONCE: Final = 20
"""Signals a write: a millisecond's at 20,000 a second."""

MADE: Final = 6_000
"""Different devices; when all have been heard they begin anew, long after the agent forgot the first."""


def signals(number: int) -> list[bytes]:
    """The news of so many devices: a forged identifier, then a foreign frame, whole or damaged, and so on."""
    entropy = SeededEntropy(7)
    crowd = Bystanders(entropy, draw_canaries(entropy))
    made = []
    for serial in range(1, number + 1):
        rssi_dbm, payload = crowd.advertisement() if serial % 2 else (-60, eddystone_eid(entropy.token(8)))
        device = DoubleDevice("hci0", f"stranger {serial}", 0.0)
        device.hear(payload, rssi_dbm, Hearing(every_rssi=True, every_packet=True))
        message = interfaces_added(device.path, {DEVICE: device.properties})
        message.serial = serial
        made.append(bytes(message._marshall(False)))
    return made


async def main() -> None:
    """Make the signals, say so, wait for a line, send."""
    address, packets_per_s, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    made = signals(MADE)
    bus = await connect(address)
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    sys.stdin.readline()
    connected = bus._sock
    assert connected is not None
    connected.setblocking(True)
    began_s = time.perf_counter()
    sent = send(connected, made, packets_per_s, began_s + seconds)
    took_s = time.perf_counter() - began_s
    connected.setblocking(False)
    await disconnect(bus)
    sys.stdout.write(json.dumps({"sent": sent, "took_s": took_s}) + "\n")


def send(bus: socket.socket, made: list[bytes], packets_per_s: float, until_s: float) -> int:
    """Write signals at an even pace until that moment; says how many."""
    sent, due_s = 0, time.perf_counter()
    while due_s < until_s and time.perf_counter() < until_s:
        time.sleep(max(0.0, due_s - time.perf_counter()))
        bus.sendall(b"".join(made[(sent + n) % len(made)] for n in range(AT_ONCE)))
        sent += AT_ONCE
        due_s += AT_ONCE / packets_per_s
    return sent


if __name__ == "__main__":
    asyncio.run(main())
