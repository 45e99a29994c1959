"""This package owns queries of analysts on the published file, kept within limits that hold whatever is asked."""
