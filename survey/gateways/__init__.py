"""The outside world: one small file for each SMS gateway, behind one protocol."""
