"""Writes the Spark Connect protocol as the installed client has it, as a FileDescriptorSet.

usage: spark_connect_descriptors.py OUTPUT

Only the generated modules are imported: the packages above them, which import pandas, pyarrow and
gRPC, are replaced by empty ones. Nothing is written when OUTPUT has these bytes already.
"""

import importlib
import importlib.util
import pathlib
import sys
import types

from google.protobuf import descriptor_pb2

PACKAGE = "pyspark.sql.connect.proto"


def folder_of_package() -> pathlib.Path:
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        sys.exit("pyspark-client is not installed for this Python: run ./dev setup")
    return pathlib.Path(spec.origin).parent


def import_nothing_above(folder: pathlib.Path) -> pathlib.Path:
    name = ""
    for part in PACKAGE.split("."):
        if name:
            folder /= part
        name = f"{name}.{part}".lstrip(".")
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module
    return folder


def main() -> None:
    folder = import_nothing_above(folder_of_package())
    files = descriptor_pb2.FileDescriptorSet()
    seen: set[str] = set()

    def add(descriptor) -> None:
        if descriptor.name in seen:
            return
        seen.add(descriptor.name)
        for dependency in descriptor.dependencies:
            add(dependency)
        descriptor.CopyToProto(files.file.add())

    for file in sorted(folder.glob("*_pb2.py")):
        add(importlib.import_module(f"{PACKAGE}.{file.stem}").DESCRIPTOR)
    output = pathlib.Path(sys.argv[1])
    data = files.SerializeToString(deterministic=True)
    if not output.exists() or output.read_bytes() != data:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(data)


if __name__ == "__main__":
    main()
