#!/usr/bin/env python3
"""Checkpoints between the server and real Spark: one begins the queries, the other goes on.

hand_over.py begin FOLDER --server './spate server --port {port}'   # two files of three
hand_over.py resume FOLDER --spark                                  # the third, and checks
hand_over.py pack FOLDER --spark                                    # the fixture of the tests
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import sys
import tarfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "stream"))
os.environ["TZ"] = "UTC"
time.tzset()

import engines  # noqa: E402
import stateful_queries  # noqa: E402

FIXTURE = HERE / "spark-4.3.0.tar.gz"
# Stands in the fixture's logs for the folder that it was made in.
ANYWHERE = "/anywhere"


def begin(engine: engines.Engine, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    spark = engine.session()
    for name, query in stateful_queries.QUERIES.items():
        for number in (0, 1):
            stateful_queries.write_input(folder / name / "in", number)
        stateful_queries.run(spark, name, folder / name)
        check(stateful_queries.rows(spark, name, folder / name), query.half, name)


def resume(engine: engines.Engine, folder: pathlib.Path) -> None:
    spark = engine.session()
    for name, query in stateful_queries.QUERIES.items():
        before = (folder / name / "checkpoint/metadata").read_text(encoding="utf-8")
        stateful_queries.write_input(folder / name / "in", 2)
        query_id = stateful_queries.run(spark, name, folder / name)
        if query_id not in before:
            raise SystemExit(f"{name}: the query has id {query_id}, the checkpoint {before}")
        check(stateful_queries.rows(spark, name, folder / name), query.whole, name)


def check(given: list[tuple[object, ...]], wanted: list[tuple[object, ...]], name: str) -> None:
    if given != stateful_queries.in_order(wanted):
        raise SystemExit(f"{name} gave {given}, not {wanted}")
    print(f"{name}: {len(given)} rows, as wanted", flush=True)


def pack(folder: pathlib.Path) -> None:
    """Files with the folder in them lose it, and the checksums that Hadoop has beside them."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or str(folder).encode() not in path.read_bytes():
            continue
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(str(folder), ANYWHERE), encoding="utf-8")
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)
    with tarfile.open(FIXTURE, "w:gz") as archive:
        archive.add(folder, arcname=".", filter=_nobody)


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def unpack(folder: pathlib.Path) -> None:
    with tarfile.open(FIXTURE) as archive:
        archive.extractall(folder)
    for path in folder.rglob("*"):
        if path.is_file() and ANYWHERE.encode() in path.read_bytes():
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(ANYWHERE, str(folder)), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["begin", "resume", "pack"])
    parser.add_argument("folder", type=pathlib.Path)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--server", help="the command that starts a server, with {port} in it")
    where.add_argument("--spark", action="store_true", help="real Spark in this process")
    args = parser.parse_args()
    folder = args.folder.resolve()
    log = str(folder.with_suffix(".log"))
    engine = engines.ServerEngine(args.server, log) if args.server else engines.LocalSpark()
    try:
        if args.what == "resume":
            resume(engine, folder)
        else:
            begin(engine, folder)
        if args.what == "pack":
            pack(folder)
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
