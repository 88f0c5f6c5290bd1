#!/usr/bin/env python3
"""A platform that is a JSON file: the smallest command target that holds to all that one must.

    target:
      command:
        command: [python3, json-file.py]
        env: {PLATFORM_STATE: /var/tmp/platform.json}

It asks nothing of the world, so every shape is in effect at once. A real one puts its own calls where `bring_about`
and `look` are.
"""

import fcntl
import json
import os
import sys
import tempfile

VERSION = 1
CAPABILITIES = {"routes": False, "mirror": False, "exact-weights": False, "capacity": 20}


class Refused(Exception):
    """Asking again is of no use."""


def main():
    try:
        answer = {"version": VERSION, **answered(json.load(sys.stdin))}
    except Refused as refusal:
        answer = {"version": VERSION, "refused": str(refusal)}
    except json.JSONDecodeError as error:
        answer = {"version": VERSION, "refused": f"the question is no JSON: {error}"}
    json.dump(answer, sys.stdout)


def answered(question):
    if question.get("version") != VERSION:
        raise Refused(f"version {question.get('version')} is asked, and this is version {VERSION}")
    operation = question.get("operation")
    if operation == "describe":
        return {"capabilities": CAPABILITIES}
    if operation not in ("observe", "apply"):
        raise Refused(f"`{operation}` is not an operation that it knows")
    path = os.environ.get("PLATFORM_STATE")
    if not path:
        raise Refused("set PLATFORM_STATE to a file: `env` in the workflow, `sluice target test --env ... --command ...`")
    # One at a time: two answers must not be made of one state.
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        accepted = read(path, question["service"])
        if operation == "observe":
            return {"status": look(accepted)}
        accept(accepted, question["desired"])
        bring_about(path, question["service"], question["desired"], accepted)
    return {"accepted": True}


def accept(before, desired):
    """Refuses what can not be, before anything is done."""
    if before and before["key"] == desired["key"]:
        if known(before) != known(desired):
            raise Refused(f"the key `{desired['key']}` was used for another shape")
        return
    if before and before["release"] == desired["release"] and desired["generation"] < before["generation"]:
        raise Refused(f"generation {desired['generation']} is older than {before['generation']}, which was accepted")
    weights = [one["weight"] for one in desired["revisions"]]
    if weights and sum(weights) != 1000:
        raise Refused(f"the weights add up to {sum(weights) / 10} %")
    if any(weight % 10 for weight in weights):
        raise Refused("it splits by whole percents")
    if desired["routes"] or desired["mirror"]:
        raise Refused("it neither routes nor mirrors")
    count = sum(one["instances"] for one in desired["revisions"])
    if count > CAPABILITIES["capacity"]:
        raise Refused(f"{count} instances are more than there is room for")


def known(desired):
    """What of a shape means something here."""
    names = ("release", "generation", "key", "revisions", "routes", "mirror", "stable")
    return {name: desired[name] for name in names}


def bring_about(path, service, desired, before):
    if before and before["key"] == desired["key"]:
        return
    revisions = {one["revision"]["id"]: one["revision"] for one in desired["revisions"]}
    stable = revisions.get(desired["stable"]) or (before or {}).get("stable_revision")
    if desired["stable"] is not None and (stable or {}).get("id") != desired["stable"]:
        raise Refused(f"`{desired['stable']}` is to be stable and is not known here")
    kept = {**known(desired), "stable_revision": stable if desired["stable"] else None}
    state = read_all(path)
    state[service] = kept
    # As a whole or not at all, also when the machine stops here.
    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(path), delete=False) as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


def look(accepted):
    if accepted is None:
        accepted = {"release": "", "generation": 0, "key": "", "revisions": [], "stable_revision": None}
    return {
        "release": accepted["release"],
        "generation": accepted["generation"],
        "key": accepted["key"],
        "progress": {"state": "settled"},
        "stable": accepted["stable_revision"],
        "revisions": [shown(one) for one in accepted["revisions"]],
        # Pages that Sluice scrapes, each with labels for all of its series.
        "endpoints": [],
        "address": "http://platform.example",
    }


def shown(one):
    name = one["revision"]["id"]
    instance = {"address": "192.0.2.1:80", "ready": True, "restarts": 0, "last_exit": ""}
    instances = [{"id": f"{name}/{number + 1}", **instance} for number in range(one["instances"])]
    return {"revision": one["revision"], "role": one["role"], "weight": one["weight"], "instances": instances}


def read(path, service):
    return read_all(path).get(service)


def read_all(path):
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


if __name__ == "__main__":
    main()
