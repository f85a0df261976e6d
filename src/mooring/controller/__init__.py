"""The Container Network Model's verbs, with undo on failure and restore after a crash."""
