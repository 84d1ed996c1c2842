#!/usr/bin/env python3
"""Pulls from FHIR servers that nobody here made, over real processes: pull_faults.py PROGRAM ROUNDS [SEED].

Several servers with habits of their own change, page, fail and lie at once; the program is killed now and then. After each round, once
they behave, everything that they have must be here, as they say it, with references that lead to it, and nothing else. Exit 1: it is not.
"""
import datetime, email.utils, gzip, json, os, random, re, signal, socket, subprocess, sys, tempfile, threading, time, urllib.error, urllib.parse, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROGRAM, ROUNDS = sys.argv[1], int(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10**6)
SOURCE = "https://w3id.org/panelbridge/fhir/CodeSystem/source"
SECRET = "Geheimnaam"  # in what servers say of errors: never in our log
chance = random.Random(SEED)


def outcome(code, severity="error"):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code, "diagnostics": SECRET}]}


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Upstream:
    """A server that does what it should; the kinds below have their own ways."""

    name, page, dated, heeds, histories, types = "plain", 5, True, True, False, ("Patient", "Observation")

    def __init__(self, port):
        self.home = self.base = f"http://127.0.0.1:{port}/{self.name}/fhir"
        self.held, self.gone, self.calls, self.trouble = {}, [], 0, 0.0
        self.lock = threading.RLock()
        self.clock = datetime.datetime(2026, 10, 1, tzinfo=datetime.timezone.utc)
        for i in range(12):
            self.put("Patient", i)
        for i in range(12):
            self.put("Observation", i)

    # --- what happens there
    def id(self, kind, number):
        return f"{kind[0].lower()}{number}"

    def put(self, kind, number):
        with self.lock:
            self.clock += datetime.timedelta(milliseconds=chance.choice((0, 0, 1, 400, 3000)))
            body = {"name": [{"family": f"F{chance.randrange(10**9)}"}], "gender": "female"} if kind == "Patient" else {
                "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}, "valueQuantity": {"value": chance.randrange(10**6)},
                "subject": {"reference": self.reference(self.id("Patient", chance.randrange(40)))}}
            self.held[kind, self.id(kind, number)] = body, self.clock

    def change(self):
        kind, number = chance.choice(("Patient", "Patient", "Observation")), chance.randrange(40)
        with self.lock:
            if chance.random() < 0.85 or len(self.held) < 10:
                return self.put(kind, number)
            self.clock += datetime.timedelta(seconds=1)
            key = chance.choice(list(self.held))
            del self.held[key]
            self.gone.append((key, self.clock))

    # --- how it says it
    def reference(self, id):
        return "Patient/" + id

    def stamp(self, at):
        return at.isoformat(timespec="milliseconds")

    def resource(self, key):
        body, at = self.held[key]
        return {"resourceType": key[0], "id": key[1], "meta": {"versionId": "1", "lastUpdated": self.stamp(at)}, **body}

    def entry(self, key):
        return {"fullUrl": f"{self.home}/{key[0]}/{key[1]}", "resource": self.resource(key), "search": {"mode": "match"}}

    def link(self, path, start, since):
        return f"{self.home}{path}?start={start}" + (f"&{since[0]}={urllib.parse.quote(since[1])}" if since else "")

    def dress(self, bundle, path, start):
        return bundle

    def statement(self):
        codes = ["read", "search-type"] + (["history-type"] if self.histories else [])
        return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server", "resource": [
            {"type": kind, "interaction": [{"code": code} for code in codes]} for kind in self.types]}]}

    def search(self, path, query):
        kind, since = path[1:], query.get("_lastUpdated")
        keys = [key for key in self.held if key[0] == kind]
        if since and self.heeds:
            keys = [key for key in keys if moment(self.stamp(self.held[key][1])) >= moment(since[2:])]
        return self.paged("searchset", [self.entry(key) for key in keys], path, query, ("_lastUpdated", since) if since else None)

    def history(self, path, query):
        kind, since = path.split("/")[1], moment(query["_since"])
        found = [(at, {**self.entry(key), "request": {"method": "PUT", "url": "/".join(key)}}) for key, (_, at) in self.held.items() if key[0] == kind and at >= since]
        found += [(at, {"fullUrl": f"{self.home}/{key[0]}/{key[1]}", "request": {"method": "DELETE", "url": "/".join(key)}, "response": {"status": "204"}})
                  for key, at in self.gone if key[0] == kind and at >= since and key not in self.held]
        found.sort(key=lambda each: each[0], reverse=True)
        return self.paged("history", [each for _, each in found], path, query, ("_since", query["_since"]))

    def paged(self, kind, entries, path, query, since):
        start = int(query.get("start", 0))
        bundle = {"resourceType": "Bundle", "type": kind, "total": 7, "link": [], "entry": entries[start:start + self.page]}
        if start + self.page < len(entries):
            bundle["link"].append({"relation": "next", "url": self.link(path, start + self.page, since)})
        return self.dress(bundle, path, start)

    def serve(self, path, query, request):
        if path == "/metadata":
            return 200, self.statement(), {}
        if path.endswith("/_history"):
            return (200, self.history(path, query), {}) if self.histories else (501, outcome("not-supported"), {})
        if path.count("/") == 1 and path[1:] in self.types:
            return 200, self.search(path, query), {}
        key = tuple(path[1:].split("/"))
        return (200, self.resource(key), {}) if key in self.held else (404, outcome("not-found"), {})

    def fault(self):
        soon = email.utils.format_datetime(self.clock + datetime.timedelta(seconds=1), usegmt=True)
        roll, faults = chance.random() / max(self.trouble, 1e-9), (
            (0.08, (500, outcome("exception"), {})), (0.04, (429, outcome("throttled"), {"Retry-After": chance.choice(("0", "1", soon))})), (0.02, (200, outcome("exception"), {})),
            (0.02, (200, b"<html>", {})), (0.02, (503, b"", {"Retry-After": "1"})), (0.04, b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"resourceType\":\"Bun"),
            (0.02, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nxx\r\n0\r\n\r\n"))
        for share, what in faults:
            roll -= share
            if roll < 0:
                return what
        return None


class WithHistory(Upstream):
    name, histories = "with-history", True


class IgnoresUpdated(Upstream):
    name, heeds, dated = "ignores-updated", False, False


class WholeSeconds(Upstream):
    """Equal instants; another zone; relative links; no fullUrl."""
    name = "whole-seconds"

    def stamp(self, at):
        return at.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))).isoformat(timespec="seconds")

    def entry(self, key):
        return {"resource": self.resource(key)}

    def link(self, path, start, since):
        return super().link(path, start, since)[len(self.home) + 1:]


class BehindProxy(Upstream):
    """Calls itself by another name everywhere; absolute references with a version; gzip; outcomes among the results."""
    name = "behind-proxy"

    def __init__(self, port):
        self.home = "http://internal:8080/r4"
        super().__init__(port)
        self.home = "http://internal:8080/r4"

    def reference(self, id):
        return f"http://internal:8080/r4/Patient/{id}/_history/3"

    def dress(self, bundle, path, start):
        warning = {"resource": outcome("informational", "warning"), "search": {"mode": "outcome"}}
        return {**bundle, "entry": [warning, *bundle["entry"]]}


class Opaque(Upstream):
    """Page links that say nothing; ids with dots; each page repeats the end of the last; a token that is text and short-lived."""
    name, tokens = "opaque", 0

    def id(self, kind, number):
        return f"{kind[0]}.{number}.x-Y"

    def link(self, path, start, since):
        return f"{self.home}?_getpages={urllib.parse.quote(json.dumps([path, start, since]))}"

    def serve(self, path, query, request):
        if path == "/.well-known/smart-configuration":
            return 200, {"token_endpoint": self.base + "/token"}, {}
        if path == "/token":
            self.tokens += 1
            return 200, {"access_token": f"t{self.tokens}", "token_type": "bearer", "expires_in": chance.choice(("3600", 1, "x", -5))}, {}
        if request.headers.get("Authorization") != f"Bearer t{self.tokens}" or chance.random() < self.trouble / 20:
            return 401, outcome("login"), {}
        if path == "" and "_getpages" in query:
            path, start, since = json.loads(query["_getpages"])
            return 200, self.search(path, {"start": max(start - 1, 0), **(dict([since]) if since else {})}), {}
        return super().serve(path, query, request)

    def paged(self, kind, entries, path, query, since):
        start = int(query.get("start", 0))
        size = self.page + (start > 0)
        links = [{"relation": "next", "url": self.link(path, start + size, since)}] if start + size < len(entries) else [{"relation": "next", "url": ""}]
        return {"resourceType": "Bundle", "type": kind, "link": links, "entry": entries[start:start + size]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        split = urllib.parse.urlsplit(self.path)
        upstream, path = self.server.upstreams[split.path.split("/")[1]], split.path.split("/fhir", 1)[1]
        upstream.calls += 1
        what = upstream.fault()
        if chance.random() < upstream.trouble * 0.3:
            upstream.change()  # in the middle of a walk
        if what is None:
            with upstream.lock:
                what = upstream.serve(path, dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True)), self)
        try:
            self.answer(upstream, what)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_POST = do_GET

    def answer(self, upstream, what):
        if isinstance(what, bytes):
            self.wfile.write(what)
            self.close_connection = True
            return self.connection.shutdown(socket.SHUT_RDWR)
        status, body, headers = what
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if upstream.name == "behind-proxy":
            data, headers = gzip.compress(data), {**headers, "Content-Encoding": "gzip", "ETag": 'W/"x"'}
        self.send_response_only(status)
        if upstream.dated:
            self.send_header("Date", email.utils.format_datetime(upstream.clock, usegmt=True))
        for name, value in {"Content-Type": "application/fhir+json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class Server:
    def __init__(self, folder, upstreams):
        self.folder = folder
        subprocess.run("openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out key.pem", cwd=folder, shell=True, check=True, stderr=subprocess.DEVNULL)
        partners = [{"id": each.name, "kind": "fhir", "base_url": each.base, "types": ["Patient", "Observation"], "interval_s": 1, "reconcile_s": 3, "overlap_s": 5, "allow_private_address": True}
                    for each in upstreams]
        partners[-1]["auth"] = {"type": "smart", "client_id": "us", "key": {"file": os.path.join(folder, "key.pem")}, "algorithm": "ES384"}
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump({"partners": partners, "log": {"requests": False}}, file)
        self.start()

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", os.path.join(self.folder, "data"), "--port", "0", "--config", os.path.join(self.folder, "config.json")],
                                        stdout=subprocess.PIPE, stderr=open(os.path.join(self.folder, "log"), "a"), text=True)
        self.url = self.process.stdout.readline().split()[1]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def of(self, upstream, kind):
        tag = urllib.parse.quote(f"{SOURCE}|{upstream.name}")
        with urllib.request.urlopen(f"{self.url}/{kind}?_count=1000&_tag={tag}") as answer:
            found = json.load(answer)
        return {each["resource"]["meta"]["source"].rsplit("/", 1)[1]: each["resource"] for each in found.get("entry", [])}


def differences(server, upstream):
    with upstream.lock:
        held = {key: body for key, (body, _) in upstream.held.items()}
    found, people = [], server.of(upstream, "Patient")
    here = {("Patient", id): each for id, each in people.items()} | {("Observation", id): each for id, each in server.of(upstream, "Observation").items()}
    found += [f"{key} is not here" for key in held if key not in here] + [f"{key} is too much" for key in here if key not in held]
    for key in held.keys() & here.keys():
        name = "name" if key[0] == "Patient" else "valueQuantity"
        if here[key][name] != held[key][name]:
            found.append(f"{key} is old")
        if key[0] == "Observation":
            person = re.search(r"Patient/([^/]+)", held[key]["subject"]["reference"])[1]
            leads_to = here[key]["subject"].get("reference")
            if ("Patient", person) in held and person in people and leads_to != "Patient/" + people[person]["id"]:
                found.append(f"{key} leads to {leads_to}")
    return found


def one_round(server, upstreams, number):
    for upstream in upstreams:
        upstream.trouble = chance.random()
    end = time.time() + chance.uniform(1, 3)
    while time.time() < end:
        for upstream in upstreams:
            upstream.change()
        time.sleep(chance.random() * 0.1)
    killed = number == 0 or chance.random() < 0.5
    if killed:
        server.kill()
        server.start()
    for upstream in upstreams:
        upstream.trouble = 0.0
    begun, differing = time.time(), {}
    while time.time() < begun + 60:
        differing = {each.name: differences(server, each) for each in upstreams}
        if not any(differing.values()):
            return killed, time.time() - begun
        time.sleep(0.2)
    for name, list in differing.items():
        if list:
            print(f"FAILED: round {number}, {name}: {list[:5]}", flush=True)
    return killed, None


def main():
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    listener.handle_error = lambda *_: None
    upstreams = [kind(listener.server_address[1]) for kind in (WithHistory, IgnoresUpdated, WholeSeconds, BehindProxy, Opaque)]
    listener.upstreams = {each.name: each for each in upstreams}
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="panelbridge-pull-") as folder:
        server = Server(folder, upstreams)
        try:
            rounds = [one_round(server, upstreams, number) for number in range(ROUNDS)]
        finally:
            server.process.terminate()
            server.process.wait()
        with open(os.path.join(folder, "log")) as log:
            leaked = SECRET in log.read()
    failed = sum(seconds is None for _, seconds in rounds)
    slowest = max((seconds for _, seconds in rounds if seconds is not None), default=0)
    print(f"seed {SEED}: {ROUNDS} rounds, {sum(killed for killed, _ in rounds)} kills, {sum(each.calls for each in upstreams)} calls, right after {slowest:.1f} s at most" + (", the log tells what it must not" if leaked else ""))
    sys.exit(1 if failed or leaked else 0)


if __name__ == "__main__":
    main()
