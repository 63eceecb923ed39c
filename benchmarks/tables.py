"""Tables, for a terminal and for a Markdown file."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich import box
from rich.table import Table as Shown


@dataclass
class Table:
    """A title, columns, rows of text: the first column is a name, numbers stand to the right."""

    title: str
    columns: tuple[str, ...]
    note: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *row: str) -> None:
        """One more row."""
        self.rows.append(row)

    def _is_number(self, column: int) -> bool:
        return all(not row[column] or row[column][0] in "-0123456789–" for row in self.rows)

    def shown(self) -> Shown:
        """For rich."""
        table = Shown(
            title=self.title, caption=self.note, box=box.SIMPLE_HEAD, title_justify="left", caption_justify="left"
        )
        for number, name in enumerate(self.columns):
            table.add_column(name, justify="right" if self._is_number(number) else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """As Markdown, under a heading."""
        rules = ["---:" if self._is_number(number) else "---" for number in range(len(self.columns))]
        lines = [self.columns, rules, *self.rows]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"### {self.title}\n\n{body}\n" + (f"\n{self.note}\n" if self.note else "")
