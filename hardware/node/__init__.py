"""What a machine with Bluetooth can be besides an agent: a fob, a reference beacon, a stand-in for a radio."""
