"""Tells since which server each field and enum value of config.pbtxt exists, read from Triton's client packages.

    pip download --no-deps tritonclient==2.62.0 -d wheels   (one for each version)
    python3 scripts/config-fields-since.py wheels field-since.json

Only what is later than the oldest wheel is written; what a later wheel has no longer is printed.
"""

import ast
import json
import pathlib
import sys
import zipfile

from google.protobuf.descriptor_pb2 import FileDescriptorProto

wheels, target = map(pathlib.Path, sys.argv[1:3])


def version_of(wheel):
    return tuple(int(part) for part in wheel.name.split("-")[1].split("."))


def descriptor_in(wheel):
    """The serialised description that model_config_pb2.py carries. The file is read, never run."""
    archive = zipfile.ZipFile(wheel)
    # Older wheels keep their files in a folder for pure Python, beside a file of the same name that only imports this one.
    [name] = [name for name in archive.namelist() if name.endswith("tritonclient/grpc/model_config_pb2.py")]
    for node in ast.walk(ast.parse(archive.read(name).decode())):
        if not isinstance(node, ast.Call):
            continue
        # Newer protobuf compilers write AddSerializedFile(b'...'), older ones FileDescriptor(serialized_pb=b'...').
        called = node.args[:1] if getattr(node.func, "attr", "") == "AddSerializedFile" else []
        named = [keyword.value for keyword in node.keywords if keyword.arg == "serialized_pb"]
        for value in called + named:
            serialised = bytes_of(value)
            if serialised:
                return FileDescriptorProto.FromString(serialised)
    raise SystemExit(f"{wheel.name}: no description in {name}")


def bytes_of(value):
    """The bytes of a literal; the oldest wheels write them as text, _b('...'), for Python 2."""
    if isinstance(value, ast.Call):
        value = value.args[0]
    literal = getattr(value, "value", None)
    return literal.encode("latin1") if isinstance(literal, str) else literal


def enum_names(enum, owner):
    name = f"{owner}{enum.name}"
    return {f"{name}.{value.name}" for value in enum.value}


def message_names(message, owner):
    name = f"{owner}{message.name}"
    # The entries of a map are messages only on the wire; the map is named as the field that it is.
    nested = [inner for inner in message.nested_type if not inner.options.map_entry]
    return {f"{name}.{field.name}" for field in message.field}.union(
        *(message_names(inner, f"{name}.") for inner in nested),
        *(enum_names(enum, f"{name}.") for enum in message.enum_type),
    )


def names_in(wheel):
    described = descriptor_in(wheel)
    return set().union(
        *(message_names(message, "") for message in described.message_type),
        *(enum_names(enum, "") for enum in described.enum_type),
    )


in_order = sorted(wheels.glob("tritonclient-*.whl"), key=version_of)
if not in_order:
    raise SystemExit(f"no wheels in {wheels}")
seen = {".".join(map(str, version_of(wheel)[:3])): names_in(wheel) for wheel in in_order}
versions = list(seen)
since = {}
for before, version in zip(versions, versions[1:]):
    for name in sorted(seen[version] - seen[before]):
        since.setdefault(name, version)
    for name in sorted(seen[before] - seen[version]):
        print(f"removed in {version}: {name}")
target.write_text(json.dumps(since, indent=2) + "\n")
print(f"{target}: {len(since)} names later than {versions[0]}, {len(seen[versions[-1]])} in {versions[-1]}")
