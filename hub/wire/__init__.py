"""The contract everybody speaks: messages, topics, codec, sealing, and the bus in memory and over MQTT 5.

`base`, `presence`, `display` hold the messages, `topics` every topic, `codec` the way to bytes and back,
`seal` what only the hub may read. `bus` says what a bus is; `memory` and `mqtt` are the two, held to one
contract suite; `subscriptions`, `reconnect` and `backoff` are what they are made of. Imports nothing of the
other rooms.
"""
