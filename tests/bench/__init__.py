"""What the README claims, measured: `python -m tests.bench` (or `make bench`)."""
