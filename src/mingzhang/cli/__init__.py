"""The command line: findings and results on stdout, progress on stderr, one summary line last."""

from __future__ import annotations

import io
import signal
import sys

from mingzhang.cli import assisting, catalogue, checking, codes, compiling, corpus, publishing, reading, serving
from mingzhang.problems import InputError
from mingzhang.usage import Commands, Parser, UsageError

FAILED = 2


def commands() -> Commands:
    """All commands with their arguments, as they are told to people."""
    text = "明账：从预算台账编制部门（单位）预算公开，把已公开的文件还原为数据，用一本规则检查两者。"
    program = Parser("mingzhang", text)
    program.add_argument("--version", action="store_true", help="显示版本")
    declared = Commands(program)
    compiling.declare(declared)
    reading.declare(declared)
    checking.declare(declared)
    compiling.declare_new(declared)
    codes.declare(declared)
    catalogue.declare(declared)
    corpus.declare(declared)
    serving.declare(declared)
    assisting.declare(declared)
    publishing.declare(declared)
    return declared


def _version() -> None:
    from importlib.metadata import version

    print(version("mingzhang"))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; give the exit code: 0 done, 1 a check found errors, 2 the input cannot be used or the
    command not be run.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Ended from outside, the program still clears away what it has not finished.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        given = commands().parser.parse_args(arguments)
        if given.version:
            _version()
        else:
            return given.run(given) or 0
    except InputError as error:
        for problem in error.problems:
            print(f"{'提示' if problem.severity == 'warning' else '错误'}：{problem}", file=sys.stderr)
        count = sum(problem.severity == "error" for problem in error.problems)
        print(f"没有完成：{count} 处要改", file=sys.stderr)
        return FAILED
    except UsageError as error:
        print(f"错误：命令的用法不对（{error}），用 mingzhang --help 查看用法", file=sys.stderr)
        return FAILED
    except SystemExit as end:  # --help
        return int(end.code or 0)
    except KeyboardInterrupt:
        print("已中断，没有改动任何文件", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        print(f"错误：{error.filename or '文件'} 不能读写，请检查路径、权限和磁盘空间", file=sys.stderr)
        return FAILED
    return 0
