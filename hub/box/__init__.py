"""The store in a box: the one place that may import every room, to run a whole store on one machine.

Imported by its own command and by the tests, by nothing else.
"""
