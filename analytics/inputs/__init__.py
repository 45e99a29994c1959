"""This package owns what models join besides the record: the settings, the windows, the exchange rates, as tables."""
