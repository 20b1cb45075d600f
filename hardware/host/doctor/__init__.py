"""`comptoir doctor`: looks at a machine and its configuration, changes nothing, and says how to mend what it finds."""
