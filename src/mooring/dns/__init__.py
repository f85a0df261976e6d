"""The DNS engine: queries, outcomes, compiled answers, cache, upstreams, listeners."""
