"""Who is where, for minutes and in memory only: identifiers to members, samples to zones, zones to visits."""
