"""Read damaged and hostile files, many and fast: every one is read or refused, in 5 s of process time and 1 GB.

    python benchmarks/fuzz_read.py CASES [--first N] [--processes N] [--save FOLDER]
    python benchmarks/fuzz_read.py --case N        # one case again, with its traceback
    python benchmarks/fuzz_read.py --growth        # process time of long texts of 100,000 to 800,000 characters

The cases are those of tests/fuzzing.py, by number. Failing files are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from fuzzing import Blind, Case, case
from long_texts import LONG
from mingzhang.datapackage import package_files
from mingzhang.problems import InputError
from mingzhang.read import read_source
from mingzhang.read.sources import ocr
from mingzhang.read.sources.files import load
from mingzhang.read.sources.ocr import engine as original

SECONDS = 5.0
# A page that has to be recognised takes a second or two more, whatever is on it; each is told as it begins.
PAGE_SECONDS = 15.0
MEGABYTES = 1024
# The machine's own safety: far more addresses than memory, which threads reserve and never touch.
ADDRESSES = 16 * 1024**3
# A worker that says nothing for so long hangs where no signal reaches it.
SILENCE = 120.0
# A worker reads so many cases, or until it holds so much, and makes way for a fresh one.
STINT, ROOM = 10_000, 500
GROWTH = (100_000, 200_000, 400_000, 800_000)


class Result(NamedTuple):
    """What became of a case: read, refused, or what failed; its seconds and the megabytes held at the most so far."""

    number: int
    outcome: str
    seconds: float
    megabytes: float


# The models that recognise characters take seconds for each page: they look at the pages of every so many cases.
SEEN = 10


class TooLong(BaseException):
    """A case has taken more process time than it may."""


def read_case(one: Case, folder: Path) -> str:
    """Read a case as the command does, within the limits of time. Raises whatever is no refusal."""
    path = folder / one.name
    path.write_bytes(one.data)
    try:
        with limit(SECONDS) as more:
            package_files(read_source([load(path, lambda text: more(PAGE_SECONDS))]))
    except InputError as error:
        (problem,) = error.problems
        return "refused" if problem.message and "\n" not in problem.message else f"not one sentence: {error}"
    finally:
        path.unlink()
    return "read"


@contextmanager
def limit(seconds: float) -> Iterator[Callable[[float], None]]:
    """Raise TooLong in the block once it has taken that much process time; it may set another time from now on."""

    def stop(*_: object) -> None:
        raise TooLong

    def more(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_PROF, seconds)

    signal.signal(signal.SIGPROF, stop)
    more(seconds)
    try:
        yield more
    finally:
        more(0)


def result(number: int, folder: Path) -> Result:
    """Read a case within the limits."""
    one = case(number)
    ocr.engine = original if number % SEEN == 0 else Blind  # type: ignore[assignment]
    begin = time.process_time()
    try:
        outcome = read_case(one, folder)
    except (Exception, TooLong) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        outcome = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}: {str(error)[:80]}"
    seconds = time.process_time() - begin
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Result(number, outcome, seconds, megabytes)


def work(numbers: range, pipe: Connection) -> None:
    """Read cases and tell of each, until little room is left for the next."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, resource.RLIM_INFINITY))
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            one = result(number, Path(folder))
            pipe.send(one)
            if one.megabytes > ROOM:
                break
    pipe.close()


class Worker:
    """A process that reads some cases; `at` is the one that it reads now."""

    def __init__(self, numbers: range) -> None:
        self.numbers, self.at = numbers, numbers.start
        # Spawned: a fork would take over locks of threads that it does not have.
        fresh = get_context("spawn")
        self.pipe, there = fresh.Pipe(duplex=False)
        self.process = fresh.Process(target=work, args=(numbers, there), daemon=True)
        self.process.start()
        there.close()
        self.heard = time.monotonic()

    @property
    def megabytes(self) -> float:
        """The memory that the process holds now."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * resource.getpagesize() / 1024**2

    def end(self) -> None:
        """See to it that the process is gone."""
        self.process.kill()
        self.process.join()


def run(first: int, cases: int, processes: int, told: Callable[[Result], None]) -> None:
    """Read the cases in several processes. One that dies or hangs is started anew behind its case."""
    stints = [range(at, min(at + STINT, first + cases)) for at in range(first, first + cases, STINT)][::-1]
    workers: dict[Connection, Worker] = {}
    while stints or workers:
        while stints and len(workers) < processes:
            worker = Worker(stints.pop())
            workers[worker.pipe] = worker
        ready = wait(list(workers), timeout=0.2)
        for pipe, worker in list(workers.items()):
            failure = ""
            if pipe in ready:
                try:
                    one = worker.pipe.recv()
                    worker.at, worker.heard = one.number + 1, time.monotonic()
                    if one.megabytes <= MEGABYTES or one.number == worker.numbers.start:
                        told(one)
                    else:  # what the cases before have left behind may be to blame
                        stints.append(range(one.number, one.number + 1))
                    continue
                except EOFError:
                    worker.process.join()
                    if worker.process.exitcode:
                        failure = f"the process died ({worker.process.exitcode})"
            elif time.monotonic() - worker.heard > SILENCE:
                failure = "hangs where no signal reaches it"
            elif worker.megabytes > MEGABYTES:
                failure = "takes too much memory"
            else:
                continue
            worker.end()
            del workers[pipe]
            first = worker.at
            if failure and first == worker.numbers.start:
                told(Result(first, failure, time.monotonic() - worker.heard, 0.0))
            elif failure:
                stints.append(range(first, first + 1))
            if rest := range(first + bool(failure), worker.numbers.stop):
                stints.append(rest)


class Report:
    """Counts what comes in, keeps what fails, and says so."""

    def __init__(self, save: Path) -> None:
        self.save = save
        self.outcomes: Counter[str] = Counter()
        self.slowest: list[Result] = []
        self.largest = Result(-1, "", 0.0, 0.0)
        self.begin = time.monotonic()

    def __call__(self, one: Result) -> None:
        self.outcomes[one.outcome] += 1
        if one.outcome not in ("read", "refused") or one.megabytes > MEGABYTES:
            failing = case(one.number)
            self.save.mkdir(parents=True, exist_ok=True)
            (self.save / failing.name).write_bytes(failing.data)
            print(
                f"{failing.name}: {one.outcome}, {one.seconds:.1f} s, {one.megabytes:.0f} MB; {failing.how}", flush=True
            )
        self.slowest = sorted([*self.slowest, one], key=lambda result: -result.seconds)[:5]
        self.largest = max(self.largest, one, key=lambda result: result.megabytes)
        done = self.outcomes.total()
        if done % 10_000 == 0:
            print(f"{done} cases, {done / (time.monotonic() - self.begin):.0f}/s", flush=True)

    def close(self) -> int:
        """Say what there is to say; 1 if anything failed."""
        done, seconds = self.outcomes.total(), time.monotonic() - self.begin
        print(
            f"{done} cases in {seconds:.0f} s, {done / seconds:.0f}/s; the largest process {self.largest.megabytes:.0f} MB"
        )
        for outcome, count in self.outcomes.most_common():
            print(f"  {count:7} {outcome}")
        for one in self.slowest:
            print(f"  {one.seconds:.2f} s: case {one.number}, {case(one.number).how}")
        return int(set(self.outcomes) - {"read", "refused"} != set())


def grow() -> None:
    """Print the process time of every long text; what grows faster than its length is marked."""
    with tempfile.TemporaryDirectory() as folder:
        for name, grower in LONG.items():
            seconds, outcome = [], ""
            for length in GROWTH:
                begin = time.process_time()
                try:
                    outcome = read_case(Case("long.txt", grower(length).encode(), name), Path(folder))
                except TooLong:
                    outcome = "too long"
                seconds.append(time.process_time() - begin)
            steep = seconds[-1] > 1 and seconds[-1] > 2.6 * seconds[-2]
            print(f"{name:36} {outcome:8}", *(f"{one:8.3f}" for one in seconds), "  steep" if steep else "", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=int, nargs="?", default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--save", type=Path, default=Path(tempfile.gettempdir()) / "mingzhang-fuzz")
    parser.add_argument("--case", type=int)
    parser.add_argument("--growth", action="store_true")
    given = parser.parse_args()
    if given.growth:
        grow()
        return 0
    if given.case is not None:
        one = case(given.case)
        print(one.name, len(one.data), one.how)
        with tempfile.TemporaryDirectory() as folder:
            print(read_case(one, Path(folder)))
        return 0
    report = Report(given.save)
    run(given.first, given.cases, given.processes, report)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
