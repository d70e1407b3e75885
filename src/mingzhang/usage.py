"""How commands are declared and told: the standard library's parser with its words in Chinese.

argparse, because a program that reads a text in a third of a second should not take as long to start.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from typing import NoReturn

_MESSAGES = (
    (r"the following arguments are required: (\S+?)(?:,.*)?$", "缺少 {}"),
    (r"unrecognized arguments: (\S+)", "没有 {} 这个选项"),
    (r"argument 命令: invalid choice: '([^']*)'", "没有 {} 这个命令"),
    (r"argument (?:-\w/)?(\S+): ", "{} 的值不对"),
)


class UsageError(Exception):
    """A command that is not used as it is declared; the message says in Chinese what is wrong."""


class _Format(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: str | None, actions: object, groups: object, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)  # type: ignore[arg-type]


class Parser(argparse.ArgumentParser):
    """A parser that speaks Chinese and raises UsageError instead of leaving the program."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(prog, description=description, formatter_class=_Format, add_help=False, allow_abbrev=False)
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示用法")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the message in Chinese."""
        for pattern, sentence in _MESSAGES:
            match = re.match(pattern, message)
            if match:
                raise UsageError(sentence.format(match[1]))
        raise UsageError(message)


class Commands:
    """The commands of a program, or of one of its commands."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.parsers: dict[str, Parser] = {}
        self.groups: dict[str, Commands] = {}
        self._children = parser.add_subparsers(title="命令", metavar="命令", parser_class=Parser)
        parser.set_defaults(run=lambda _: parser.print_help())

    def add(self, name: str, text: str, run: Callable[[argparse.Namespace], int | None] | None = None) -> Parser:
        """Declare a command; `text` tells what it does, `run` does it with the parsed arguments and gives the exit code."""
        parser: Parser = self._children.add_parser(name, help=text, description=text)
        self.parsers[name] = parser
        if run is not None:
            parser.set_defaults(run=run)
        return parser

    def group(self, name: str, text: str) -> Commands:
        """Declare a command that has commands of its own."""
        self.groups[name] = Commands(self.add(name, text))
        return self.groups[name]

    def names(self) -> Iterator[str]:
        """All commands, those of a group behind its name."""
        for name in self.parsers:
            if name in self.groups:
                yield from (f"{name} {below}" for below in self.groups[name].names())
            else:
                yield name
