"""What a check is: a function that asks a server through NVIDIA's clients, asserts what must hold of any server, and returns what it was told."""

from clients import KINDS, Client

CHECKS = []


def each_client(function):
    """One check for each of the four clients; the function is given an open one."""
    for kind in KINDS:
        add(f"{spoken(function)}, by {kind.name}", lambda server, kind=kind: with_client(function, kind, server))
    return function


def clients_of(*names):
    """One check for each of the clients that are named."""

    def decorate(function):
        for kind in KINDS:
            if kind.name in names:
                add(f"{spoken(function)}, by {kind.name}", lambda server, kind=kind: with_client(function, kind, server))
        return function

    return decorate


def check(function):
    """A check that opens its own clients; the function is given the server's addresses."""
    add(spoken(function), function)
    return function


def add(name, run):
    CHECKS.append((name, run))


def spoken(function):
    return function.__name__.replace("_", " ")


def with_client(function, kind, server):
    client = Client(kind, server)
    try:
        return function(client)
    finally:
        client.shut()
