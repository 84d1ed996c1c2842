#!/usr/bin/env python3
"""What leaves the server, measured: $export beside cat, notifications from commit to arrival, work lists pulled.

usage: outward.py PROGRAM [export] [notify] [pull] [--people N] [--owners N] [--tasks M] [--subscriptions N] [--seconds S]
Starts PROGRAM (panelbridge) with data in a temporary folder, and an endpoint for notifications, on loopback.
export: `synth --people N` (50 resources each, and what surveillance makes of them). pull: N owners with M people
each, one Task a person; people and Tasks are imported, not decided. The pull with many clients needs wrk. A large one
is rehearsed small first, which says what disk and time the whole will take and stops when the disk has no room:
`./dev bench outward pull --owners 1000 --tasks 2000`.
"""
import argparse, http.client, http.server, json, os, re, shutil, statistics, subprocess, sys, tempfile, threading, time

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
HOUSE = "https://w3id.org/panelbridge/fhir/"
arrived, counted, waiting = {}, {}, threading.Condition()


class Endpoint(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        now = time.perf_counter()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response_only(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        with waiting:
            for task in set(re.findall(rb"Task/(b[0-9]+)", body)):
                arrived.setdefault(task.decode(), now)
                if task.decode() in counted:
                    counted[task.decode()] += 1
            waiting.notify_all()

    def log_message(self, *_):
        pass


class Server:
    def __init__(self, program, folder, config):
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file)
        self.process = subprocess.Popen(
            [program, "serve", "--data", os.path.join(folder, "data"), "--port", "0", "--config",
             os.path.join(folder, "config.json")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().split()[1]
        self.host = self.url.split("/")[2]
        self.connection = http.client.HTTPConnection(self.host)

    def call(self, method, path, body=None, headers=None):
        given = {"Content-Type": "application/fhir+json"} if body else {}
        self.connection.request(method, path, body, {**given, **(headers or {})})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def settle(server):
    """Until surveillance has written its first Tasks."""
    last, quiet = None, 0
    while quiet < 4:
        _, _, text = server.call("GET", "/metrics")
        now = re.search(rb"panelbridge_store_sequence (\S+)", text).group(1)
        loaded = re.search(rb"panelbridge_surveillance_sweeps [1-9]", text) is not None
        quiet = quiet + 1 if loaded and now == last else 0
        last = now
        time.sleep(0.5)


def row(measure, here, floor="", ratio=""):
    print(f"{measure:<44} {here:>14} {floor:>14} {ratio:>8}", flush=True)


def memory(server, what):
    return int(re.search(what + r":\s+(\d+)", open(f"/proc/{server.process.pid}/status").read()).group(1)) // 1024


def export(server, folder):
    with open(f"/proc/{server.process.pid}/clear_refs", "w") as file:
        file.write("5")  # the peak counts from here
    before = memory(server, "VmRSS")
    begin = time.perf_counter()
    status, headers, body = server.call("GET", "/fhir/$export", headers={"Prefer": "respond-async"})
    assert status == 202, body
    path = "/fhir" + headers["Content-Location"].split("/fhir", 1)[1]
    while True:
        status, _, body = server.call("GET", path)
        if status != 202:
            break
        time.sleep(0.02)
    seconds = time.perf_counter() - begin
    assert status == 200, body
    files = json.loads(body)["output"]
    place = os.path.join(folder, "data", "export", path.rsplit("/", 1)[1])
    names = [os.path.join(place, f["url"].rsplit("/", 1)[1]) for f in files]
    size, count = sum(map(os.path.getsize, names)), sum(f["count"] for f in files)
    begin = time.perf_counter()
    peak = memory(server, "VmHWM")
    with open(os.path.join(folder, "copy"), "wb") as copy:
        begin = time.perf_counter()
        subprocess.run(["cat", *names], stdout=copy, check=True)
        cat = time.perf_counter() - begin
    begin = time.perf_counter()
    for f in files:
        status, _, data = server.call("GET", "/fhir" + f["url"].split("/fhir", 1)[1])
        assert status == 200
    download = time.perf_counter() - begin
    mb = size / 1e6
    row(f"$export, {count} resources, {mb:.0f} MB", f"{mb / seconds:.0f} MB/s", f"cat {mb / cat:.0f} MB/s",
        f"{100 * cat / seconds:.0f} %")
    row("  the same in resources a second", f"{count / seconds:.0f} /s")
    row("  resident before, at most while it is written", f"{before}, {peak} MB")
    row("  download, one client", f"{mb / download:.0f} MB/s")
    server.call("DELETE", path)


def subscribe(server, endpoint, count):
    for i in range(count):
        owner = "bench" if i == 0 else f"other{i}"
        resource = {
            "resourceType": "Subscription", "id": f"s{i}", "status": "requested", "reason": "bench",
            "criteria": "https://w3id.org/panelbridge/fhir/SubscriptionTopic/task",
            "_criteria": {"extension": [{"url": BACKPORT + "backport-filter-criteria",
                                         "valueString": f"Task?owner=Practitioner/{owner}"}]},
            "channel": {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json",
                        "_payload": {"extension": [{"url": BACKPORT + "backport-payload-content",
                                                    "valueCode": "id-only"}]}}}
        status, _, body = server.call("PUT", f"/fhir/Subscription/s{i}", json.dumps(resource))
        assert status < 300, body
    for _ in range(3000):
        _, _, body = server.call("GET", f"/fhir/Subscription?status=active&_summary=count")
        if json.loads(body)["total"] >= count:
            return
        time.sleep(0.05)
    sys.exit("the subscriptions did not become active")


def notify(server, count, events, at):
    latencies = []
    for i in range(events):
        name = f"b{at + i}"
        task = {"resourceType": "Task", "id": name, "status": "requested", "intent": "order",
                "owner": {"reference": "Practitioner/bench"}}
        status, _, body = server.call("PUT", f"/fhir/Task/{name}", json.dumps(task))
        committed = time.perf_counter()
        assert status < 300, body
        with waiting:
            if not waiting.wait_for(lambda: name in arrived, 20):
                sys.exit(f"the notification about {name} did not arrive")
        latencies.append(max(arrived[name] - committed, 0) * 1000)
    latencies.sort()
    row(f"notification, {count} subscriptions (p99)",
        f"{statistics.median(latencies):.1f} ms ({latencies[int(len(latencies) * 0.99)]:.1f} ms)")


def notify_all(server, endpoint, count):
    """One change that every subscription is told of: until the last of them has it."""
    for i in range(count):
        status, _, body = server.call("GET", f"/fhir/Subscription/s{i}")
        resource = json.loads(body)
        resource["status"] = "requested"
        resource["_criteria"]["extension"][0]["valueString"] = "Task?owner=Practitioner/everybody"
        status, _, body = server.call("PUT", f"/fhir/Subscription/s{i}", json.dumps(resource))
        assert status < 300, body
    time.sleep(2)
    latencies, events = [], 20
    for i in range(events):
        name = f"b{900000 + i}"
        with waiting:
            counted[name] = 0
        status, _, body = server.call("PUT", f"/fhir/Task/{name}", json.dumps(
            {"resourceType": "Task", "id": name, "status": "requested", "intent": "order",
             "owner": {"reference": "Practitioner/everybody"}}))
        committed = time.perf_counter()
        assert status < 300, body
        with waiting:
            if not waiting.wait_for(lambda: counted[name] >= count, 60):
                sys.exit(f"{counted[name]} of {count} were told of {name}")
        latencies.append(time.perf_counter() - committed)
    row(f"one change to all {count} subscriptions, the last", f"{statistics.median(latencies) * 1000:.0f} ms",
        f"{count / statistics.median(latencies):.0f} calls/s")


def task_of(owner, number, name):
    """As surveillance writes one, but for the identifier, which is the core's own."""
    return {"resourceType": "Task", "id": f"t{name}", "status": "requested", "intent": "proposal",
            "meta": {"profile": [HOUSE + "StructureDefinition/gap-task"]},
            "extension": [{"url": HOUSE + "StructureDefinition/rank", "valueInteger": 20000 + number * 7 % 365},
                          {"url": HOUSE + "StructureDefinition/effort-minutes", "valueInteger": 10}],
            "instantiatesCanonical": HOUSE + "ActivityDefinition/hba1c|1.0.0",
            "businessStatus": {"coding": [{"system": HOUSE + "CodeSystem/gap-status", "code": "open"}]},
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4", "display": "HbA1c"},
                                {"system": HOUSE + "CodeSystem/item", "code": "hba1c"}]},
            "description": "No HbA1c since 2025-11-01; a result within 12 months closes this.",
            "for": {"reference": f"Patient/p{name}"}, "authoredOn": "2026-11-01",
            "owner": {"reference": f"Practitioner/{owner}"}, "restriction": {"period": {"end": "2026-12-01"}}}


def person_of(name):  # no longer active, so that surveillance adds nothing
    return {"resourceType": "Patient", "id": f"p{name}", "active": False, "gender": "female",
            "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": f"{name:09}"}],
            "name": [{"family": f"Family{name % 5000}", "given": ["Anna"]}], "birthDate": f"{1930 + name % 70}-03-05"}


def fill(program, data, owners, size):
    """Imported in parts, so that the files stay small."""
    folder, begin = data + "-in", time.perf_counter()
    for first in range(0, owners, 50):
        os.makedirs(folder)
        with open(folder + "/patients.ndjson", "w") as patients, open(folder + "/tasks.ndjson", "w") as tasks:
            for owner in range(first, min(first + 50, owners)):
                for number in range(size):
                    name = owner * size + number
                    patients.write(json.dumps(person_of(name), separators=(",", ":")) + "\n")
                    tasks.write(json.dumps(task_of(owner, number, name), separators=(",", ":")) + "\n")
        subprocess.run([program, "import", "--data", data, folder], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(folder)
    return time.perf_counter() - begin


def wrk(server, folder, clients, seconds, path, owners):
    """Another owner each time; -> pulls a second, median and 99th percentile."""
    with open(folder + "/pull.lua", "w") as file:
        file.write(f"""local n = 0
init = function() math.randomseed(os.time()) end
request = function()
  return wrk.format("GET", ("{path}"):gsub("OWNER", tostring(math.random(0, {owners - 1}))), {{["Accept"] = "application/fhir+json", ["Accept-Encoding"] = "ENCODING"}})
end""".replace("ENCODING", "identity"))
    out = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "-s", folder + "/pull.lua",
                          f"http://{server.host}"], capture_output=True, text=True).stdout
    if "Non-2xx" in out:
        sys.exit("a pull was refused: " + out)
    found = lambda pattern: re.search(pattern, out).group(1)
    return float(found(r"Requests/sec:\s+(\S+)")), found(r"50%\s+(\S+)"), found(r"99%\s+(\S+)")


def pull(server, folder, owners, size, seconds):
    base = "/fhir/Task?owner=Practitioner/OWNER&status=requested,accepted&_sort=rank"
    full = base + "&_include=Task:patient"
    seconds = max(int(seconds), 1)
    shapes = [("first 50 with people", full), (f"first {min(size, 1000)} with people", full + "&_count=1000"),
              (f"first {min(size, 1000)}, _elements=status", base + "&_count=1000&_elements=status"),
              ("news since a moment (none)", base.split("&_sort")[0] + "&_lastUpdated=gt2100-01-01")]
    for name, path in shapes:
        begin, count, size_of = time.perf_counter(), 0, 0
        while time.perf_counter() - begin < 1:
            _, _, body = server.call("GET", path.replace("OWNER", str(count % owners)))
            count, size_of = count + 1, len(body)
        one = count / (time.perf_counter() - begin)
        many = ""
        if shutil.which("wrk"):
            rate, median, most = wrk(server, folder, 16, seconds, path, owners)
            many = f"{rate:.0f} /s (p50 {median}, p99 {most})"
        row(f"pull, {name}, {size_of / 1000:.0f} kB", f"1: {one:.0f} /s", f"16: {many}")
    begin, count, entries = time.perf_counter(), 0, 0
    while count == 0 or time.perf_counter() - begin < seconds:
        path = (full + "&_count=1000").replace("OWNER", str(count * 7 % owners))
        while path:
            _, _, body = server.call("GET", path)
            bundle = json.loads(body)
            entries += len(bundle["entry"])
            after = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
            path = "/fhir" + after[0].split("/fhir", 1)[1] if after else None
        count += 1
    row(f"pull, the whole list of {size}, all pages", f"{count / (time.perf_counter() - begin):.1f} lists/s",
        f"{entries // count} entries")
    path = full.replace("OWNER", "0")
    _, headers, _ = server.call("GET", path)
    begin, count = time.perf_counter(), 0
    while time.perf_counter() - begin < 1:
        status, _, _ = server.call("GET", path, headers={"If-None-Match": headers["ETag"]})
        assert status == 304
        count += 1
    row("pull, unchanged (304)", f"1: {count / (time.perf_counter() - begin):.0f} /s")
    row("resident", f"{memory(server, 'VmRSS')} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("names", nargs="*", metavar="export|notify|pull")
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--owners", type=int, default=20)
    parser.add_argument("--tasks", "--list", dest="list", type=int, default=2000)
    parser.add_argument("--subscriptions", type=int, default=1000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--data", help="export: a store to take, in place of a population made for it")
    parser.add_argument("--lists", help="pull: where such a store is, or is to be made and left")
    parser.add_argument("--folder", help="where the temporary folder is made")
    given = parser.parse_args()
    row("measure", "here", "floor", "ratio")
    names = given.names or ["export", "notify", "pull"]
    if unknown := set(names) - {"export", "notify", "pull"}:
        parser.error(f"which of export, notify, pull? not {', '.join(sorted(unknown))}")
    folder = tempfile.mkdtemp(prefix="panelbridge-outward-", dir=given.folder)
    try:
        if "export" in names:
            measure_export(given, folder + "/export")
        if "notify" in names:
            measure_notifications(given, folder + "/notify")
        if "pull" in names:
            measure_pull(given, folder + "/pull")
    finally:
        shutil.rmtree(folder)


def measure_export(given, folder):
    os.makedirs(folder)
    if given.data:
        os.symlink(os.path.abspath(given.data), folder + "/data")
    else:
        subprocess.run([given.program, "synth", "--people", str(given.people), "--seed", "1", "--data", folder + "/data"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(given.program, folder, {"log": {"requests": False}, "export": {"total_bytes": 1 << 40}})
    try:
        settle(server)
        export(server, folder)
    finally:
        server.stop()
    shutil.rmtree(folder)


def measure_notifications(given, folder):
    os.makedirs(folder)
    endpoint = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{endpoint.server_port}"
    server = Server(given.program, folder, {
        "log": {"requests": False},
        "notifications": {"allow_private_address": True, "targets": [{"url": url, "recipient": "practice"}]}})
    try:
        settle(server)
        subscribe(server, url, 1)
        notify(server, 1, given.events, 0)
        subscribe(server, url, given.subscriptions)
        notify(server, given.subscriptions, given.events, given.events)
        notify_all(server, url, given.subscriptions)
    finally:
        server.stop()
        endpoint.shutdown()


def size_of(folder):
    return sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names)


def rehearse(given, folder, count):
    """A small one from beginning to end; says what the whole takes, and stops where it cannot be."""
    owners, size = min(given.owners, 20), min(given.list, 100)
    os.makedirs(folder)
    seconds = fill(given.program, folder + "/data", owners, size)
    disk = size_of(folder + "/data") * count / (owners * size) + 400e6  # and a part to import
    free = shutil.disk_usage(os.path.dirname(os.path.abspath(given.lists or folder))).free
    server = Server(given.program, folder, {"log": {"requests": False}})
    try:
        settle(server)
        print(f"rehearsal: {owners} owners with {size} people each", flush=True)
        pull(server, folder, owners, size, 1)
    finally:
        server.stop()
    shutil.rmtree(folder)
    print(f"the whole: about {disk / 1e9:.1f} GB of disk (free: {free / 1e9:.0f}), "
          f"{2 * seconds * count / (owners * size) / 60:.0f} minutes or less to import", flush=True)
    if disk > free:
        sys.exit("there is no room for it; --folder DIR or --lists DIR names another place")


def measure_pull(given, folder):
    if given.owners * given.list > 100_000 and not (given.lists and os.path.exists(given.lists)):
        rehearse(given, folder + "-rehearsal", given.owners * given.list)
    os.makedirs(folder)
    data = given.lists or folder + "/data"
    if given.lists:
        os.symlink(os.path.abspath(data), folder + "/data")
    if not os.path.exists(data):
        seconds, count = fill(given.program, data, given.owners, given.list), given.owners * given.list
        row(f"{given.owners} owners, {given.list} people each: import", f"{2 * count / seconds:.0f} /s")
    server = Server(given.program, folder, {"log": {"requests": False}})
    try:
        settle(server)
        pull(server, folder, given.owners, given.list, given.seconds)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
