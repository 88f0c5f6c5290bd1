#!/usr/bin/env python3
"""nginx as a target: servers that run elsewhere, split by a file that nginx includes.

    target:
      command:
        command: [python3, nginx.py]
        env: {NGINX_FILE: /etc/nginx/conf.d/shop.conf, NGINX_RELOAD: "nginx -s reload", USERS: "http://shop.example"}
    candidate:
      version: v2
      env: {SERVERS: "10.0.0.5:80 10.0.0.6:80"}
      instances: 2

The file defines the upstream of each revision and `$shop`, which a location passes requests to:

    location / { proxy_pass http://$shop; }

What is served is read from that file and from nowhere else: whoever edits it by hand is noticed.
"""

import fcntl
import json
import os
import re
import shlex
import socket
import subprocess
import sys

VERSION = 1
CAPABILITIES = {"routes": False, "mirror": False, "exact-weights": True}
RECORD = "# sluice: "


class Refused(Exception):
    """Asking again is of no use."""


def main():
    try:
        answer = {"version": VERSION, **answered(json.load(sys.stdin))}
    except Refused as refusal:
        answer = {"version": VERSION, "refused": str(refusal)}
    except json.JSONDecodeError as error:
        answer = {"version": VERSION, "refused": f"the question is no JSON: {error}"}
    except subprocess.CalledProcessError as error:
        # nginx is restarting, or somebody else's file is broken: it may do so soon.
        answer = {"version": VERSION, "error": f"nginx was not reloaded: {error}", "retry": True}
    json.dump(answer, sys.stdout)


def answered(question):
    if question.get("version") != VERSION:
        raise Refused(f"version {question.get('version')} is asked, and this is version {VERSION}")
    operation = question.get("operation")
    if operation == "describe":
        return {"capabilities": CAPABILITIES}
    if operation not in ("observe", "apply"):
        raise Refused(f"`{operation}` is not an operation that it knows")
    service, path = question["service"], os.environ.get("NGINX_FILE")
    if not path:
        raise Refused("set NGINX_FILE to what nginx includes: `env` in the workflow, `sluice target test --env ... --command ...`")
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        record, served = read(path, service)
        if operation == "observe":
            return {"status": look(record, served)}
        desired = {name: question["desired"][name] for name in FIELDS}
        accept(record, desired)
        write(path, service, record, desired)
    return {"accepted": True}


FIELDS = ("release", "generation", "key", "revisions", "routes", "mirror", "stable")


def accept(record, desired):
    before = record and record["desired"]
    if before and before["key"] == desired["key"]:
        if before != desired:
            raise Refused(f"the key `{desired['key']}` was used for another shape")
        return
    if before and before["release"] == desired["release"] and desired["generation"] < before["generation"]:
        raise Refused(f"generation {desired['generation']} is older than {before['generation']}, which was accepted")
    if desired["routes"] or desired["mirror"]:
        raise Refused("it neither routes nor mirrors")
    weights = [one["weight"] for one in desired["revisions"]]
    if weights and sum(weights) != 1000:
        raise Refused(f"the weights add up to {sum(weights) / 10} %")
    for one in desired["revisions"]:
        if one["instances"] > len(servers(one["revision"])):
            raise Refused(f"`{one['revision']['id']}` names {len(servers(one['revision']))} servers in `env.SERVERS`")


def servers(revision):
    found = revision["spec"]["env"].get("SERVERS", "").split()
    for server in found:
        # It goes into nginx's configuration.
        if not re.fullmatch(r"[A-Za-z0-9.-]+:[0-9]{1,5}", server):
            raise Refused(f"`{server}` is not a server: write `host:port`")
    return found


def upstream(service, revision):
    return re.sub(r"[^a-z0-9_]", "_", f"{service}_{revision['id']}".lower())


def write(path, service, record, desired):
    known = {one["revision"]["id"]: one["revision"] for one in desired["revisions"]}
    stable = known.get(desired["stable"]) or (record and record["stable"])
    if desired["stable"] is not None and (stable or {}).get("id") != desired["stable"]:
        raise Refused(f"`{desired['stable']}` is to be stable and is not known here")
    kept = {"desired": desired, "stable": stable if desired["stable"] else None}
    lines = [RECORD + json.dumps(kept)]
    split = []
    for one in desired["revisions"]:
        name = upstream(service, one["revision"])
        listed = servers(one["revision"])[: one["instances"]]
        if listed:
            lines += [f"upstream {name} {{", *(f"    server {server};" for server in listed), "}"]
        if one["weight"]:
            split.append((one["weight"], name))
    if split:
        lines.append(f'split_clients "${{request_id}}" ${variable(service)} {{')
        for weight, name in sorted(split)[:-1]:
            lines.append(f"    {weight / 10:.1f}% {name};")
        lines += [f"    * {sorted(split)[-1][1]};", "}"]
    with open(path + ".new", "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
    subprocess.run(shlex.split(os.environ.get("NGINX_RELOAD", "nginx -s reload")), check=True, stdout=sys.stderr)


def variable(service):
    return re.sub(r"[^a-z0-9_]", "_", service)


def read(path, service):
    """The record in the file, and the weights that the file gives, by upstream."""
    try:
        with open(path) as file:
            text = file.read()
    except FileNotFoundError:
        return None, {}
    first = text.split("\n", 1)[0]
    record = json.loads(first[len(RECORD) :]) if first.startswith(RECORD) else None
    block = re.search(r"^split_clients \S+ \$\S+ \{\n(.*?)^\}", text, re.S | re.M)
    served, rest = {}, 1000
    for share, name in re.findall(r"^\s*(\S+) (\S+);", block.group(1) if block else "", re.M):
        weight = rest if share == "*" else round(float(share.rstrip("%")) * 10)
        served[name], rest = weight, rest - weight
    service_prefix = upstream(service, {"id": ""})
    return record, {name: weight for name, weight in served.items() if name.startswith(service_prefix)}


def look(record, served):
    desired = record["desired"] if record else {"release": "", "generation": 0, "key": "", "revisions": []}
    revisions = [shown(one, served) for one in desired["revisions"]]
    waiting = [
        one["revision"]["id"]
        for one, wanted in zip(revisions, desired["revisions"])
        if sum(instance["ready"] for instance in one["instances"]) < wanted["instances"]
    ]
    settling = {"state": "settling", "waiting_for": "servers of " + ", ".join(waiting)}
    return {
        "release": desired["release"],
        "generation": desired["generation"],
        "key": desired["key"],
        "progress": settling if waiting else {"state": "settled"},
        "stable": record["stable"] if record else None,
        "revisions": revisions,
        "endpoints": [],
        "address": os.environ.get("USERS", "http://localhost"),
    }


def shown(one, served):
    revision = one["revision"]
    listed = servers(revision)[: one["instances"]]
    weight = next((weight for name, weight in served.items() if name.endswith(upstream("", revision))), 0)
    instances = [
        {"id": f"{revision['id']}/{number + 1}", "address": server, "ready": answers(server), "restarts": 0, "last_exit": ""}
        for number, server in enumerate(listed)
    ]
    return {"revision": revision, "role": one["role"], "weight": weight, "instances": instances}


def answers(server):
    host, port = server.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
