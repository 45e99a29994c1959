"""This module owns the package of imports: files of rows take the same steps as webhooks, without a signature.

`file` opens a file as rows, `check` reads all of it once and refuses what is not whole, `load` journals it in
deliveries, `watch` does so for what is dropped into a folder, `command` is what people type.
"""
