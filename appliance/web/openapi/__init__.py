"""The REST interface for machines, as OpenAPI 3.1. Begin with `openapi.py`."""

from appliance.web.openapi.openapi import document, operations

__all__ = ["document", "operations"]
