#!/usr/bin/env python3
"""A small stateful stand-in for a municipal case system (ZGW), for tests: standard library only.

Behaves as real ones do: 403 with a code for a bad token, 412 without the Crs headers, 400 identificatie-niet-uniek, sometimes 500 although the
case is kept, filters that it does not know are ignored, ETags that go stale, "closed" is einddatum, error texts in Dutch, URLs of one spelling.
Keeps every request for canary searches and checks every body against the OpenAPI document when that is there.
"""
import base64, hashlib, hmac, json, os, random, socket, ssl, subprocess, sys, threading, time, urllib.parse, urllib.request, uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET, CLIENT, TOKEN = b"een-lang-geheim", "panelbridge-test", "webhook-geheim"
INITIATOR_BSN = "inpBsn"


def now():
    return datetime.now(timezone.utc)


def moment(text):
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


class Problem(Exception):
    def __init__(self, status, code, name=None, detail="Invoer ongeldig."):
        self.status, self.code, self.name, self.detail = status, code, name, detail


class Schemas:
    """The few facts of an OpenAPI document that matter for a request: unknown names, types, lengths, enums, required."""

    def __init__(self, path):
        self.schemas = None
        try:
            import yaml
            with open(path, encoding="utf-8") as file:
                self.schemas = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["components"]["schemas"]
        except Exception:
            pass

    def flat(self, schema):
        if "$ref" in schema:
            return self.flat(self.schemas[schema["$ref"].rsplit("/", 1)[1]])
        merged = dict(schema)
        for part in schema.get("allOf", []):
            inner = self.flat(part)
            for key, value in inner.items():
                merged[key] = {**value, **merged[key]} if key == "properties" and key in merged else merged.get(key, value) if key != "required" else list(set(value) | set(merged.get(key, [])))
        return merged

    def check(self, name, body, place=""):
        if self.schemas is None:
            return []
        return self.walk({"$ref": "#/components/schemas/" + name}, body, place or name)

    def walk(self, schema, value, place):
        schema, found = self.flat(schema), []
        if "oneOf" in schema:
            kinds = [self.flat(each) for each in schema["oneOf"]]
            enums = [word for kind in kinds for word in kind.get("enum", [])]
            return [] if not enums or value in enums else [f"{place}: {value!r} is none of {enums}"]
        if schema.get("type") == "object" or "properties" in schema:
            if not isinstance(value, dict):
                return [f"{place}: no object"]
            known = schema.get("properties", {})
            found += [f"{place}.{name}: unknown" for name in value if name not in known and not schema.get("additionalProperties")]
            found += [f"{place}.{name}: read only" for name in value if known.get(name, {}).get("readOnly")]
            found += [f"{place}.{name}: missing" for name in schema.get("required", []) if name not in value and not known.get(name, {}).get("readOnly")]
            for name, each in value.items():
                if name in known:
                    found += self.walk(known[name], each, f"{place}.{name}")
            return found
        if schema.get("type") == "array":
            return [each for item in value for each in self.walk(schema.get("items", {}), item, place + "[]")] if isinstance(value, list) else [f"{place}: no list"]
        if schema.get("type") == "string":
            if not isinstance(value, str):
                return [f"{place}: no text"]
            if len(value) > schema.get("maxLength", 10**9) or len(value) < schema.get("minLength", 0):
                found.append(f"{place}: {len(value)} characters")
            if schema.get("format") == "uri" and not value.startswith("http"):
                found.append(f"{place}: no address")
            if schema.get("format") == "date":
                datetime.strptime(value, "%Y-%m-%d")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{place}: {value!r} is none of {schema['enum']}")
        return found


class System:
    def __init__(self, spec=None, seed=0):
        self.lock = threading.RLock()
        self.chance = random.Random(seed)
        self.base = ""
        self.zaken, self.rollen, self.statussen, self.resultaten = {}, {}, {}, {}
        self.requests, self.violations, self.posted_cases = [], [], 0
        self.faults = {}      # before, after, slow, chunk, half, noise, page, drop, busy: chances
        self.at = None        # called with ("before" | "after", method, collection) around each call
        self.subscriptions = {}  # abonnementen by id: whom notifications go to
        self.told = 0         # notifications that were delivered
        self.heard = []       # what the webhook answered: bytes that left too
        self.mail = {"lost": 0.0, "twice": 0.0, "shuffled": 0.0, "half": 0.0}
        self.certificates, self.shown = {}, "good"  # by name: an ssl context; with none it speaks plain HTTP
        self.waiting = []     # notifications held back
        self.schemas = Schemas(spec) if spec else Schemas("")
        self.notifying = Schemas(os.path.join(os.path.dirname(spec), "notificaties-1.0.1.yaml")) if spec else Schemas("")
        self.down = False
        kinds = {"status": [("Ontvangen", 1), ("In behandeling", 2), ("Opgeschort", 3), ("Afgehandeld", 4)], "result": ["Toegekend", "Afgewezen", "Ingetrokken", "Niet van toepassing"]}
        self.kinds, self.type_id = kinds, str(uuid.uuid4())
        self.status_ids = {name: str(uuid.uuid4()) for name, _ in kinds["status"]}
        self.result_ids = {name: str(uuid.uuid4()) for name in kinds["result"]}
        self.role_id, self.other_role = str(uuid.uuid4()), str(uuid.uuid4())

    # --- addresses
    def url(self, api, collection, id):
        return f"{self.base}/{api}/api/v1/{collection}/{id}"

    def type_url(self):
        return self.url("catalogi", "zaaktypen", self.type_id)

    def status_url(self, name):
        return self.url("catalogi", "statustypen", self.status_ids[name])

    def result_url(self, name):
        return self.url("catalogi", "resultaattypen", self.result_ids[name])

    # --- what it holds, as it shows it
    def show_case(self, id):
        case = dict(self.zaken[id])
        mine = sorted((s for s in self.statussen.values() if s["zaak"] == case["url"]), key=lambda s: moment(s["datumStatusGezet"]))
        case["status"] = mine[-1]["url"] if mine else None
        case["resultaat"] = next((r["url"] for r in self.resultaten.values() if r["zaak"] == case["url"]), None)
        return case

    def own(self, url, table, name):
        prefix = {"zaken": "zaken", "catalogi": "catalogi"}
        for id, each in table.items():
            if each["url"] == url:
                return id
        raise Problem(400, "unknown-service" if not url.startswith(self.base) else "does-not-exist", name)

    # --- the calls
    def add_case(self, body):
        if body["zaaktype"] != self.type_url():
            raise Problem(400, "unknown-service", "zaaktype")
        if len(body.get("identificatie", "")) > 40:
            raise Problem(400, "max_length", "identificatie")
        for each in self.zaken.values():
            if each["identificatie"] == body["identificatie"] and each["bronorganisatie"] == body["bronorganisatie"]:
                raise Problem(400, "identificatie-niet-uniek", "identificatie", "Deze identificatie bestaat al.")
        id = str(uuid.uuid4())
        self.posted_cases += 1
        self.zaken[id] = {**body, "url": self.url("zaken", "zaken", id), "uuid": id, "einddatum": None, "status": None, "resultaat": None}
        self.notify("zaak", "create", self.zaken[id]["url"], self.zaken[id]["url"])
        return self.show_case(id)

    def add_role(self, body):
        self.own(body["zaak"], self.zaken, "zaak")
        initiator = body["roltype"] == self.url("catalogi", "roltypen", self.role_id)
        if initiator and any(r["zaak"] == body["zaak"] and r["omschrijvingGeneriek"] == "initiator" for r in self.rollen.values()):
            raise Problem(400, "max-occurences", "nonFieldErrors")
        id = str(uuid.uuid4())
        self.rollen[id] = {**body, "url": self.url("zaken", "rollen", id), "omschrijvingGeneriek": "initiator" if initiator else "belanghebbende"}
        self.notify("rol", "create", body["zaak"], self.rollen[id]["url"])
        return self.rollen[id]

    def add_status(self, body):
        case_id = self.own(body["zaak"], self.zaken, "zaak")
        name = next((n for n in self.status_ids if self.status_url(n) == body["statustype"]), None)
        if name is None:
            raise Problem(400, "unknown-service", "statustype")
        at = moment(body["datumStatusGezet"])
        if at > now():
            raise Problem(400, "date-in-future", "datumStatusGezet")
        if any(s["zaak"] == body["zaak"] and moment(s["datumStatusGezet"]) == at for s in self.statussen.values()):
            raise Problem(400, "unique", "nonFieldErrors")
        end = name == self.kinds["status"][-1][0]
        if end and not any(r["zaak"] == body["zaak"] for r in self.resultaten.values()):
            raise Problem(400, "resultaat-does-not-exist", "nonFieldErrors")
        id = str(uuid.uuid4())
        self.statussen[id] = {**body, "url": self.url("zaken", "statussen", id)}
        self.zaken[case_id]["einddatum"] = at.date().isoformat() if end else None
        self.notify("status", "create", body["zaak"], self.statussen[id]["url"])
        return self.statussen[id]

    def add_result(self, body):
        self.own(body["zaak"], self.zaken, "zaak")
        if not any(self.result_url(n) == body["resultaattype"] for n in self.result_ids):
            raise Problem(400, "unknown-service", "resultaattype")
        if any(r["zaak"] == body["zaak"] for r in self.resultaten.values()):
            raise Problem(400, "unique", "zaak")
        id = str(uuid.uuid4())
        self.resultaten[id] = {**body, "url": self.url("zaken", "resultaten", id)}
        self.notify("resultaat", "create", body["zaak"], self.resultaten[id]["url"])
        return self.resultaten[id]

    def listed(self, path, query):
        one = lambda name: query.get(name, [None])[0]
        if path.endswith("/zaken"):
            rows = [self.show_case(id) for id, z in self.zaken.items() if not z.get("hidden")]
            if one("identificatie"):
                rows = [z for z in rows if z["identificatie"] == one("identificatie")]
            if one("bronorganisatie"):
                rows = [z for z in rows if z["bronorganisatie"] == one("bronorganisatie")]
            if one("kenmerk__bron"):
                rows = [z for z in rows if any(k["bron"] == one("kenmerk__bron") for k in z.get("kenmerken", []))]
            if one("einddatum__isnull") == "true":
                rows = [z for z in rows if z["einddatum"] is None]
            return rows
        if path.endswith("/rollen"):
            return [r for r in self.rollen.values() if not one("zaak") or r["zaak"] == one("zaak")]
        if path.endswith("/zaaktypen"):
            versions = [("2019-01-01", "2022-12-31", False), ("2099-01-01", None, False), ("2024-06-01", None, True), ("2023-01-01", None, False), ("2022-06-01", "2023-01-01", False)]
            url = lambda n: self.type_url() if n == 3 else self.url("catalogi", "zaaktypen", f"00000000-0000-4000-8000-00000000000{n}")
            rows = [{"url": url(n), "identificatie": "HULP", "omschrijving": "Hulpvraag", "beginGeldigheid": begin, "eindeGeldigheid": end, "concept": draft} for n, (begin, end, draft) in enumerate(versions)]
            return rows if one("identificatie") in (None, "HULP") else []
        if one("zaaktype") not in (None, self.type_url()):
            return []
        last = self.kinds["status"][-1][0]
        if path.endswith("/statustypen"):
            return [{"url": self.status_url(n), "omschrijving": n, "volgnummer": v, "isEindstatus": n == last} for n, v in reversed(self.kinds["status"])]
        if path.endswith("/resultaattypen"):
            return [{"url": self.result_url(n), "omschrijving": n} for n in self.kinds["result"]]
        if path.endswith("/roltypen"):
            return [{"url": self.url("catalogi", "roltypen", self.other_role), "omschrijving": "Ander", "omschrijvingGeneriek": "belanghebbende"},
                    {"url": self.url("catalogi", "roltypen", self.role_id), "omschrijving": "Aanvrager", "omschrijvingGeneriek": "initiator"}]
        return None

    def single(self, path):
        collection, id = path.rsplit("/", 2)[1:]
        if collection == "zaken" and id in self.zaken:
            return self.show_case(id)
        for name, table in (("rollen", self.rollen), ("statussen", self.statussen), ("resultaten", self.resultaten)):
            if collection == name and id in table:
                return table[id]
        for name, number in self.kinds["status"]:
            if collection == "statustypen" and id == self.status_ids[name]:
                return {"url": self.status_url(name), "omschrijving": name}
        for name in self.kinds["result"]:
            if collection == "resultaattypen" and id == self.result_ids[name]:
                return {"url": self.result_url(name), "omschrijving": name}
        raise Problem(404, "not_found", detail="Niet gevonden.")

    # --- what an official does
    def case_of(self, number):
        return next((id for id, z in self.zaken.items() if z["identificatie"] == number), None)

    def set_status(self, number, name, at=None):
        with self.lock:
            id = self.case_of(number)
            taken = {s["datumStatusGezet"] for s in self.statussen.values()}
            at = at or now().isoformat()
            while at in taken:
                at = now().isoformat()
            return self.add_status({"zaak": self.zaken[id]["url"], "statustype": self.status_url(name), "datumStatusGezet": at})

    def set_result(self, number, name, words=""):
        with self.lock:
            return self.add_result({"zaak": self.zaken[self.case_of(number)]["url"], "resultaattype": self.result_url(name), "toelichting": words})

    # --- notifications: repeat our own writes too, have no content, are lost, doubled and out of order
    def notify(self, resource, action, main, url):
        source = next((z["bronorganisatie"] for z in self.zaken.values() if z["url"] == main), "")
        message = {"kanaal": "zaken", "hoofdObject": main, "resource": resource, "resourceUrl": url, "actie": action, "aanmaakdatum": now().isoformat(), "kenmerken": {"bronorganisatie": source}, "source": "test"}
        if self.chance.random() < self.mail["lost"]:
            return
        self.waiting += [message] * (2 if self.chance.random() < self.mail["twice"] else 1)
        if self.chance.random() < self.mail["shuffled"]:
            return  # stays until the next one
        batch, self.waiting = self.waiting, []
        self.chance.shuffle(batch)
        threading.Thread(target=self.deliver, args=(batch,), daemon=True).start()

    def deliver(self, batch):
        for message in batch:
            for each in list(self.subscriptions.values()):
                if all(message["kenmerken"].get(name) == value for channel in each["kanalen"] for name, value in channel.get("filters", {}).items()):
                    self.tell(each, message)

    def tell(self, subscription, message):
        """Any answer below 400 counts as delivered; what fails is dropped."""
        try:
            if self.chance.random() < self.mail.get("half", 0):  # a notification that breaks off
                place = urllib.parse.urlsplit(subscription["callbackUrl"])
                with socket.create_connection((place.hostname, place.port), timeout=5) as half:
                    half.sendall(f"POST {place.path} HTTP/1.1\r\nHost: x\r\nAuthorization: {subscription['auth']}\r\nContent-Length: 500\r\n\r\n{{\"kanaal\":\"za".encode())
            request = urllib.request.Request(subscription["callbackUrl"], json.dumps(message).encode(), {"Content-Type": "application/json", "Authorization": subscription["auth"]})
            with urllib.request.urlopen(request, timeout=5) as answer:
                self.heard.append(str(answer.headers).encode() + answer.read())
                self.told += 1
                return True
        except Exception:
            return False

    # --- abonnementen: the callback is tried before one is kept, with its token and without
    def subscribe(self, body, id=None):
        if not self.tell({**body, "kanalen": []}, {"kanaal": "test", "hoofdObject": self.base, "resource": "test", "resourceUrl": self.base, "actie": "test", "aanmaakdatum": now().isoformat(), "kenmerken": {}}):
            raise Problem(400, "invalid-callback-url", "callbackUrl")
        if self.tell({**body, "auth": "Bearer nobody", "kanalen": []}, {"kanaal": "test"}):
            raise Problem(400, "no-auth-on-callback-url", "callbackUrl")
        for channel in body["kanalen"]:
            if channel["naam"] != "zaken" or set(channel.get("filters", {})) - {"bronorganisatie", "zaaktype"}:
                raise Problem(400, "filter", "kanalen")
        id = id or str(uuid.uuid4())
        self.subscriptions[id] = {**body, "url": self.url("notificaties", "abonnement", id)}
        return self.subscriptions[id]


def part(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check_token(header):
    try:
        kind, token = header.split(" ")
        head, claims, signature = token.split(".")
        wanted = hmac.new(SECRET, f"{head}.{claims}".encode(), hashlib.sha256).digest()
        if kind != "Bearer" or json.loads(part(head))["alg"] != "HS256" or not hmac.compare_digest(wanted, part(signature)):
            raise Problem(403, "jwt-invalid-signature")
        claims = json.loads(part(claims))
    except Problem:
        raise
    except Exception:
        raise Problem(403, "not_authenticated")
    if claims["client_id"] != CLIENT or claims["iss"] != CLIENT:
        raise Problem(403, "permission_denied")
    if not -3600 < claims["iat"] - time.time() <= 0:
        raise Problem(403, "jwt-expired")


# Answers that are none: what was asked for is done all the same.
BROKEN = {"chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nx\r\n",
          "half": b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"url":"http',
          "noise": bytes(range(256)) * 4,
          "page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<h1>Onderhoud</h1>....."}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    system, shown = None, "good"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        data = b"" if status == 204 else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"always-the-same"')
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do(self, method):
        system = self.system
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with system.lock:
            system.requests.append(f"{method} {self.path}\n{self.headers}\n".encode() + body)
            roll = {name: system.chance.random() < chance for name, chance in system.faults.items()}
        if system.down or roll.get("drop") or self.shown != system.shown:
            self.close_connection = True
            self.connection.close()
            return
        if roll.get("slow"):
            time.sleep(system.chance.random() * 0.5)
        collection = urllib.parse.urlsplit(self.path).path.split("/api/v1/", 1)[-1].split("/")[0]
        if system.at:
            system.at("before", method, collection)
        try:
            if roll.get("before"):
                raise Problem(500, "error", detail="Er is een serverfout opgetreden.")
            if roll.get("busy"):
                return self.answer(503, {"code": "busy"}, [("Retry-After", "1")])
            check_token(self.headers.get("Authorization", ""))
            if self.headers.get("If-None-Match"):
                self.send_response(304)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, found = self.serve(method, body)
            if roll.get("after"):
                raise Problem(500, "error", detail="Er is een serverfout opgetreden.")  # and it is kept all the same
            if system.at:
                system.at("after", method, collection)
            for name, bytes in BROKEN.items():
                if roll.get(name):
                    self.wfile.write(bytes)
                    self.close_connection = True
                    return
            self.answer(status, found)
        except Problem as problem:
            params = [{"name": problem.name, "code": problem.code, "reason": problem.detail}] if problem.name else []
            code = "invalid" if params else problem.code
            self.answer(problem.status, {"type": "about:blank", "code": code, "title": "Fout", "status": problem.status, "detail": problem.detail, "invalidParams": params})
        except (BrokenPipeError, ConnectionResetError):
            pass

    def serve(self, method, body):
        system, split = self.system, urllib.parse.urlsplit(self.path)
        path, query = split.path.rstrip("/"), urllib.parse.parse_qs(split.query)
        with system.lock:
            if "/zaken/api/v1/zaken" in path:
                if self.headers.get("Accept-Crs") != "EPSG:4326":
                    raise Problem(412, "crs-missing")
                if method == "POST" and self.headers.get("Content-Crs") != "EPSG:4326":
                    raise Problem(412, "crs-missing")
            if "/notificaties/" in path:
                return self.notifications(method, path, body)
            if method == "GET":
                rows = system.listed(path, query)
                return (200, self.page(rows, int(query.get("page", ["1"])[0]))) if rows is not None else (200, system.single(path))
            posts = {"zaken": ("Zaak", system.add_case), "statussen": ("Status", system.add_status), "resultaten": ("Resultaat", system.add_result), "rollen": ("Rol", system.add_role)}
            name = path.rsplit("/", 1)[1]
            if method != "POST" or name not in posts:
                raise Problem(405, "method_not_allowed")
            message = json.loads(body)
            schema, act = posts[name]
            if name == "rollen":
                schema = "natuurlijk_persoon_Rol"
            system.violations += system.schemas.check(schema, message)
            return 201, act(message)

    def page(self, rows, number):
        size = 3
        if number > 1 and (number - 1) * size >= len(rows):
            raise Problem(404, "not_found", detail="Ongeldige pagina.")
        more = f"{self.system.base}{self.path.split('?')[0]}?page={number + 1}" if number * size < len(rows) else None
        return {"count": len(rows), "next": more, "previous": None, "results": rows[(number - 1) * size:number * size]}

    def notifications(self, method, path, body):
        system, id = self.system, path.rsplit("/", 1)[1]
        if path.endswith("/kanaal"):
            return 200, [{"url": "x", "naam": "zaken", "filters": ["bronorganisatie", "zaaktype"]}]
        if method == "GET" and id == "abonnement":
            return 200, list(system.subscriptions.values())
        if method == "DELETE" and id in system.subscriptions:
            return 204, system.subscriptions.pop(id) and None
        if method == "POST" or (method == "PUT" and id in system.subscriptions):
            message = json.loads(body)
            system.violations += system.notifying.check("Abonnement", message)
            return (201, system.subscribe(message)) if method == "POST" else (200, system.subscribe(message, id))
        raise Problem(404, "not_found")

    def do_GET(self):
        self.do("GET")

    def do_DELETE(self):
        self.do("DELETE")

    def do_POST(self):
        self.do("POST")

    def do_PUT(self):
        self.do("PUT")

    def do_PATCH(self):
        self.do("PATCH")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, address):
        """The certificate is the one shown when the connection begins; the handler closes it once another is."""
        system = self.RequestHandlerClass.system
        shown = system.shown
        if not system.certificates:
            return super().finish_request(request, address)
        with system.certificates[shown].wrap_socket(request, server_side=True) as secured:
            type("Shown", (self.RequestHandlerClass,), {"shown": shown})(secured, address, self)

    def handle_error(self, request, address):
        pass


def certificates(folder):
    """An authority (folder/ca.pem) and contexts with its certificates: good, expired, of another host; and one of nobody known."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("ca", "stranger"):
        openssl("req", "-x509", *key, "-keyout", name + ".key", "-out", name + ".pem", "-days", "30", "-subj", "/CN=" + name)
    with open(os.path.join(folder, "ca.conf"), "w") as file:
        file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n"
                   "[localhost]\nsubjectAltName=DNS:localhost\n[elsewhere]\nsubjectAltName=DNS:elsewhere.example\n")
    contexts = {}
    for name, signer, host, end in (("good", "ca", "localhost", "20491231000000Z"), ("expired", "ca", "localhost", "20200601000000Z"),
                                    ("elsewhere", "ca", "elsewhere", "20491231000000Z"), ("stranger", "stranger", "localhost", "20491231000000Z")):
        open(os.path.join(folder, "index"), "w").close()
        openssl("req", "-new", *key, "-keyout", name + "-server.key", "-out", name + ".csr", "-subj", "/CN=" + host)
        openssl("ca", "-batch", "-config", "ca.conf", "-cert", signer + ".pem", "-keyfile", signer + ".key", "-in", name + ".csr", "-out", name + "-server.pem",
                "-startdate", "20200101000000Z", "-enddate", end, "-extensions", host, "-notext")
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(os.path.join(folder, name + "-server.pem"), os.path.join(folder, name + "-server.key"))
    return contexts


def start(spec=None, seed=0, secured=None):
    """`secured`: a folder for certificates; then it speaks TLS."""
    system = System(spec, seed)
    if secured:
        system.certificates = certificates(secured)
    handler = type("Bound", (Handler,), {"system": system})
    server = Server(("127.0.0.1", 0), handler)
    system.base = (f"https://localhost:{server.server_address[1]}" if secured else f"http://127.0.0.1:{server.server_address[1]}") + "/open/gemeente"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return system


if __name__ == "__main__":
    running = start(*sys.argv[1:2])
    print(running.base, flush=True)
    threading.Event().wait()
