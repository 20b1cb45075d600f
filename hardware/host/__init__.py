"""The computer itself: clock, chance, config files, journal, the durable outbox, the command root."""
