"""What each kiosk shows and when it is wiped. Presence alone shows nothing personal."""
