"""Fails on what the page-one rules of CONTRIBUTING.md forbid and a regular expression can see.

A line that must break a rule says so itself: // allowed: <reason>
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
EMPTY_NAME = re.compile(r"(^|[_\-./])(util|helper|common|misc|manager)s?([_\-./]|$)", re.IGNORECASE)
EMPTY_WORD = re.compile(r"(?:Util|Helper|Common|Misc|Manager)s?(?![a-z])")
# abort() of the C library, not a member function of that name: those have a type, an object or an
# argument beside them.
LIBRARY_RULES = {
    r"\bstd::(abort|exit|_Exit|quick_exit)\b": "a library does not end the process",
    r"(?<![\w.>:])(exit|_exit|quick_exit)\s*\(": "a library does not end the process",
    r"(?:^|[;{})]|\belse\b)\s*(?:::)?abort\s*\(\s*\)\s*;": "a library does not end the process",
    r"\bstd::(cout|cerr|clog)\b": "a library logs, or writes to a stream that it was given",
}
SOURCE_RULES = {
    r"#\s*include\s*<arrow/api\.h>": "include the narrowest Arrow header; api.h costs seconds",
    r"#\s*include\s*<bits/": "not a public header",
}


def project_files() -> list[pathlib.Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [pathlib.Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def main() -> int:
    problems = []
    for file in project_files():
        if EMPTY_NAME.search(str(file)) or EMPTY_WORD.search(str(file)):
            problems.append(f"{file}: a name that says nothing; name it after what it holds")
        if file.suffix not in (".h", ".cpp"):
            continue
        rules = dict(SOURCE_RULES)
        if file.parts[:2] == ("src", "spate") and not file.name.endswith("Test.cpp"):
            rules |= LIBRARY_RULES
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1):
            code, _, comment = line.partition("//")
            if comment.strip().startswith("allowed:"):
                continue
            for pattern, why in rules.items():
                if re.search(pattern, code):
                    problems.append(f"{file}:{number}: {why}: {line.strip()}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
