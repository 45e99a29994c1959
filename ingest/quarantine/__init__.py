"""The quarantine and the replay: what could not be used, and reading kept bodies again."""
