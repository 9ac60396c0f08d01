#!/usr/bin/env python3
"""Checkpoints between the server and real Spark: one begins the queries, the other goes on.

hand_over.py --server './spate server --port {port}' begin FOLDER   # two files of three
hand_over.py --spark resume FOLDER begin OTHER                      # the third, and checks
hand_over.py --server './spate server --port {port}' resume OTHER stored ANOTHER
hand_over.py --spark pack FOLDER                                    # the fixture of the tests
"""

from __future__ import annotations

import argparse
import json
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
import queries  # noqa: E402

FIXTURE = HERE / "spark-4.3.0.tar.gz"
# Stands in the fixture's logs for the folder that it was made in.
ANYWHERE = "/anywhere"


class Failure(Exception):
    """What came out is not what it should be."""


def begin(engine: engines.Engine, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name in queries.QUERIES:
        for number in (0, 1):
            queries.write_input(folder / name / "in", number)
    go_on(engine, folder, {name: query.half for name, query in queries.QUERIES.items()})


def resume(engine: engines.Engine, folder: pathlib.Path) -> None:
    begun = {}
    for name in queries.QUERIES:
        metadata = folder / name / "checkpoint/metadata"
        begun[name] = json.loads(metadata.read_text(encoding="utf-8"))["id"]
        queries.write_input(folder / name / "in", 2)
    ids = go_on(engine, folder, {name: query.whole for name, query in queries.QUERIES.items()})
    if ids != begun:
        raise Failure(f"the queries have the ids {ids}, their checkpoints {begun}")


def go_on(
    engine: engines.Engine, folder: pathlib.Path, wanted: dict[str, list[queries.Row]]
) -> dict[str, str]:
    """All queries do what there is to do, side by side; their ids."""
    sessions = {name: engine.session() for name in wanted}
    started = {name: queries.start(spark, name, folder / name) for name, spark in sessions.items()}
    problems = []
    for name, query in started.items():
        try:
            query.processAllAvailable()
            given = queries.rows(sessions[name], name, folder / name)
        except Exception as error:
            problems.append(f"{name}: {type(error).__name__}: {str(error)[:2000]}")
        else:
            if given != queries.in_order(wanted[name]):
                problems.append(f"{name} gave {given}, not {wanted[name]}")
            else:
                print(f"  {name}: {len(given)} rows, as wanted", flush=True)
        finally:
            query.stop()
    if problems:
        raise Failure("\n".join(problems))
    return {name: query.id for name, query in started.items()}


def pack(engine: engines.Engine, folder: pathlib.Path) -> None:
    """Files with the folder in them lose it, and the checksums that Hadoop has beside them."""
    begin(engine, folder)
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


def stored(engine: engines.Engine, folder: pathlib.Path) -> None:
    """Goes on with the fixture."""
    shutil.rmtree(folder, ignore_errors=True)
    unpack(folder)
    resume(engine, folder)


ACTIONS = {"begin": begin, "resume": resume, "stored": stored, "pack": pack}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--server", help="the command that starts a server, with {port} in it")
    where.add_argument("--spark", action="store_true", help="real Spark in this process")
    parser.add_argument("--log", default="server.log", help="what a started server prints")
    parser.add_argument(
        "what", nargs="+", help="begin|resume|stored|pack FOLDER, one after the other"
    )
    args = parser.parse_args()
    steps = list(zip(args.what[::2], args.what[1::2], strict=False))
    if len(args.what) % 2 or any(what not in ACTIONS for what, _ in steps):
        parser.error(
            f"WHAT is one of {', '.join(ACTIONS)}, and a folder behind it, any number of times"
        )
    engine = engines.ServerEngine(args.server, args.log) if args.server else engines.LocalSpark()
    try:
        for what, name in steps:
            began = time.monotonic()
            folder = pathlib.Path(name).resolve()
            print(f"{what} {name}", flush=True)
            ACTIONS[what](engine, folder)
            print(f"  took {time.monotonic() - began:.1f} s", flush=True)
    except Failure as failure:
        print(f"FAILED: {failure}")
        return 1
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
