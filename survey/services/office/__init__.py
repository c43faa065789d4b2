"""Whoever works here: accounts, rights, the audit log, keys, backups, retention."""
