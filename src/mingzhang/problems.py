"""What is wrong with something that a person handed in, said in one Chinese sentence that names the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a person has to mend, or to know.

    `file`, `sheet`, `row` (1-based, as the person sees it) and `column` say where, as far as they apply.
    """

    message: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """Where it stands, for a person: file, sheet, row, column."""
        parts = [self.file]
        if self.sheet:
            parts.append(f"“{self.sheet}”表")
        if self.row is not None:
            parts.append(f"第{self.row}行")
        if self.column:
            parts.append(f"“{self.column}”栏")
        return " ".join(part for part in parts if part)

    @property
    def known(self) -> dict[str, object]:
        """What is said of it by name, for programs; what does not apply is left out."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None)}

    def __str__(self) -> str:
        return f"{self.place}：{self.message}" if self.place else self.message


class InputError(Exception):
    """Input that cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
