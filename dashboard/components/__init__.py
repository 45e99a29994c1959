"""Components owns the parts that pages are put together from; they take values and know no database."""
