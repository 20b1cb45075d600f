"""Reads captures that others made: what `btmon -w` and the sniffers of the trade write. Streams, never loads a file."""
