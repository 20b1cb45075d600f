"""The contract everybody speaks: messages, topics, codec, sealing, and the bus in memory and over MQTT 5.

`base`, `presence`, `display` hold the messages, `topics` every topic, `codec` the way to bytes and back,
`seal` what only the hub may read. `bus` says what a bus is; `memory` and `mqtt` are the two, held to one
contract suite; `subscriptions`, `reconnect` and `backoff` are what they are made of. `base` also says what programs
of two releases owe each other, `unreadable` keeps whose messages could not be read. Imports nothing of the other
rooms.
"""
