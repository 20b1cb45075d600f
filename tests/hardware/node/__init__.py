"""Tests of transmitting, and of the stand-in for a radio."""
