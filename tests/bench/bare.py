"""The least that could take sightings: paho alone, the JSON decoded, an answer sent.

Started as `python -m tests.bench.bare PORT`.
"""

import json
import sys
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.hub.shell.kit import TOPICS


def main(port: int) -> None:
    """Answer every batch until killed."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bare", protocol=MQTTProtocolVersion.MQTTv5)

    def answer(_client: Client, _user: Any, message: Any) -> None:
        batch = json.loads(message.payload)
        ack = {
            "v": 1,
            "node": batch["node"],
            "boot_id": batch["boot_id"],
            "seqs": [batch["seq"]],
            "known": [],
        }
        client.publish(TOPICS.node(batch["node"], "ack"), json.dumps(ack), qos=1)

    def ready(*_arguments: Any) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    client.on_message = answer
    client.on_subscribe = ready
    client.connect("127.0.0.1", port)
    client.subscribe(TOPICS.node("+", "sightings"), qos=1)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
