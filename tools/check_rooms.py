"""Fails when a room includes, or links, a room that the file ROOMS does not allow it.

Also fails when the table itself has a cycle or names a room that it does not define, when a folder
of src/spate is no room, and when a quoted include is not written from the root ("spate/...").
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "spate"
INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
DECLARATION = re.compile(r"spate_room\(\s*(\w+)([^)]*)\)")


def read_table(text: str) -> dict[str, set[str]]:
    table = {}
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        room, _, allowed = line.partition(":")
        table[room.strip()] = set(allowed.split())
    for room in table:
        if room != "base":
            table[room] |= {"base"} if room == "types" else {"base", "types"}
    return table


def check_table(table: dict[str, set[str]]) -> list[str]:
    problems = [
        f"ROOMS: {room} names {other}, which is no room"
        for room, allowed in table.items()
        for other in sorted(allowed - table.keys())
    ]
    finished: set[str] = set()

    def visit(room: str, path: tuple[str, ...]) -> None:
        if room in path:
            cycle = " -> ".join((*path[path.index(room) :], room))
            problems.append(f"ROOMS: cycle {cycle}")
            return
        if room in finished:
            return
        for other in sorted(table.get(room, ())):
            visit(other, (*path, room))
        finished.add(room)

    for room in table:
        visit(room, ())
    return problems


def room_of(parts: tuple[str, ...]) -> str:
    """The room of a path below src/spate: ("connectors", "kafka", ...) -> "connectors/kafka"."""
    return "/".join(parts[:2]) if parts[0] == "connectors" and len(parts) > 1 else parts[0]


def rule_of(room: str) -> str:
    return "connectors/*" if room.startswith("connectors/") else room


def check_files(table: dict[str, set[str]]) -> list[str]:
    problems = []

    def check_use(where: str, room: str, other: str, verb: str) -> None:
        if rule_of(other) not in table:
            problems.append(f"{where}: {other} is no room")
        elif other != room and rule_of(other) not in table[rule_of(room)]:
            problems.append(f"{where}: {room} may not {verb} {other}")

    for file in sorted(SOURCES.rglob("*")):
        if file.suffix not in (".h", ".cpp") and file.name != "CMakeLists.txt":
            continue
        parts = file.relative_to(SOURCES).parts
        if len(parts) < 2:
            problems.append(f"{file.relative_to(ROOT)}: stands in no room")
            continue
        room = room_of(parts)
        if rule_of(room) not in table:
            problems.append(f"{file.relative_to(ROOT)}: {room} is not in ROOMS")
            continue
        text = file.read_text(encoding="utf-8")
        if file.name == "CMakeLists.txt":
            for declared, arguments in DECLARATION.findall(text):
                dependencies = re.search(r"\bDEPS\b([^A-Z]*)", arguments)
                for other in dependencies[1].split() if dependencies else ():
                    check_use(str(file.relative_to(ROOT)), declared, other, "link")
            continue
        for number, line in enumerate(text.splitlines(), 1):
            include = INCLUDE.match(line)
            if not include:
                continue
            where = f"{file.relative_to(ROOT)}:{number}"
            bracket, path = include.groups()
            if path.startswith("spate/"):
                check_use(where, room, room_of(tuple(path.split("/")[1:])), "include")
            elif bracket == '"':
                problems.append(f'{where}: write "{path}" from the root, as "spate/{room}/..."')
    return problems


def main() -> int:
    table = read_table((ROOT / "ROOMS").read_text(encoding="utf-8"))
    problems = check_table(table) or check_files(table)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
