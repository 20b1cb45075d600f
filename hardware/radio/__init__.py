"""How advertisements come in: raw structures, one source protocol, recordings, replay, simulation."""
