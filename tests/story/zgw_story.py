#!/usr/bin/env python3
"""Referrals to a municipal case system over real processes: zgw_story.py PROGRAM WHAT [ROUNDS [SEED]].

WHAT: `loop` (the walks, each a function below) or `random` (faults, kills, lost notifications). Prints what failed; exit 1 then.
"""
import base64, http.client, json, os, random, signal, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zgw_stand_in

PROGRAM, H = sys.argv[1], "https://w3id.org/panelbridge/fhir"
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "specs", "zgw", "zaken-1.7.0.yaml")
failures = []
CANARY = "KANARIE"            # stands in every field that nobody may get
NOT_TOWN = "NIETGEMEENTE"     # in what a practice may see and a municipality may not
NOT_PRACTICE = "NIETPRAKTIJK"  # and the other way round: what a municipality is asked, and what it decides


def check(holds, text):
    if not holds:
        failures.append(text)
        print("FAILED:", text, flush=True)


def soon(test, seconds=20.0):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if test():
                return True
        except (urllib.error.URLError, ConnectionError, KeyError, IndexError, TypeError):
            pass
        time.sleep(0.05)
    return bool(test())


class Practice:
    """Whom the practice's subscription tells; fails now and then. Keeps every byte."""

    def __init__(self, chance):
        self.requests, self.last, self.trouble, practice = [], {}, 0.0, self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                practice.requests.append(f"POST {self.path}\n{self.headers}\n".encode() + body)
                if chance.random() < practice.trouble:
                    self.close_connection = True
                    return self.connection.close()
                resource = json.loads(body) if body else {}
                if resource.get("resourceType") == "Task":
                    practice.last[resource["id"]] = resource
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        server = zgw_stand_in.Server(("127.0.0.1", 0), Handler)
        Handler.system = type("Plain", (), {"certificates": {}, "shown": "good"})
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()


class Server:
    def __init__(self, folder, system, practice=None, pulls=(), **changes):
        self.folder, self.process, self.port, self.patience = folder, None, 0, 0
        self.changing = threading.Lock()  # one kills or starts it at a time
        with open(os.path.join(folder, "secret"), "w") as file:
            file.write(zgw_stand_in.SECRET.decode() + "\n")
        with open(os.path.join(folder, "token"), "w") as file:
            file.write(zgw_stand_in.TOKEN)
        partner = {"id": "gemeente", "kind": "zgw", "organization": "Organization/gemeente", "zaken_url": system.base + "/zaken/api/v1",
                   "catalogi_url": system.base + "/catalogi/api/v1", "notificaties_url": system.base + "/notificaties/api/v1", "client_id": zgw_stand_in.CLIENT, "secret": {"file": os.path.join(folder, "secret")}, "rsin": "517439943",
                   "needs": {"*": {"zaaktype": "HULP"}}, "status": {"Ontvangen": "received", "In behandeling": "in-progress", "Opgeschort": "on-hold", "Afgehandeld": "completed"},
                   "result": {"Toegekend": {"status": "completed", "outcome": "granted"}, "Afgewezen": {"status": "rejected", "outcome": "refused"},
                              "Ingetrokken": {"status": "cancelled", "outcome": "withdrawn"}, "Niet van toepassing": {"status": "completed", "outcome": "none", "closes_need": False}},
                   "cancel_result": "Ingetrokken", "webhook_token": {"file": os.path.join(folder, "token")}, "interval_s": 1, "allow_private_address": True, **changes}
        partner = {name: value for name, value in partner.items() if value is not None}
        with open(os.path.join(folder, "config.json"), "w") as file:
            notifications = {"allow_private_address": True, "targets": [{"url": practice.url, "recipient": "practice"}]} if practice else {}
            json.dump({"partners": [partner, *pulls], "notifications": notifications, "log": {"requests": False}}, file)
        self.start()

    def without_partners(self):
        """As before anybody was configured; returns the configuration to put back."""
        name = os.path.join(self.folder, "config.json")
        whole = open(name).read()
        with open(name, "w") as file:
            json.dump({**json.loads(whole), "partners": []}, file)
        return whole

    def configure(self, text):
        with open(os.path.join(self.folder, "config.json"), "w") as file:
            file.write(text)

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        port = str(self.port)
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", os.path.join(self.folder, "data"), "--port", port, "--config", os.path.join(self.folder, "config.json"),
                                         "--today", time.strftime("%Y-%m-%d", time.gmtime())], stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode().split()
        assert line and line[0] == "ready", open(os.path.join(self.folder, "log")).read()[-2000:]
        self.url = line[1]
        self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def kill_and_start(self, later=False):
        """`later`: dead when this returns, started by another thread."""
        def start():
            try:
                self.start()
            finally:
                self.changing.release()

        self.changing.acquire()
        self.kill()
        threading.Thread(target=start).start() if later else start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def partners(self, *words):
        """What the operator's command says: exit code and text."""
        done = subprocess.run([PROGRAM, "partners", words[0], "--config", os.path.join(self.folder, "config.json"), "--data", os.path.join(self.folder, "data"), *words[1:]], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def call(self, method, path, body=None, headers=()):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path if path.startswith("/") else path, data, {"Content-Type": "application/fhir+json", **dict(headers)}, method=method)
        end = time.time() + self.patience  # where it may be killed, whoever calls asks again
        while True:
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    text = answer.read()
                    return answer.status, json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                text = error.read()
                try:
                    return error.code, json.loads(text)
                except ValueError:
                    return error.code, text.decode()
            except (OSError, http.client.HTTPException, ValueError):
                if time.time() > end:
                    raise
                time.sleep(0.02)

    def put(self, resource):
        status, body = self.call("PUT", f"/{resource['resourceType']}/{resource['id']}", resource)
        assert status in (200, 201), (status, body)
        return body

    def get(self, path):
        return self.call("GET", path)[1]

    def status(self):
        found = self.get("/$partner-status")
        return {part["name"]: part.get("valueDecimal", part.get("valueString", part.get("valueCode"))) for part in found["parameter"][0]["part"]}


class Ehr(Server):
    """Another of these servers, as a source: no partners of its own."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.folder, self.process, self.port, self.patience = folder, None, 0, 0
        self.configure('{"log": {"requests": false}}')
        self.start()


def bsn(number):
    digits = f"{number:08d}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    last = total % 11
    return digits + str(last) if last < 10 else bsn(number + 1)


def marked(word, *names):
    """{name: {"text"|"display": a marker}}: what a person may have written beside a code or a reference."""
    return {name.strip("[]"): [value] if name.startswith("[") else value for name in names for value in [{"text": f"{word}-{name.strip('[]')}"}]}


def seen_by_nobody(kind):
    """Elements that every resource may have: a narrative, an extension, something contained."""
    return {"text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{CANARY}-{kind}-verhaal</div>'},
            "extension": [{"url": "https://example.org/eigen", "valueString": f"{CANARY}-{kind}-uitbreiding"}],
            "contained": [{"resourceType": "Organization", "id": "binnen", "name": f"{CANARY}-{kind}-binnen"}], "language": "nl", "implicitRules": f"https://example.org/{CANARY}"}


def named(link, word=CANARY):
    return {"reference": link, "display": f"{word}-{link.split('/')[0]}"}


def people_of_all(server):
    server.put({"resourceType": "Organization", "id": "gemeente", "name": "Gemeente Voorbeeld", "alias": [CANARY + "-alias"], "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/oin", "value": "00000001"}]})
    server.put({"resourceType": "Practitioner", "id": "dokter", **seen_by_nobody("dokter"), "name": [{"family": "Dokter", "given": ["Ada"], "text": CANARY + "-naam", "suffix": [CANARY]}], "address": [{"text": CANARY + "-adres"}],
                "identifier": [{"system": "urn:big", "value": CANARY + "-big"}], "photo": [{"title": CANARY + "-foto"}], "qualification": [{"code": {"text": CANARY + "-diploma"}}],
                "telecom": [{"system": "phone", "value": "020-5550100", "use": "work"}, {"system": "phone", "value": CANARY + "-thuis", "use": "home"}, {"system": "phone", "value": CANARY + "-mobiel", "use": "mobile"},
                            {"system": "url", "value": "https://example.org/" + CANARY}]})


def person(server, id, number, need="105531004"):
    """A diabetic with an unfit house, debts and a household, and a marker in whatever must not leave."""
    people_of_all(server)
    server.put({"resourceType": "Patient", "id": id, **seen_by_nobody("persoon"), "birthDate": "1960-05-05", "gender": "female",
                "identifier": [{"system": BSN, "value": bsn(number), "type": {"text": CANARY + "-soort"}, "assigner": {"display": CANARY + "-uitgever"}}, {"system": "urn:mrn", "value": CANARY + "-mrn-" + id}],
                "name": [{"use": "nickname", "family": CANARY + "-bijnaam"}, {"family": "Jansen", "given": ["Anna"], "text": CANARY + "-naam", "suffix": [CANARY]}, {"use": "old", "family": CANARY + "-meisjesnaam"}],
                "telecom": [{"system": "phone", "value": CANARY + "-telefoon"}], "address": [{"line": [CANARY + "-straat"], "city": CANARY + "-stad", "text": CANARY}], "photo": [{"title": CANARY + "-foto"}],
                "maritalStatus": {"text": CANARY + "-staat"}, "communication": [{"language": {"text": CANARY + "-taal"}}], "contact": [{"name": {"text": CANARY + "-huisgenoot"}, "relationship": [{"text": CANARY}]}],
                "generalPractitioner": [named("Practitioner/dokter")], "managingOrganization": {"display": CANARY + "-beheerder"}})
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    for name, code in (("dm", "44054006"), ("huis", need), ("schuld", "454061000124102")):
        server.put({"resourceType": "Condition", "id": f"{name}-{id}", "clinicalStatus": active, "code": {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": CANARY + "-begrip"}], "text": f"{CANARY}-{name}"},
                    "subject": {"reference": "Patient/" + id}, "onsetDateTime": "2015-01-01", "note": [{"text": CANARY + "-conditie"}], **seen_by_nobody("conditie")})
    server.put({"resourceType": "MedicationRequest", "id": "m-" + id, "status": "active", "intent": "order", "subject": {"reference": "Patient/" + id}, "medicationCodeableConcept": {"text": CANARY + "-metformine"}})
    server.put({"resourceType": "Observation", "id": "o-" + id, "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}, "subject": {"reference": "Patient/" + id},
                "effectiveDateTime": "2026-01-01", "valueQuantity": {"value": 9.9, "code": "%", "system": "http://unitsofmeasure.org"}, "note": [{"text": CANARY + "-uitslag"}]})
    server.put({"resourceType": "RelatedPerson", "id": "r-" + id, "patient": {"reference": "Patient/" + id}, "name": [{"family": CANARY + "-partner"}]})


def gap(server, id):
    found = server.get(f"/Task?patient={id}&code={H}/CodeSystem/item%7Csupport-housing").get("entry", [])
    return found[0]["resource"] if found else None


def task(server, id):
    return server.get("/Task/" + id)


def refer(server, id, **more):
    """As a person does it: a decision about the gap."""
    assert soon(lambda: gap(server, id) is not None), "no social gap"
    parameters = [{"name": "decision", "valueCode": "approve"}, {"name": "by", "valueReference": {"reference": "Practitioner/dokter"}},
                  {"name": "referTo", "valueReference": {"reference": "Organization/gemeente"}}]
    status, bundle = server.call("POST", f"/Task/{gap(server, id)['id']}/$decide", {"resourceType": "Parameters", "parameter": parameters})
    assert status == 200, bundle
    return next(e["resource"]["id"] for e in bundle["entry"] if e["resource"]["intent"] == "order")


def decide(server, id, decision, *more):
    parameters = [{"name": "decision", "valueCode": decision}, {"name": "by", "valueReference": {"reference": "Practitioner/dokter"}}, *more]
    status, bundle = server.call("POST", f"/Task/{gap(server, id)['id']}/$decide", {"resourceType": "Parameters", "parameter": parameters})
    assert status == 200, (status, bundle)
    return [e["resource"] for e in bundle["entry"]]


def direct(server, id, patient, **more):
    """As another system does it: a Task of its own, with something in every element."""
    server.put({"resourceType": "ServiceRequest", "id": "s-" + id, "status": "active", "intent": "order", "subject": named("Patient/" + patient), "code": {"text": "Woning die past"}, **seen_by_nobody("order"),
                "category": [{"coding": [{"system": H + "/CodeSystem/need", "code": "housing", "display": CANARY + "-begrip"}], "text": CANARY + "-categorie"}], "reasonReference": [named("Condition/dm-" + patient)],
                "identifier": [{"system": "urn:order", "value": CANARY + "-ordernummer"}], "requisition": {"value": CANARY + "-aanvraag"}, "patientInstruction": CANARY + "-instructie", "supportingInfo": [named("Condition/schuld-" + patient)],
                "performer": [{"display": CANARY + "-uitvoerder"}], "requester": named("Practitioner/dokter"), "insurance": [{"display": CANARY + "-polis"}], "note": [{"text": CANARY + "-order"}],
                **marked(CANARY, "[reasonCode]", "[bodySite]", "[locationCode]", "performerType", "[orderDetail]")})
    body = {"resourceType": "Task", "id": id, "status": "requested", "intent": "order", "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}], "text": NOT_TOWN + "-werk"},
            **seen_by_nobody("taak"), "for": named("Patient/" + patient), "owner": named("Organization/gemeente"), "requester": named("Practitioner/dokter"), "focus": named("ServiceRequest/s-" + id),
            "authoredOn": "2026-01-05T10:00:00Z", "description": f"Graag een passende woning. {NOT_PRACTICE}", "note": [{"text": CANARY + "-notitie"}], "priority": "urgent",
            "identifier": [{"system": "urn:taak", "value": NOT_TOWN + "-nummer"}], "groupIdentifier": {"value": CANARY + "-groep"}, "relevantHistory": [{"display": CANARY + "-geschiedenis"}],
            "insurance": [{"display": CANARY + "-polis"}], "location": {"display": CANARY + "-plaats"}, "encounter": {"display": CANARY + "-contact"}, "reasonReference": named("Condition/dm-" + patient),
            "input": [{"type": {"text": CANARY + "-soort"}, "valueString": CANARY + "-invoer"}], **marked(CANARY, "reasonCode", "[performerType]", "statusReason"), **more}
    return server.call("PUT", "/Task/" + id, body)


def number_of(system, id):
    return next((z["identificatie"] for z in list(system.zaken.values()) if z["identificatie"] == "PB-" + id), None)


def full(system, number):
    """The case is complete: its person and a first status are there."""
    z = system.zaken[system.case_of(number)]
    return any(r["zaak"] == z["url"] for r in list(system.rollen.values())) and any(s["zaak"] == z["url"] for s in list(system.statussen.values()))


def claims_of(request):
    """What a token in the request says, as bytes: it is no secret to whoever gets it."""
    for word in request.split():
        if word.count(b".") == 2 and word.startswith(b"eyJ"):
            middle = word.split(b".")[1]
            return base64.urlsafe_b64decode(middle + b"=" * (-len(middle) % 4))
    return b""


def no_leaks(system, server, where, practice=None):
    left = system.requests + system.heard
    left += [claims_of(r) for r in system.requests]
    for words, channel, requests in ((("44054006", "454061000124102", "diabet", "Diabet", "metformin", CANARY, NOT_TOWN), "the case system", left),
                                     (("454061000124102", "Afhandeling", CANARY, NOT_PRACTICE), "the practice", practice.requests if practice else [])):
        for word in words:
            found = [r for r in requests if word.encode() in r]
            check(not found, f"{where}: {word} went to {channel}: {found[:1]}")
    lines = [r.split(b"\n", 1)[0] for r in system.requests]
    numbers = [z["value"].encode() for e in server.get("/Patient?_count=1000").get("entry", []) for z in e["resource"]["identifier"] if z["system"] == BSN]
    log = open(os.path.join(server.folder, "log"), "rb").read()
    for value in numbers:
        check(not any(value in line for line in lines), f"{where}: a BSN in a URL")
        check(value not in log, f"{where}: a BSN in the log")
    for word in (zgw_stand_in.SECRET, zgw_stand_in.TOKEN.encode(), CANARY.encode(), NOT_TOWN.encode(), NOT_PRACTICE.encode()):
        check(word not in log, f"{where}: {word} in the log")
    check(not system.violations, f"{where}: against the OpenAPI document: {sorted(set(system.violations))[:5]}")


# --- the walks ----------------------------------------------------------------------------------------------------------

def the_loop_closes(server, system):
    person(server, "p1", 10000001)
    id = refer(server, "p1")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "a referral becomes a case with its person and a status")
    number = "PB-" + id
    zaak = system.zaken[system.case_of(number)]
    role = next(r for r in system.rollen.values() if r["zaak"] == zaak["url"])
    check(role["betrokkeneIdentificatie"]["inpBsn"] == bsn(10000001), "the initiator is the person")
    check("huisvesting" in zaak["omschrijving"] and "020-5550100" in zaak["toelichting"], f"need and contact are told: {zaak['omschrijving']} {zaak['toelichting']}")
    check(soon(lambda: task(server, id)["status"] == "received"), "the Task is received")
    check(soon(lambda: gap(server, "p1")["status"] == "in-progress"), f"its gap is being worked on: {gap(server, 'p1')['status']}")
    system.set_status(number, "In behandeling")
    check(soon(lambda: task(server, id)["status"] == "in-progress"), "the Task is in progress")
    check(task(server, id)["businessStatus"]["text"] == "In behandeling", "with their words")
    system.set_result(number, "Toegekend", "Woning toegewezen.")
    time.sleep(0.3)
    check(task(server, id)["status"] == "in-progress", "a result alone does not end it")
    system.set_status(number, "Afgehandeld")
    check(soon(lambda: task(server, id)["status"] == "completed"), "the Task is completed")
    codes = [c["code"] for o in task(server, id)["output"] for c in o["valueCodeableConcept"]["coding"]]
    check(codes == ["need-closed", "granted"], f"with an outcome: {codes}")
    check(soon(lambda: gap(server, "p1")["status"] == "completed"), f"the social gap is closed: {gap(server, 'p1')['status']}")
    check(gap(server, "p1")["output"][0]["valueReference"]["reference"] == "Task/" + id, "by the referral")


def a_rejection_comes_back_with_its_reason(server, system):
    person(server, "p2", 10000101)
    id = refer(server, "p2")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "rejection: a case")
    check(soon(lambda: gap(server, "p2")["status"] == "in-progress"), "rejection: worked on")
    system.set_result("PB-" + id, "Afgewezen", "Geen urgentie.")
    system.set_status("PB-" + id, "Afgehandeld")
    check(soon(lambda: task(server, id)["status"] == "rejected"), "rejection: the Task")
    check("Geen urgentie" in task(server, id)["statusReason"]["text"], "rejection: with the reason")
    check(soon(lambda: gap(server, "p2")["status"] == "requested"), f"rejection: the gap is on the list again: {gap(server, 'p2')['status']}")
    check("Geen urgentie" in gap(server, "p2").get("statusReason", {}).get("text", ""), "rejection: the gap says why")
    again = refer(server, "p2")
    check(again != id and soon(lambda: number_of(system, again)), "rejection: referred anew, a second case")


def an_outcome_that_leaves_the_need_open_does_not_close_it(server, system):
    person(server, "p3", 10000201)
    id = refer(server, "p3")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "open need: a case")
    system.set_result("PB-" + id, "Niet van toepassing")
    system.set_status("PB-" + id, "Afgehandeld")
    check(soon(lambda: task(server, id)["status"] == "completed"), "open need: the Task is completed")
    check(soon(lambda: gap(server, "p3")["status"] == "requested"), f"open need: the gap is on the list again: {gap(server, 'p3')['status']}")


def a_cancelled_referral_ends_its_case(server, system):
    person(server, "p4", 10000301)
    status, body = direct(server, "d4", "p4", owner={"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/oin", "value": "00000001"}})
    check(status == 201, f"cancel: {body}")
    check(soon(lambda: number_of(system, "d4") and full(system, "PB-d4")), "cancel: an owner by identifier is found")
    check(soon(lambda: task(server, "d4")["status"] == "received"), "cancel: received")
    wrong = {**task(server, "d4"), "status": "completed"}
    status, body = server.call("PUT", "/Task/d4", wrong)
    check(status == 422 and "its owner accepted, rejected" in json.dumps(body), f"a wrong step says what is allowed: {status} {json.dumps(body)[:300]}")
    server.put({**task(server, "d4"), "status": "cancelled"})
    check(soon(lambda: system.zaken[system.case_of("PB-d4")]["einddatum"]), "cancel: the case has ended")
    check(any(r["resultaattype"] == system.result_url("Ingetrokken") for r in system.resultaten.values()), "cancel: with the result for it")
    check(task(server, "d4")["status"] == "cancelled", "cancel: the Task stays cancelled")


def a_started_one_is_stopped_by_an_abort_task(server, system):
    person(server, "p5", 10000401)
    direct(server, "d5", "p5")
    check(soon(lambda: number_of(system, "d5") and full(system, "PB-d5")), "abort: a case")
    system.set_status("PB-d5", "In behandeling")
    check(soon(lambda: task(server, "d5")["status"] == "in-progress"), "abort: in progress")
    status, body = server.call("PUT", "/Task/d5", {**task(server, "d5"), "status": "cancelled"})
    check(status == 422 or "abort" in json.dumps(body), f"abort: cancelling is refused: {status}")
    server.put({"resourceType": "Task", "id": "stop5", "status": "requested", "intent": "order", "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "abort"}]},
                "focus": {"reference": "Task/d5"}, "for": {"reference": "Patient/p5"}, "owner": {"reference": "Organization/gemeente"}})
    check(soon(lambda: task(server, "d5")["status"] == "cancelled"), f"abort: the referral is cancelled: {task(server, 'd5')['status']}")
    check(soon(lambda: task(server, "stop5")["status"] == "completed"), "abort: the asking Task is done")


def contact_prohibited_holds_it_back(server, system):
    person(server, "p6", 10000501)
    flag = H + "/StructureDefinition/contact-prohibited"
    patient = server.get("/Patient/p6")
    server.put({**patient, "extension": [{"url": flag, "valueBoolean": True}]})
    before = len(system.requests)
    direct(server, "d6", "p6")
    check(soon(lambda: task(server, "d6").get("businessStatus", {}).get("coding", [{}])[0].get("code") == "contact-prohibited"), "held: the Task says so")
    check(soon(lambda: server.status()["waiting"] == 0), "held: nothing waits")
    check(number_of(system, "d6") is None and bsn(10000501).encode() not in b"".join(system.requests[before:]), "held: nothing was sent")
    direct(server, "e6", "p6")
    server.put({"resourceType": "Task", "id": "stop6", "status": "requested", "intent": "order", "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "abort"}]},
                "focus": {"reference": "Task/e6"}, "for": {"reference": "Patient/p6"}, "owner": {"reference": "Organization/gemeente"}})
    check(soon(lambda: task(server, "e6")["status"] == "cancelled" and task(server, "stop6")["status"] == "completed"), "held: asked to stop, it is withdrawn")
    server.put(patient)
    check(soon(lambda: number_of(system, "d6")), "held: released, it goes")
    check(number_of(system, "e6") is None, "held: what was withdrawn does not go")


def a_release_of_one_referral_tells_the_flag(server, system):
    person(server, "p7", 10000601)
    flag = H + "/StructureDefinition/contact-prohibited"
    server.put({**server.get("/Patient/p7"), "extension": [{"url": flag, "valueBoolean": True}]})
    direct(server, "d7", "p7", extension=[{"url": flag, "valueBoolean": False}], description="lang " * 400)
    check(soon(lambda: number_of(system, "d7")), "release: a person's release of this one lets it go")
    text = system.zaken[system.case_of("PB-d7")]["toelichting"]
    check("geen contact" in text, "release: and tells that contact is prohibited")
    check(len(text) == 1000 and text.endswith("\u2026"), f"release: a long text is cut visibly: {len(text)}")


def notifications_come_from_who_is_known(server, system):
    base = server.url.rsplit("/", 1)[0] + "/partners/gemeente/notifications"
    message = {"kanaal": "zaken", "hoofdObject": system.base + "/zaken/api/v1/zaken/01234567-89ab-cdef-0123-456789abcdef", "resource": "zaak", "actie": "update"}
    good = {"Authorization": "Bearer " + zgw_stand_in.TOKEN}
    check(server.call("POST", base, message, good)[0] == 204, "webhook: a notification is taken")
    check(server.call("POST", base, {"kanaal": "test"}, good)[0] == 204, "webhook: a test message too")
    check(server.call("POST", base, message, {"Authorization": "Bearer wrong"})[0] == 403, "webhook: another sender is refused")
    check(server.call("POST", base, message)[0] == 401, "webhook: nobody is refused")
    check(server.call("POST", base, {"x": 1}, good)[0] == 400, "webhook: nonsense is refused")
    check(server.call("GET", base)[0] in (404, 405), "webhook: nothing to read there")


def a_reopened_case_reopens_its_task(server, system):
    person(server, "p8", 10000701)
    id = refer(server, "p8")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "reopen: a case")
    system.set_result("PB-" + id, "Toegekend")
    system.set_status("PB-" + id, "Afgehandeld")
    check(soon(lambda: task(server, id)["status"] == "completed"), "reopen: completed")
    system.set_status("PB-" + id, "In behandeling")
    check(soon(lambda: task(server, id)["status"] == "in-progress"), "reopen: in progress again")
    check(any("opened again" in n["text"] for n in task(server, id).get("note", [])), "reopen: and it is written down")


def without_a_bsn_it_says_so(server, system):
    person(server, "p9", 10000801)
    patient = server.get("/Patient/p9")
    server.put({**patient, "identifier": [{"system": "urn:mrn", "value": "nine"}]})
    direct(server, "d9", "p9")
    check(soon(lambda: "no BSN" in task(server, "d9").get("businessStatus", {}).get("text", "")), "no BSN: the Task says so")
    server.put(patient)
    check(soon(lambda: number_of(system, "d9")), "no BSN: known now, it goes")


def deciding_otherwise_takes_the_referral_back(server, system):
    """Before the start it is cancelled; after it the owner is asked to stop; their case ends with the result for it."""
    person(server, "p10", 10000901)
    id = refer(server, "p10")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "otherwise: a case")
    check(soon(lambda: task(server, id)["status"] == "received"), "otherwise: received")
    again = refer(server, "p10")
    check(again == id, f"otherwise: approved twice it is one referral: {again} {id}")
    came = decide(server, "p10", "decline", {"name": "reason", "valueString": CANARY + "-besluit"})
    check(any(r["id"] == id and r["status"] == "cancelled" for r in came), f"otherwise: not started, it is cancelled: {[(r['id'], r['status']) for r in came]}")
    check(soon(lambda: system.zaken[system.case_of("PB-" + id)]["einddatum"]), "otherwise: its case ends")
    url = system.zaken[system.case_of("PB-" + id)]["url"]
    check(any(r["zaak"] == url and r["resultaattype"] == system.result_url("Ingetrokken") for r in system.resultaten.values()), "otherwise: with the result for it")
    check(gap(server, "p10")["status"] == "rejected", "otherwise: the gap stays declined")

    person(server, "p11", 10001001)
    id = refer(server, "p11")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "otherwise, started: a case")
    system.set_status("PB-" + id, "In behandeling")
    check(soon(lambda: task(server, id)["status"] == "in-progress" and gap(server, "p11")["status"] == "in-progress"), "otherwise, started: in progress")
    came = decide(server, "p11", "defer", {"name": "until", "valueDate": "2099-01-01"})
    abort = next((r for r in came if r["code"].get("coding", [{}])[0].get("code") == "abort"), None)
    check(abort is not None and abort["focus"]["reference"] == "Task/" + id, f"otherwise, started: its owner is asked to stop: {[(r['id'], r['status']) for r in came]}")
    check(soon(lambda: task(server, id)["status"] == "cancelled"), f"otherwise, started: it is stopped: {task(server, id)['status']}")
    check(abort is not None and soon(lambda: task(server, abort["id"])["status"] == "completed"), "otherwise, started: the asking Task is done")
    check(soon(lambda: system.zaken[system.case_of("PB-" + id)]["einddatum"]), "otherwise, started: its case ends")
    check(gap(server, "p11")["status"] == "on-hold", f"otherwise, started: the gap stays deferred: {gap(server, 'p11')['status']}")


def writing_the_status_takes_the_referral_back_too(server, system):
    """As an EHR does it, that knows no $decide: the gap's status by PATCH before the start, by PUT after it."""
    person(server, "hand1", 10004201)
    id = refer(server, "hand1")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "by hand: a case")
    check(soon(lambda: task(server, id)["status"] == "received"), "by hand: received")
    status, answer = server.call("PATCH", "/Task/" + gap(server, "hand1")["id"], {"status": "rejected"}, {"Content-Type": "application/merge-patch+json"}.items())
    check(status == 200, f"by hand: the gap is rejected: {answer}")
    check(soon(lambda: system.zaken[system.case_of("PB-" + id)]["einddatum"]), "by hand: its case ends")
    check(soon(lambda: task(server, id)["status"] == "cancelled"), "by hand: the referral is cancelled")

    person(server, "hand2", 10004301)
    id = refer(server, "hand2")
    check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "by hand, started: a case")
    system.set_status("PB-" + id, "In behandeling")
    check(soon(lambda: task(server, id)["status"] == "in-progress" and gap(server, "hand2")["status"] == "in-progress"), "by hand, started: in progress")
    server.put({**gap(server, "hand2"), "status": "on-hold"})
    check(soon(lambda: system.zaken[system.case_of("PB-" + id)]["einddatum"]), "by hand, started: its case ends")
    check(soon(lambda: task(server, "abort-" + id)["status"] == "completed"), "by hand, started: the asking Task is done")
    check(gap(server, "hand2")["status"] == "on-hold", "by hand, started: the gap stays on hold")


def what_was_referred_before_the_partner_was_configured_goes(server, system):
    """Also where the owner is only an identifier, and where its organization came later."""
    by_identifier = lambda value: {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/oin", "value": value}}
    whole = server.without_partners()
    server.stop()
    server.start()
    status, found = server.call("GET", "/$partner-status")
    check(status == 200 and found == {"resourceType": "Parameters"}, f"before: no partners is an empty answer: {status} {found}")
    person(server, "p12", 10001101)
    direct(server, "d12", "p12")
    direct(server, "e12", "p12", owner=by_identifier("00000001"))
    direct(server, "f12", "p12", owner=by_identifier("00000002"))
    direct(server, "g12", "p12")
    server.put({**task(server, "g12"), "status": "cancelled"})
    server.stop()
    server.configure(whole)
    server.start()
    for id in ("d12", "e12"):
        check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), f"before: {id} is sent")
    check(number_of(system, "f12") is None, "before: what is somebody else's is not")
    organization = server.get("/Organization/gemeente")
    server.put({**organization, "identifier": organization["identifier"] + [{"system": "http://fhir.nl/fhir/NamingSystem/oin", "value": "00000002"}]})
    check(soon(lambda: number_of(system, "f12") and full(system, "PB-f12")), "before: its identifier known, it is")
    check(number_of(system, "g12") is None, "before: what had ended stays unsent")


def it_subscribes_at_their_notifications_service(server, system):
    """By its callback URL, once; put right when it is not; made again when it is gone; kept when it is somebody else's."""
    mine = lambda: [a for a in list(system.subscriptions.values()) if a["callbackUrl"] == server.url.rsplit("/", 1)[0] + "/partners/gemeente/notifications"]
    check(soon(lambda: len(mine()) == 1), f"subscription: one is made: {server.status()}")
    check(mine()[0]["auth"] == "Bearer " + zgw_stand_in.TOKEN and mine()[0]["kanalen"] == [{"naam": "zaken", "filters": {"bronorganisatie": "517439943"}}], f"subscription: for our cases, with the token: {mine()}")
    others = {**mine()[0], "callbackUrl": "https://elders.example/hook", "url": system.url("notificaties", "abonnement", "11111111-1111-1111-1111-111111111111")}
    system.subscriptions["11111111-1111-1111-1111-111111111111"] = others
    url = mine()[0]["url"]
    system.subscriptions[url.rsplit("/", 1)[1]]["auth"] = "Bearer oud"
    server.kill_and_start()
    check(soon(lambda: len(mine()) == 1 and mine()[0]["auth"] == "Bearer " + zgw_stand_in.TOKEN and mine()[0]["url"] == url), f"subscription: an old token is replaced: {mine()}")
    del system.subscriptions[url.rsplit("/", 1)[1]]
    server.kill_and_start()
    check(soon(lambda: len(mine()) == 1), "subscription: gone, it is made again")
    check(others in system.subscriptions.values(), "subscription: what is another's is left alone")
    code, text = server.partners("test")
    check(code == 0 and "answers, and tells" in text, f"subscription: partners test says so: {code} {text}")
    del system.subscriptions["11111111-1111-1111-1111-111111111111"]


def killed_at_any_step_it_goes_on_where_it_was(server, system):
    """Between the commit here and the delivery, between the delivery and its acknowledgement."""
    person(server, "p13", 10001201)
    for number, point in enumerate((("before", "POST", "zaken"), ("after", "POST", "zaken"), ("after", "POST", "rollen"), ("after", "POST", "statussen"))):
        id, killed = f"k{number}", []

        def at(when, method, collection):
            if (when, method, collection) == point and not killed:
                killed.append(point)
                server.kill_and_start(later=True)

        system.at, server.patience = at, 20
        direct(server, id, "p13")
        check(soon(lambda: number_of(system, id) and full(system, "PB-" + id) and task(server, id)["status"] == "received"), f"killed {point}: it arrives")
        check(killed == [point], f"killed {point}: it was")
        system.at, server.patience = None, 0
        with server.changing:
            pass
        url = system.zaken[system.case_of("PB-" + id)]["url"]
        for name, table in (("case", [z for z in system.zaken.values() if z["identificatie"] == "PB-" + id]), ("person", [r for r in system.rollen.values() if r["zaak"] == url]),
                            ("status", [s for s in system.statussen.values() if s["zaak"] == url])):
            check(len(table) == 1, f"killed {point}: one {name}: {len(table)}")


def while_their_side_is_down_the_operator_is_told_in_words(server, system):
    system.down = True
    check(soon(lambda: server.status()["state"] == "failing"), f"down: the status says so: {server.status()}")
    code, text = server.partners("list")
    check(code == 0 and text.startswith("gemeente  zgw  failing") and "last failure" in text, f"down: partners list too: {text}")
    code, text = server.partners("test")
    check(code == 1 and "NOT" in text and "catalogi_url: " in text, f"down: partners test says what does not work: {text}")
    system.down = False
    check(soon(lambda: server.status()["state"] == "working", 40), f"down: and when it works again: {server.status()}")


WALKS = [it_subscribes_at_their_notifications_service, what_was_referred_before_the_partner_was_configured_goes, the_loop_closes, deciding_otherwise_takes_the_referral_back, writing_the_status_takes_the_referral_back_too, a_rejection_comes_back_with_its_reason, an_outcome_that_leaves_the_need_open_does_not_close_it, a_cancelled_referral_ends_its_case,
         a_started_one_is_stopped_by_an_abort_task, contact_prohibited_holds_it_back, a_release_of_one_referral_tells_the_flag, notifications_come_from_who_is_known,
         a_reopened_case_reopens_its_task, without_a_bsn_it_says_so, killed_at_any_step_it_goes_on_where_it_was, while_their_side_is_down_the_operator_is_told_in_words]


def loop(folder):
    system = zgw_stand_in.start(SPEC)
    server = Server(folder, system)
    try:
        for walk in WALKS:
            begun = time.time()
            try:
                walk(server, system)
            except Exception as error:
                check(False, f"{walk.__name__}: {type(error).__name__} {error}")
            print(f"{walk.__name__}: {time.time() - begun:.1f} s", flush=True)
        check(soon(lambda: server.status()["waiting"] == 0 and server.status()["dead"] == 0), f"the outbox is empty: {server.status()}")
        no_leaks(system, server, "walks")
    finally:
        server.stop()


def the_whole_road(folder):
    """An EHR, this server, a case system: a diabetic with an unfit house is pulled in, appears in two panels, gets one referral; the case
    moves and ends; the loop closes; the practice sees status and outcome, the municipality never saw the diabetes."""
    ehr, system, practice = Ehr(folder + "-ehr"), zgw_stand_in.start(SPEC), Practice(random.Random(1))
    os.makedirs(folder)
    server = None
    try:
        person(ehr, "anna", 30000001)
        server = Server(folder, system, practice, [{"id": "ehr", "kind": "fhir", "base_url": ehr.url, "types": ["Practitioner", "Patient", "Condition", "Observation", "MedicationRequest", "RelatedPerson"],
                                                    "interval_s": 1, "allow_private_address": True}])
        people_of_all(server)
        server.put({"resourceType": "Subscription", "id": "praktijk", "status": "requested", "reason": "story", "criteria": "Task?owner=Organization/gemeente",
                    "channel": {"type": "rest-hook", "endpoint": practice.url + "/hook", "payload": "application/fhir+json"}})
        found = lambda: server.get(f"/Patient?identifier={BSN}%7C{bsn(30000001)}").get("entry", [])
        check(soon(lambda: len(found()) == 1), "road: she is pulled in")
        anna = found()[0]["resource"]["id"]
        check(anna != "anna" and server.call("PUT", "/Patient/" + anna, {"resourceType": "Patient", "id": anna})[0] == 403, "road: she belongs to her source")
        panels = lambda: {c["code"] for e in server.get("/Group?member=Patient/" + anna).get("entry", []) for c in e["resource"]["code"]["coding"]}
        check(soon(lambda: {"diabetes", "social-needs-open"} <= panels()), f"road: she is in two panels: {panels()}")
        id = refer(server, anna)
        check(refer(server, anna) == id, "road: asked twice it is one referral")
        check(soon(lambda: number_of(system, id) and full(system, "PB-" + id)), "road: a case with its person")
        system.set_status("PB-" + id, "In behandeling")
        check(soon(lambda: practice.last.get(id, {}).get("status") == "in-progress"), "road: the practice sees how it goes")
        system.set_result("PB-" + id, "Toegekend", NOT_PRACTICE + " beschikking")
        system.set_status("PB-" + id, "Afgehandeld")
        check(soon(lambda: gap(server, anna)["status"] == "completed"), "road: the loop closes")
        check(soon(lambda: practice.last.get(id, {}).get("status") == "completed"), "road: the practice sees the end")
        codes = [c["code"] for o in practice.last[id].get("output", []) for c in o.get("valueCodeableConcept", {}).get("coding", [])]
        check(codes == ["need-closed"], f"road: and its outcome's kind alone: {codes}")
        check(len(system.zaken) == 1, f"road: one case: {len(system.zaken)}")
        for word in (b"44054006", b"iabetes", b"4548-4", b"metformine", b"454061000124102"):
            check(not any(word in request for request in system.requests), f"road: the municipality never sees {word.decode()}")
        no_leaks(system, server, "road", practice)
    finally:
        for each in (server, ehr):
            if each is not None:
                each.stop()


# --- chance -------------------------------------------------------------------------------------------------------------

ENDS = {"Toegekend": "completed", "Afgewezen": "rejected", "Niet van toepassing": "completed"}
POINTS = [(when, method, collection) for when in ("before", "after") for method, collection in
          (("POST", "zaken"), ("POST", "rollen"), ("POST", "statussen"), ("POST", "resultaten"), ("GET", "zaken"), ("GET", "rollen"), ("GET", "statussen"), ("GET", "zaaktypen"))]


class Round:
    """Some referrals, faults and kills all the while; then quiet, and everything must be right."""

    def __init__(self, server, system, practice, chance, number):
        self.server, self.system, self.practice, self.chance, self.number = server, system, practice, chance, number
        self.wanted, self.stops, self.killed = {}, {}, []

    def check(self, holds, text):
        check(holds, f"round {self.number}: {text}")

    def trouble(self):
        some = lambda most: self.chance.random() * most
        self.system.faults = {"before": some(0.12), "after": some(0.12), "drop": some(0.06), "slow": some(0.1), "busy": some(0.03), "chunk": some(0.03), "half": some(0.05), "noise": some(0.03), "page": some(0.03)}
        self.system.mail = {"lost": some(0.6), "twice": some(0.5), "shuffled": some(0.5), "half": some(0.2)}
        self.practice.trouble = some(0.2)
        points = self.chance.sample(POINTS, self.chance.choice((0, 1, 1, 2)))

        def at(when, method, collection):
            with self.system.lock:
                if (when, method, collection) not in points:
                    return
                points.remove((when, method, collection))
            self.killed.append(f"{when} {method} {collection}")
            self.server.kill_and_start(later=True)

        self.system.at = at

    def quiet(self):
        self.system.at, self.system.faults, self.system.shown, self.system.down, self.practice.trouble = None, {}, "good", False, 0.0
        with self.server.changing:
            pass  # whoever starts it has started it

    def refer(self):
        for i in range(3):
            id = f"r{self.number}-{i}"
            status, body = direct(self.server, id, f"c{i}")
            self.check(status in (200, 201) or task(self.server, id)["status"] != "requested", f"{id} is taken: {status} {body}")  # asked twice, its owner may have moved it
            self.wanted[id] = None
            if self.chance.random() < 0.1:
                self.server.kill_and_start()  # between the commit here and anything sent

    def disturb(self):
        for _ in range(self.chance.randint(0, 2)):
            time.sleep(self.chance.random() * 0.3)
            what = self.chance.choice(("kill", "down", "expired", "elsewhere", "stranger"))
            if what == "kill":
                self.server.kill_and_start()
            elif what == "down":
                self.system.down = True
                time.sleep(self.chance.random() * 0.5)
                self.system.down = False
            else:
                self.system.shown = what  # a certificate that must not be trusted
                before = len(self.system.requests)
                time.sleep(0.2 + self.chance.random() * 0.5)
                self.check(not any(CLIENT_LINE in r for r in self.system.requests[before + IN_FLIGHT:]), f"nothing is sent to who shows a certificate that is {what}")
                self.system.shown = "good"

    def act(self, id):
        """What requester and official do about one; its end."""
        number, system, server, chance = "PB-" + id, self.system, self.server, self.chance
        self.check(soon(lambda: number_of(system, id) is not None, 90), f"{id} arrived: {server.status()}")
        if chance.random() < 0.2:
            current = task(server, id)
            if current["status"] in ("requested", "received", "accepted"):
                status, _ = server.call("PUT", "/Task/" + id, {**current, "status": "cancelled"}, {"If-Match": f'W/"{current["meta"]["versionId"]}"'})
                if status == 200 or task(server, id)["status"] == "cancelled":  # killed after it was taken, the second asking is stale
                    return "cancelled"
        if not soon(lambda: full(system, number), 90):
            self.check(False, f"{id}: the case is complete: {server.status()}")
            return "cancelled"
        if chance.random() < 0.7:
            system.set_status(number, "In behandeling")
            if chance.random() < 0.3:
                system.set_status(number, "Opgeschort")
            if chance.random() < 0.25 and soon(lambda: task(server, id)["status"] in ("in-progress", "on-hold"), 90):
                server.put({"resourceType": "Task", "id": "stop-" + id, "status": "requested", "intent": "order", "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "abort"}]},
                            "focus": {"reference": "Task/" + id}, "for": {"reference": "Patient/c0"}, "owner": {"reference": "Organization/gemeente"}, "description": CANARY + "-reden"})
                self.stops["stop-" + id] = "completed"
                return "cancelled"
        result = chance.choice(sorted(ENDS))
        system.set_result(number, result, NOT_PRACTICE + " beschikking")
        system.set_status(number, "Afgehandeld")
        if chance.random() < 0.1:  # an end that is taken back, and comes after all
            system.set_status(number, "In behandeling")
            soon(lambda: task(server, id)["status"] == "in-progress", chance.random() * 2)
            system.set_status(number, "Afgehandeld")
        return ENDS[result]

    def settle(self):
        server, system = self.server, self.system
        for id, status in self.wanted.items():
            self.check(soon(lambda: task(server, id)["status"] == status, 90), f"{id} ends as {status}: {task(server, id)['status']}")
            numbers = [z["url"] for z in list(system.zaken.values()) if z["identificatie"] == "PB-" + id]
            self.check(len(numbers) == 1, f"{id} is one case: {len(numbers)}")
            url = numbers[0] if numbers else ""
            self.check(soon(lambda: system.zaken[system.case_of("PB-" + id)]["einddatum"], 90), f"{id}: the case has ended")
            self.check(soon(lambda: len([r for r in list(system.rollen.values()) if r["zaak"] == url]) == 1, 60), f"{id} has one person")
            first = [s for s in list(system.statussen.values()) if s["zaak"] == url and s["statustype"] == system.status_url("Ontvangen")]
            self.check(len(first) == 1, f"{id} was received once: {len(first)}")
            self.check(soon(lambda: self.practice.last.get(id, {}).get("status") == status, 90), f"{id}: the practice knows that it is {status}: {self.practice.last.get(id)}")
        for id, status in self.stops.items():
            self.check(soon(lambda: task(server, id)["status"] == status, 90), f"{id} is {status}: {task(server, id)['status']}")
        self.check(soon(lambda: server.status()["waiting"] == 0, 90), f"the outbox empties: {server.status()}")
        self.check(server.status()["dead"] == 0, f"nothing is parked: {server.status()}")

    def run(self):
        self.trouble()
        self.refer()
        self.disturb()
        for id in self.wanted:
            self.wanted[id] = self.act(id)
        if self.chance.random() < 0.5:
            self.server.kill_and_start()
        self.quiet()
        self.settle()


CLIENT_LINE, IN_FLIGHT = b"Authorization", 8  # calls of the connections that were open when the certificate changed


def at_random(folder, rounds, seed):
    os.makedirs(folder)
    system, chance = zgw_stand_in.start(SPEC, seed, folder), random.Random(seed)
    practice = Practice(random.Random(seed + 1))
    server = Server(folder, system, practice, ca_file=os.path.join(folder, "ca.pem"))
    server.patience = 30
    killed = []
    try:
        for i in range(3):
            person(server, f"c{i}", 20000000 + 100 * i)
        server.put({"resourceType": "Subscription", "id": "praktijk", "status": "requested", "reason": "story", "criteria": "Task?owner=Organization/gemeente",
                    "channel": {"type": "rest-hook", "endpoint": practice.url + "/hook", "payload": "application/fhir+json"}})
        check(soon(lambda: server.get("/Subscription/praktijk")["status"] == "active"), "the practice is told")
        for number in rounds:
            begun, round = time.time(), Round(server, system, practice, chance, number)
            round.run()
            killed += round.killed
            print(f"round {number}: {time.time() - begun:.1f} s {' '.join(round.killed)}", flush=True)
            if failures:
                print(f"seed {seed}, round {number}", flush=True)
                break
        no_leaks(system, server, "random", practice)
        deaths = server.status()["workerDeaths"]
        return len(system.zaken), len(system.requests), len(practice.requests), len(killed), deaths
    finally:
        server.patience = 0
        with server.changing:
            server.stop()


def beside_each_other(folder, rounds, seed):
    """Four servers, each with its own case system and practice: most of a round is waiting."""
    done, sides = [], 4

    def side(number):
        try:
            done.append(at_random(os.path.join(folder, str(number)), range(number, rounds, sides), seed + number))
        except Exception as error:
            check(False, f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=side, args=(number,)) for number in range(sides)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    cases, requests, told, killed, _ = (sum(each) for each in zip(*done)) if done else (0,) * 5
    print(f"{rounds} rounds, {cases} cases, {requests} requests to case systems, {told} to practices, {killed} kills within a call, {len(failures)} failures", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="panelbridge-zgw-") as place:
        try:
            if sys.argv[2] == "loop":
                loop(place)
                begun = time.time()
                the_whole_road(os.path.join(place, "road"))
                print(f"the_whole_road: {time.time() - begun:.1f} s", flush=True)
            else:
                beside_each_other(place, int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
        except Exception as error:
            check(False, f"{type(error).__name__}: {error}")
        if failures:
            for folder, _, files in os.walk(place):
                if "log" in files:
                    print(open(os.path.join(folder, "log")).read()[-4000:])
    sys.exit(1 if failures else 0)
