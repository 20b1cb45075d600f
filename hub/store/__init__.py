"""Everything the hub keeps on disk. SQL lives here and nowhere else in the hub."""
