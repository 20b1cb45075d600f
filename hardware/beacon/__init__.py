"""What a loyalty beacon says: its frames on the air, its rotating identity, its proof at a kiosk."""
