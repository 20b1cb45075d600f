"""Small extracts of public recordings that ship with the system; hardware/README.md says whose they are."""
