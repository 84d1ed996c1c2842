#!/usr/bin/env python3
"""Referrals to a municipal case system over real processes: zgw_story.py PROGRAM WHAT [ROUNDS [SEED]].

WHAT: `loop` (the walks, each a function below) or `random` (faults, kills, lost notifications). Prints what failed; exit 1 then.
"""
import json, os, random, signal, subprocess, sys, tempfile, time, urllib.error, urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zgw_stand_in

PROGRAM, H = sys.argv[1], "https://w3id.org/panelbridge/fhir"
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "specs", "zgw", "zaken-1.7.0.yaml")
failures = []
CANARY = "KANARIE"


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


class Server:
    def __init__(self, folder, system, **changes):
        self.folder, self.process, self.port = folder, None, 0
        with open(os.path.join(folder, "secret"), "w") as file:
            file.write(zgw_stand_in.SECRET.decode() + "\n")
        with open(os.path.join(folder, "token"), "w") as file:
            file.write(zgw_stand_in.TOKEN)
        partner = {"id": "gemeente", "kind": "zgw", "organization": "Organization/gemeente", "zaken_url": system.base + "/zaken/api/v1",
                   "catalogi_url": system.base + "/catalogi/api/v1", "client_id": zgw_stand_in.CLIENT, "secret": {"file": os.path.join(folder, "secret")}, "rsin": "517439943",
                   "needs": {"*": {"zaaktype": "HULP"}}, "status": {"Ontvangen": "received", "In behandeling": "in-progress", "Opgeschort": "on-hold", "Afgehandeld": "completed"},
                   "result": {"Toegekend": {"status": "completed", "outcome": "granted"}, "Afgewezen": {"status": "rejected", "outcome": "refused"},
                              "Ingetrokken": {"status": "cancelled", "outcome": "withdrawn"}, "Niet van toepassing": {"status": "completed", "outcome": "none", "closes_need": False}},
                   "cancel_result": "Ingetrokken", "webhook_token": {"file": os.path.join(folder, "token")}, "interval_s": 1, "allow_private_address": True, **changes}
        partner = {name: value for name, value in partner.items() if value is not None}
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump({"partners": [partner], "log": {"requests": False}}, file)
        self.start()

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

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def call(self, method, path, body=None, headers=()):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path if path.startswith("/") else path, data, {"Content-Type": "application/fhir+json", **dict(headers)}, method=method)
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

    def put(self, resource):
        status, body = self.call("PUT", f"/{resource['resourceType']}/{resource['id']}", resource)
        assert status in (200, 201), (status, body)
        return body

    def get(self, path):
        return self.call("GET", path)[1]

    def status(self):
        found = self.get("/$partner-status")
        return {part["name"]: part.get("valueDecimal", part.get("valueString", part.get("valueCode"))) for part in found["parameter"][0]["part"]}


def bsn(number):
    digits = f"{number:08d}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    last = total % 11
    return digits + str(last) if last < 10 else bsn(number + 1)


def person(server, id, number, need="105531004"):
    """A diabetic with an unfit house, and a marker in whatever must not leave."""
    server.put({"resourceType": "Organization", "id": "gemeente", "name": "Gemeente Voorbeeld", "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/oin", "value": "00000001"}]})
    server.put({"resourceType": "Practitioner", "id": "dokter", "name": [{"family": "Dokter", "given": ["Ada"]}], "telecom": [{"system": "phone", "value": "020-5550100", "use": "work"}, {"system": "phone", "value": CANARY + "-thuis", "use": "home"}]})
    server.put({"resourceType": "Patient", "id": id, "identifier": [{"system": BSN, "value": bsn(number)}, {"system": "urn:mrn", "value": CANARY + "-mrn-" + id}], "birthDate": "1960-05-05", "gender": "female",
                "name": [{"family": "Jansen", "given": ["Anna"]}], "telecom": [{"system": "phone", "value": CANARY + "-telefoon"}], "address": [{"line": [CANARY + "-straat"]}],
                "contact": [{"name": {"text": CANARY + "-huisgenoot"}}], "generalPractitioner": [{"reference": "Practitioner/dokter"}]})
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    for name, code in (("dm", "44054006"), ("huis", need)):
        server.put({"resourceType": "Condition", "id": f"{name}-{id}", "clinicalStatus": active, "code": {"coding": [{"system": "http://snomed.info/sct", "code": code}], "text": f"{CANARY}-{name}"},
                    "subject": {"reference": "Patient/" + id}, "onsetDateTime": "2015-01-01", "note": [{"text": CANARY + "-conditie"}]})
    server.put({"resourceType": "MedicationRequest", "id": "m-" + id, "status": "active", "intent": "order", "subject": {"reference": "Patient/" + id}, "medicationCodeableConcept": {"text": CANARY + "-metformine"}})
    server.put({"resourceType": "Observation", "id": "o-" + id, "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}, "subject": {"reference": "Patient/" + id},
                "effectiveDateTime": "2026-01-01", "valueQuantity": {"value": 9.9, "code": "%", "system": "http://unitsofmeasure.org"}, "note": [{"text": CANARY + "-uitslag"}]})


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


def direct(server, id, patient, **more):
    """As another system does it: a Task of its own."""
    server.put({"resourceType": "ServiceRequest", "id": "s-" + id, "status": "active", "intent": "order", "subject": {"reference": "Patient/" + patient}, "code": {"text": "Woning die past"},
                "category": [{"coding": [{"system": H + "/CodeSystem/need", "code": "housing"}], "text": CANARY + "-categorie"}], "reasonReference": [{"reference": "Condition/dm-" + patient}],
                "note": [{"text": CANARY + "-order"}], "reasonCode": [{"text": CANARY + "-medisch"}]})
    body = {"resourceType": "Task", "id": id, "status": "requested", "intent": "order", "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
            "for": {"reference": "Patient/" + patient}, "owner": {"reference": "Organization/gemeente"}, "requester": {"reference": "Practitioner/dokter"}, "focus": {"reference": "ServiceRequest/s-" + id},
            "authoredOn": "2026-01-05T10:00:00Z", "description": "Graag een passende woning.", "note": [{"text": CANARY + "-notitie"}], "priority": "urgent", **more}
    return server.call("PUT", "/Task/" + id, body)


def number_of(system, id):
    return next((z["identificatie"] for z in list(system.zaken.values()) if z["identificatie"] == "PB-" + id), None)


def full(system, number):
    """The case is complete: its person and a first status are there."""
    z = system.zaken[system.case_of(number)]
    return any(r["zaak"] == z["url"] for r in list(system.rollen.values())) and any(s["zaak"] == z["url"] for s in list(system.statussen.values()))


def no_leaks(system, server, where):
    seen = b"\n".join(system.requests)
    check(CANARY.encode() not in seen, f"{where}: a marker left: {[r for r in system.requests if CANARY.encode() in r][:1]}")
    for word in (b"44054006", b"diabet", b"Diabet", b"metformin"):
        check(word not in seen, f"{where}: {word} left")
    lines = [r.split(b"\n", 1)[0] for r in system.requests]
    numbers = [z["value"].encode() for e in server.get("/Patient?_count=1000").get("entry", []) for z in e["resource"]["identifier"] if z["system"] == BSN]
    log = open(os.path.join(server.folder, "log"), "rb").read()
    for value in numbers:
        check(not any(value in line for line in lines), f"{where}: a BSN in a URL")
        check(value not in log, f"{where}: a BSN in the log")
    check(zgw_stand_in.SECRET not in log and zgw_stand_in.TOKEN.encode() not in log, f"{where}: a secret in the log")
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


WALKS = [the_loop_closes, a_rejection_comes_back_with_its_reason, an_outcome_that_leaves_the_need_open_does_not_close_it, a_cancelled_referral_ends_its_case,
         a_started_one_is_stopped_by_an_abort_task, contact_prohibited_holds_it_back, a_release_of_one_referral_tells_the_flag, notifications_come_from_who_is_known,
         a_reopened_case_reopens_its_task, without_a_bsn_it_says_so]


def loop(folder):
    system = zgw_stand_in.start(SPEC)
    server = Server(folder, system)
    system.hook = server.url.rsplit("/", 1)[0] + "/partners/gemeente/notifications"
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


# --- chance -------------------------------------------------------------------------------------------------------------

ENDS = {"Toegekend": "completed", "Afgewezen": "rejected", "Niet van toepassing": "completed"}


def chance_round(server, system, chance, number):
    """Some referrals, faults all the while, a kill or two; then quiet, and everything must be right."""
    system.faults = {"before": chance.random() * 0.15, "after": chance.random() * 0.15, "drop": chance.random() * 0.1, "slow": chance.random() * 0.1, "busy": chance.random() * 0.03, "garbage": 0.01}
    system.mail = {"lost": chance.random() * 0.6, "twice": chance.random() * 0.5, "shuffled": chance.random() * 0.5}
    wanted = {}
    for i in range(3):
        id = f"r{number}-{i}"
        direct(server, id, f"c{i}")
        wanted[id] = None
    for _ in range(chance.randint(0, 2)):
        time.sleep(chance.random() * 0.4)
        if chance.random() < 0.6:
            server.kill()
            server.start()
        else:
            system.down = True
            time.sleep(chance.random() * 0.5)
            system.down = False
    for id in wanted:
        check(soon(lambda: number_of(system, id) is not None, 60), f"{id} arrived")
        if chance.random() < 0.25:
            current = task(server, id)
            if current["status"] in ("requested", "received", "accepted"):
                status, _ = server.call("PUT", "/Task/" + id, {**current, "status": "cancelled"}, {"If-Match": f'W/"{current["meta"]["versionId"]}"'})
                if status == 200:
                    wanted[id] = "cancelled"
                    continue
        if not soon(lambda: full(system, "PB-" + id), 60):
            check(False, f"{id}: the case is complete: {server.status()}")
            url = system.zaken[system.case_of("PB-" + id)]["url"]
            print([r for r in system.rollen.values() if r["zaak"] == url], [r for r in system.statussen.values() if r["zaak"] == url], json.dumps(task(server, id)))
            print(*[r.decode("utf-8", "replace").split("\n")[0] + " " + r.decode("utf-8", "replace").rsplit("\n", 1)[1][:300] for r in system.requests if url.rsplit("/", 1)[1].encode() in r or ("PB-" + id).encode() in r], sep="\n")
            return
        if chance.random() < 0.7:
            system.set_status("PB-" + id, "In behandeling")
        result = chance.choice(sorted(ENDS))
        wanted[id] = ENDS[result]
        system.set_result("PB-" + id, result, "x")
        system.set_status("PB-" + id, "Afgehandeld")
    if chance.random() < 0.5:
        server.kill()
        server.start()
    system.faults = {}
    for id, status in wanted.items():
        check(soon(lambda: task(server, id)["status"] == status, 60), f"{id} ends as {status}: {task(server, id)['status']}")
        numbers = [z["identificatie"] for z in system.zaken.values() if z["identificatie"] == "PB-" + id]
        check(len(numbers) == 1, f"{id} is one case: {len(numbers)}")
        url = system.zaken[system.case_of("PB-" + id)]["url"]
        check(soon(lambda: sum(r["zaak"] == url for r in list(system.rollen.values())) == 1, 30), f"{id} has one person")
        check(soon(lambda: system.zaken[system.case_of("PB-" + id)]["einddatum"], 60), f"{id}: the case has ended")
    check(soon(lambda: server.status()["waiting"] == 0, 60), f"round {number}: the outbox empties: {server.status()}")
    check(server.status()["dead"] == 0, f"round {number}: nothing is parked: {server.status()}")


def at_random(folder, rounds, seed):
    system = zgw_stand_in.start(SPEC, seed)
    chance = random.Random(seed)
    server = Server(folder, system)
    system.hook = server.url.rsplit("/", 1)[0] + "/partners/gemeente/notifications"
    try:
        for i in range(3):
            person(server, f"c{i}", 20000000 + 100 * i)
        for number in range(rounds):
            begun = time.time()
            chance_round(server, system, chance, number)
            print(f"round {number}: {time.time() - begun:.1f} s", flush=True)
            if failures:
                print(f"seed {seed}, round {number}", flush=True)
                break
        no_leaks(system, server, "random")
        print(f"{rounds} rounds, {len(system.zaken)} cases, {len(system.requests)} requests, {sum(CANARY.encode() in r for r in system.requests)} canaries", flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="panelbridge-zgw-") as place:
        try:
            if sys.argv[2] == "loop":
                loop(place)
            else:
                at_random(place, int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
        except Exception as error:
            check(False, f"{type(error).__name__}: {error}")
        if failures:
            print(open(os.path.join(place, "log")).read()[-4000:])
    sys.exit(1 if failures else 0)
