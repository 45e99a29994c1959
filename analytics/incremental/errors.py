"""This module owns the one way out: what cannot be refreshed by its news is built anew, and why is a sentence."""


class NeedsFullBuildError(Exception):
    """Nothing was changed. The message completes the sentence "a full build, because …"."""
