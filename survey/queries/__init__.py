"""Reads only: each returns rows or dataclasses, never a session."""
