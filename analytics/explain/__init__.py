"""This package owns `whichad analytics explain`: a goal's journey and shares in words, and the receipts of a number."""
