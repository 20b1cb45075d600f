"""Our zone engines beside their peers' rules, on recorded walks: `python -m tests.score --help`."""
