"""The acts of the story: each a few functions of a `Scene`."""
