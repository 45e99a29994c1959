"""Dashboard owns the page: what marketers see of the published marts, opened read-only, once a version."""
