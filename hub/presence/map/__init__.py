"""The radio map: the zone engine of a calibrated store."""
