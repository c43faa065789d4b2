"""Writes only: one verb each, one commit each. Only here is the session committed.

In the order of a wave: `intake` brings dossiers in, `fieldwork` draws and runs the wave, `messaging` invites and
understands what phones send, `answers` keeps what citizens say, `publishing` estimates and releases; `office` is
for whoever works here.
"""
