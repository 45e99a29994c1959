"""This package owns what each rule finds: in the published file, in what the loop said last, and by the clock."""
