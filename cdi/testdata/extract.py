"""Writes openapi.txt, the part of the public description of the protocol that
TestContract reads: one operation a line, as method, path and statuses.

    python3 extract.py cdi-5.2.yaml > openapi.txt

needs PyYAML. The path is without the app; {tenant} stands for the tenant. The
description tells operations that share a path apart by invisible characters
(braille blanks) at its end; here they become one line per recipe, in brackets.
"""
import re
import sys

import yaml

METHODS = ("get", "put", "post", "delete")


def statuses(node, doc):
    """Yields the values of every property called status below node."""
    if isinstance(node, list):
        for child in node:
            yield from statuses(child, doc)
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        yield from statuses(lookup(node["$ref"], doc), doc)
    for name, child in node.items():
        if name == "status" and isinstance(child, dict):
            child = lookup(child["$ref"], doc) if "$ref" in child else child
            yield from child.get("enum", [child.get("example", "OK")])
        else:
            yield from statuses(child, doc)


def lookup(ref, doc):
    for part in ref.removeprefix("#/").split("/"):
        doc = doc[part]
    return doc


def recipe(operation):
    """Returns which recipe an operation belongs to, for shared paths."""
    return operation["tags"][0].removesuffix(" Recipe").lower()


def main():
    doc = yaml.safe_load(open(sys.argv[1]))
    lines = set()
    for path, operations in doc["paths"].items():
        api = re.sub("[\u2800\u00a0]", "", path)
        api = api.replace("/appid-<appId>", "").replace("<tenantId>", "{tenant}")
        for method in METHODS:
            if method not in operations:
                continue
            operation = operations[method]
            answers = {str(code): answer for code, answer in operation["responses"].items()}
            found = set(statuses(answers.get("200", {}), doc)) - {"OK"}
            shared = f" [{recipe(operation)}]" if api.endswith("/recipe/user") else ""
            lines.add(" ".join([method.upper(), api, *sorted(found)]) + shared)
    print("\n".join(sorted(lines)))


main()
