"""This package owns `whichad analytics report`: one page of HTML that needs nothing else, for whoever has no dashboard.

`reading` takes what is published, `judged` and `sections` tell it, `markup` escapes, `bars` draws, `page` puts it
together, `command` writes page and CSV, whole or not at all.
"""
