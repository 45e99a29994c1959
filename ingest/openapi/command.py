"""This module owns the contract as a command and as what the admin port serves, for the senders of now."""

import json
from typing import Any

from ingest.config import IngestSettings, load
from ingest.listening.admin import Document
from ingest.openapi import document
from ingest.senders.current import Senders
from ingest.senders.origin import origins
from ingest.terminal.commands import ConfigOption, errors_in_words


def openapi_command(config: ConfigOption = None) -> None:
    """Print the OpenAPI document of the configured senders; the admin port serves it at /openapi.json."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        print(json.dumps(document(origins(settings), settings.public_url), indent=2, ensure_ascii=False))


def live_document(settings: IngestSettings) -> Document:
    """A function that makes the document of the senders as they are configured when it is called.

    Raises ConfigError where a sender cannot be used at the start.
    """
    senders = Senders(settings)

    def made() -> dict[str, Any]:
        senders.look()
        return document(senders.current(), senders.settings.public_url)

    return made
