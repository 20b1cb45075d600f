"""Calibrating a store: a guided walk with one's own tag, and what is fitted to it. Pure."""
