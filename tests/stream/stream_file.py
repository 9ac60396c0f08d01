"""Reads `.stream` files; README.md describes them."""

from __future__ import annotations

import dataclasses
import pathlib


class FormatError(Exception):
    """The file is not what README.md says."""


@dataclasses.dataclass
class Step:
    line: int
    rows: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    gives: list[str] | None = None
    fails: str | None = None
    watermark: str | None = None
    state: list[int] | None = None
    late: int | None = None
    batches: int | None = None
    restart: bool = False


@dataclasses.dataclass
class StreamFile:
    path: pathlib.Path
    query: str = ""
    mode: str = "append"
    sink: str = "memory"
    partitions: int | None = None
    refused: str | None = None
    inputs: dict[str, str] = dataclasses.field(default_factory=dict)
    statics: dict[str, tuple[str, list[str]]] = dataclasses.field(default_factory=dict)
    conf: dict[str, str] = dataclasses.field(default_factory=dict)
    steps: list[Step] = dataclasses.field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def has_restart(self) -> bool:
        return any(step.restart for step in self.steps)


def read(path: pathlib.Path) -> StreamFile:
    file = StreamFile(path)
    block: list[str] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("    "):
            if block is None:
                raise FormatError(f"{path}:{number}: indented, but in no block")
            block.append(line[4:].rstrip())
            continue
        text = line.rstrip()
        if not text or text.startswith("#"):
            continue
        try:
            block = _directive(file, text, number)
        except (ValueError, IndexError) as wrong:
            raise FormatError(f"{path}:{number}: {text!r}: {wrong}") from wrong
    _finish(file)
    return file


# The blocks of a file, kept as lists of lines until all is read.
_QUERY = "_query_lines"
_ROWS = "_row_lines"


def _directive(file: StreamFile, text: str, number: int) -> list[str] | None:
    """Takes one line that is not indented; returns the list for the indented lines below it."""
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    if word in ("input", "static"):
        name, colon, schema = rest.partition(":")
        if not colon:
            raise ValueError("NAME: SCHEMA is missing")
        if word == "input":
            file.inputs[name.strip()] = schema.strip()
            return None
        rows: list[str] = []
        file.statics[name.strip()] = (schema.strip(), rows)
        return rows
    if word in ("mode", "sink"):
        setattr(file, word, rest)
        return None
    if word == "partitions":
        file.partitions = int(rest)
        return None
    if word == "conf":
        key, _, value = rest.partition(" ")
        file.conf[key] = value.strip()
        return None
    if word == "refused:":
        file.refused = rest
        return None
    if word == "query:":
        lines: list[str] = []
        setattr(file, _QUERY, lines)
        return lines
    if word == "restart":
        file.steps.append(Step(number, restart=True))
        return None
    if word == "step:":
        step = Step(number)
        lines = []
        setattr(step, _ROWS, lines)
        file.steps.append(step)
        return lines
    return _expectation(file.steps[-1], word, rest)


def _expectation(step: Step, word: str, rest: str) -> list[str] | None:
    if word == "gives:":
        step.gives = []
        return step.gives
    if word == "fails:":
        step.fails = rest
    elif word == "watermark":
        step.watermark = rest
    elif word == "state":
        step.state = [int(count) for count in rest.split()]
    elif word in ("late", "batches"):
        setattr(step, word, int(rest))
    else:
        raise ValueError("unknown directive")
    return None


def _finish(file: StreamFile) -> None:
    file.query = "\n".join(getattr(file, _QUERY, []))
    if not file.query:
        raise FormatError(f"{file.path}: there is no query")
    if not file.refused and not file.steps:
        raise FormatError(f"{file.path}: there are no steps")
    for step in file.steps:
        for row in getattr(step, _ROWS, []):
            name, _, value = row.partition(" ")
            if name not in file.inputs:
                raise FormatError(f"{file.path}:{step.line}: there is no input {name!r}")
            step.rows.setdefault(name, []).append(value)
        if not step.restart and step.gives is None and step.fails is None:
            raise FormatError(f"{file.path}:{step.line}: the step has no 'gives:'")
