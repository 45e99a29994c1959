"""This package owns `whichad analytics compare`: why one creative, or one period, brings more than another, in parts.

`reading` takes amounts per creative and day from the published file; `steps` knows the steps of a funnel; `parts` works
out the rows, exactly; `words` says them in a sentence; `command` asks and answers.
"""
