"""This package owns what whichad tells others by itself: events, who gets them, and that they arrive."""
