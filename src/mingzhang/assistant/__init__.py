"""The assistant's door: an MCP server over standard input and output, through which assistants read, check and ask a lake."""

from __future__ import annotations

from mingzhang.assistant.server import serve

__all__ = ["serve"]
