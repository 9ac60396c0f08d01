"""Runs clang-tidy over the C++ sources of a compile_commands.json, all or those that changed.

clang cannot read the precompiled headers and some of the flags of GCC, so it is given a copy of the
commands without them.
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
FINDING = re.compile(
    r"^\S+:\d+:\d+: (?:error|warning): .*\n(?:(?!\S+:\d+:\d+: (?:error|warning)).*\n)*", re.M
)
FOR_GCC_ONLY = {"-Werror", "-Winvalid-pch", "-fpch-preprocess"}


def for_clang(command: str) -> str:
    words = [
        word
        for word in shlex.split(command)
        if word not in FOR_GCC_ONLY and not word.startswith(("-fsanitize", "-fno-sanitize"))
    ]
    while "-include" in words:
        at = words.index("-include")
        del words[at : at + 2]
    return shlex.join([*words, "-Wno-unknown-warning-option"])


def changed_files() -> set[pathlib.Path]:
    """What differs from the last commit, and what is not committed yet."""
    commands = (
        ["git", "diff", "--name-only", "-z", "HEAD"],
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
    )
    names = ""
    for command in commands:
        names += subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    return {ROOT / name for name in names.split("\0") if name}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=pathlib.Path)
    parser.add_argument("--changed", action="store_true")
    arguments = parser.parse_args()

    entries = [
        entry | {"command": for_clang(entry["command"])}
        for entry in json.loads(arguments.database.read_text(encoding="utf-8"))
        if pathlib.Path(entry["file"]).is_relative_to(ROOT)
        and not pathlib.Path(entry["file"]).is_relative_to(ROOT / "build")
    ]
    files = sorted({pathlib.Path(entry["file"]) for entry in entries})
    if arguments.changed:
        changed = changed_files()
        files = [file for file in files if file in changed or file.with_suffix(".h") in changed]
    folder = arguments.database.parent / "tidy"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")

    def tidy(file: pathlib.Path) -> tuple[pathlib.Path, str]:
        command = ["clang-tidy-16", "-p", str(folder), "--quiet", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        report = (done.stdout or done.stderr) if done.returncode else ""
        if "[clang-diagnostic-error" in report:
            # What does not compile is misunderstood elsewhere, too.
            findings = FINDING.findall(report)
            report = "".join(f for f in findings if "[clang-diagnostic-error" in f)
        return file, report

    failed = False
    printed = set()  # a finding in a header appears in every file that includes it
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, report in pool.map(tidy, files):
            failed = failed or bool(report)
            print(f"{file.relative_to(ROOT)}: {'has findings' if report else 'clean'}", flush=True)
            for finding in FINDING.findall(report) or [report]:
                if finding not in printed:
                    printed.add(finding)
                    print(finding, end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
