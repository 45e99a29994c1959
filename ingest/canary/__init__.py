"""The canary owns a delivery of our own a minute, by the real door: how long until it is answered, and visible.

It is authenticated, read and written to disk like any other, by the same code, but into a journal of its own: so no row
of it can reach the record, a mart, an archive, a count, a replay. The loop looks for it before each look into the real
journal, and once a cycle that began after it ends well, whatever was received by then is visible: as it is.
"""
