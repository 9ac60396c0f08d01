"""Writes the C++ programs of a Markdown page into files, and prints the files' names."""

import pathlib
import re
import sys


def main() -> None:
    page, directory = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    blocks = re.findall(r"^```cpp\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    programs = [block for block in blocks if "int main(" in block]
    if not programs:
        sys.exit(f"{page} has no C++ program any more: take it from the list in CMakeLists.txt")
    for number, program in enumerate(programs, 1):
        path = directory / f"{page.stem}-{number}.cpp"
        # Only a change makes the build compile it again.
        if not path.exists() or path.read_text() != program:
            path.write_text(program)
        print(path)


if __name__ == "__main__":
    main()
