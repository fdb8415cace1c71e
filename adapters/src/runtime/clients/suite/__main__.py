"""Runs every check against one server, and prints a line of JSON for each: {"name", "ok", "told"}. Takes host:port of HTTP and of gRPC, its repository, and words that a check's name must hold."""

import json
import sys
import traceback
import warnings

import checks
import clients

# Each adds its checks as it is imported.
import asynchronous, connections, datatypes, health_and_metadata, inference, model_control, refusals, sequences, settings, shared_memory, streams  # noqa: E401,F401


def main(http, grpc, repository, *words):
    warnings.simplefilter("ignore")
    server = clients.Server(http, grpc, repository)
    for name, run in checks.CHECKS:
        if all(word in name for word in words):
            print(json.dumps({"name": name, **outcome(run, server)}), flush=True)


def outcome(run, server):
    try:
        return {"ok": True, "told": json.dumps(run(server), default=str, sort_keys=True)}
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {"ok": False, "told": f"{type(error).__name__}: {error} (line {where.lineno} of {where.filename})"}


main(*sys.argv[1:])
