"""Writes only: one verb each, one commit each. Only here is the session committed."""
