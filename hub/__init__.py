"""The store: sightings to zones and visits, permission, offers, the till. Owns all data."""
