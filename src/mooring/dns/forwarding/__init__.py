"""Forwarding: names that are not ours, asked of others' servers through one pool.

``forwarder`` is the whole: what is known already, and whose turn it is. ``whom`` tells the servers
that a sandbox may ask, ``memory`` (``cache``, ``failures``) what came of earlier questions;
``fairness`` shares the pool; ``race`` asks several servers and takes the first good reply;
``exchange`` speaks with one, and ``servers`` knows how well each answers.
"""
