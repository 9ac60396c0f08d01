"""Fails when a header does not compile alone: each is the whole of a translation unit once.

The flags are those of a source of the same room in the compile_commands.json given, so that a
header sees only what its room links; a room without a source is given the flags of all rooms.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "spate"
KEPT_WITH_VALUE = ("-I", "-isystem", "-D")


def flags_of(command: str) -> list[str]:
    """Include folders, definitions and warnings of a compile command, which is all that counts."""
    words = shlex.split(command)
    flags = []
    for index, word in enumerate(words):
        if word in KEPT_WITH_VALUE:
            flags += words[index : index + 2]
        elif word.startswith(("-I", "-D", "-W", "-std=")) and word != "-Winvalid-pch":
            flags.append(word)
    return flags


def read_flags(database: pathlib.Path) -> tuple[str, dict[str, list[str]], list[str]]:
    compiler = "c++"
    by_room: dict[str, list[str]] = {}
    every: dict[str, None] = {}
    for entry in json.loads(database.read_text(encoding="utf-8")):
        file = pathlib.Path(entry["file"])
        if not file.is_relative_to(SOURCES):
            continue
        compiler = shlex.split(entry["command"])[0]
        flags = flags_of(entry["command"])
        is_test = file.name.endswith("Test.cpp")
        room = file.relative_to(SOURCES).parts[0]
        if not is_test or room not in by_room:
            by_room[room] = flags
        joined = " ".join(shlex.quote(flag) for flag in flags).replace("-isystem ", "-isystem")
        every |= dict.fromkeys(shlex.split(joined))
    return compiler, by_room, list(every)


def main() -> int:
    compiler, by_room, every = read_flags(pathlib.Path(sys.argv[1]))
    headers = sorted(SOURCES.rglob("*.h"))
    fallback = every or ["-std=c++20", f"-I{ROOT / 'src'}"]

    def compile_alone(header: pathlib.Path) -> tuple[pathlib.Path, str]:
        room = header.relative_to(SOURCES).parts[0]
        command = [compiler, *by_room.get(room, fallback), "-fsyntax-only", "-x", "c++", "-"]
        unit = f'#include "{header.relative_to(ROOT / "src")}"\n'
        done = subprocess.run(command, input=unit, capture_output=True, text=True, check=False)
        return header, done.stderr if done.returncode else ""

    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, errors in pool.map(compile_alone, headers):
            if errors:
                failed += 1
                print(f"{header.relative_to(ROOT)} does not compile alone:\n{errors}")
    print(f"{len(headers) - failed} of {len(headers)} headers compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
