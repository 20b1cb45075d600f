"""The simulated store, run: a scenario through a whole store, and what the hub says held to the truth."""
