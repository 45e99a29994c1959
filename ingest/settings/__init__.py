"""Settings around `config.py`: their mistakes in words, what is in force, and handing it to children."""
