#!/usr/bin/env python3
"""What leaves the server, measured: $export beside cat, notifications from commit to arrival, work lists pulled.

usage: outward.py PROGRAM [--people N] [--subscriptions N] [--seconds S]
Starts PROGRAM (panelbridge) with data in a temporary folder, and an endpoint for notifications, on loopback.
"""
import argparse, http.client, http.server, json, os, re, shutil, statistics, subprocess, sys, tempfile, threading, time

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
arrived, waiting = {}, threading.Condition()


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


def export(server, folder):
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
    with open(os.devnull, "wb") as nothing:
        subprocess.run(["cat", *names], stdout=nothing, check=True)
    cat = time.perf_counter() - begin
    with open(os.path.join(folder, "copy"), "wb") as copy:
        begin = time.perf_counter()
        subprocess.run(["cat", *names], stdout=copy, check=True)
        copied = time.perf_counter() - begin
    begin = time.perf_counter()
    for f in files:
        status, _, data = server.call("GET", "/fhir" + f["url"].split("/fhir", 1)[1])
        assert status == 200
    download = time.perf_counter() - begin
    memory = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{server.process.pid}/status").read()).group(1)) // 1024
    mb = size / 1e6
    print(f"$export: {count} resources, {mb:.0f} MB, {len(files)} files in {seconds:.2f} s = {mb / seconds:.0f} MB/s "
          f"({count / seconds:.0f}/s); cat to /dev/null {mb / cat:.0f} MB/s, cat to a file {mb / copied:.0f} MB/s; "
          f"download {mb / download:.0f} MB/s; server peak {memory} MB")
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
    print(f"notifications, {count} subscriptions: {events} events, p50 {statistics.median(latencies):.1f} ms, "
          f"p99 {latencies[int(len(latencies) * 0.99)]:.1f} ms")


def worklist(server, seconds):
    people = 200
    entries = [{"resource": {"resourceType": "Task", "id": f"w{i}", "status": "requested", "intent": "order",
                             "owner": {"reference": "Practitioner/list"}, "description": "x" * 200},
                "request": {"method": "PUT", "url": f"Task/w{i}"}} for i in range(people)]
    status, _, body = server.call("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction",
                                                               "entry": entries}))
    assert status == 200, body
    path = f"/fhir/Task?owner=Practitioner/list&status=requested,accepted&_sort=rank&_count={people}"
    _, headers, body = server.call("GET", path)
    for name, extra in (("whole", {}), ("unchanged (304)", {"If-None-Match": headers["ETag"]})):
        begin, count = time.perf_counter(), 0
        while time.perf_counter() - begin < seconds:
            status, now, _ = server.call("GET", path, headers=extra)
            if status != (304 if extra else 200):
                sys.exit(f"asked with {extra}, answered {status} {now['ETag']}")
            count += 1
        print(f"work list of {people} Tasks, {len(body) // 1000} kB, one client: {name} "
              f"{count / (time.perf_counter() - begin):.0f}/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--subscriptions", type=int, default=1000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=2)
    given = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="panelbridge-outward-")
    endpoint = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{endpoint.server_port}"
    try:
        subprocess.run([given.program, "synth", "--people", str(given.people), "--seed", "1", "--data",
                        os.path.join(folder, "data")], check=True, stdout=subprocess.DEVNULL)
        server = Server(given.program, folder, {
            "log": {"requests": False},
            "notifications": {"allow_private_address": True, "targets": [{"url": url, "recipient": "practice"}]}})
        try:
            settle(server)
            export(server, folder)
            worklist(server, given.seconds)
            subscribe(server, url, 1)
            notify(server, 1, given.events, 0)
            subscribe(server, url, given.subscriptions)
            notify(server, given.subscriptions, given.events, given.events)
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
