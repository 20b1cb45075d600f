"""BlueZ over D-Bus: what we ask of it, and a double of it that needs no radio."""
