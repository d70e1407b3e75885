"""What a person at a terminal is told while something long runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Tell a person at a terminal what is being done; a log is spared it, and the import of what draws it."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return

    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("") as status:
        yield lambda text: status.update(escape(text))
