"""What somebody earns by what they buy: programs, counting, evaluation. Pure, but for `service.py`."""
