"""DNS bytes, sans-IO: names, questions, answers, messages, stream framing.

No socket, clock, thread or logger, and nothing of ours outside this room.
"""
