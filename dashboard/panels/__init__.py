"""Panels owns what pages are made of: a panel is a query and a pure function; frame and callback stand here once."""
