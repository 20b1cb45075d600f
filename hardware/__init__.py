"""The physical world: beacon frames and identities, radios, the host computer, recorded samples."""
