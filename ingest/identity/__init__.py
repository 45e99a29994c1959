"""Identity: which ad texts are one creative, by the rules of `rac/1`, and why."""
