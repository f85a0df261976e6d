"""Fakes and harnesses that serve users' tests as well as our own."""
