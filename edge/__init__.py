"""The Pi agent: advertisement bytes in, sightings out. Knows no member."""
