"""The name book: who claims which record, and what the claims add up to.

Pure: no socket, clock, thread or logger. One book is read and changed on one thread.
"""
