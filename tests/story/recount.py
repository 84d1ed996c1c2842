#!/usr/bin/env python3
"""Counts gaps straight from raw bundles, without the server: an independent opinion about what the programmes should find.

  recount.py --data FOLDER... --as-of DATE                       counts of resources, cohorts and items, as text
  recount.py ... --json                                          the same as one JSON object
  recount.py ... --base URL                                      compares with the gap Tasks that a server holds
  recount.py ... --base URL --totals                             compares totals by type and code; the server holds these folders only
  recount.py ... --surveil-json FILE --programme ID              compares with the output of surveil --programme ID --json

A folder holds transaction Bundles (.json or .json.gz), one person in each at most. Everything here is written against the
clinical rules, in plain loops over JSON, and shares no code or table with the product. Exits 1 when a comparison fails.
"""
import argparse
import collections
import datetime
import gzip
import json
import sys
import urllib.parse
import urllib.request
from pathlib import Path

HOUSE = "https://w3id.org/panelbridge/fhir"
DM = "44054006 422034002 1551000119108 1501000119109 368581000119106 127013003 90781000119102 157141000119108".split()
ASCVD = ("414545008 53741008 22298006 401303003 401314000 399211009 399261000 230690007 415070008 232717009 418824004").split()
CKD = "431855005 431856006 433144002 431857002 433146000 127013003 90781000119102 157141000119108 46177005".split()
ESKD = ("46177005 236434000 236435004 236436003 433146000 265764009 70536003 698306007 161665007 213150003").split()
A1C = "4548-4 4549-2 17855-8 17856-6 96595-4 97506-0 59261-8".split()
EGFR = ("33914-3 48642-3 48643-1 50044-7 50210-4 62238-1 69405-9 70969-1 77147-7 88293-6 88294-4 94677-2 98979-8 "
        "98980-6").split()
CREA = "38483-4 2160-0 14682-9".split()
ACR = ("14959-1 9318-7 13705-9 14585-4 14958-3 30000-4 30001-2 32294-1 44292-1 59159-4 76401-9 77253-3 77254-1").split()
LDL = "18262-6 13457-7 2089-1 18261-8 22748-8".split()
STATIN = "259255 617311 312961 617310 314231 316672".split()
HOSPICE = ("305336008 183919006 183920000 183921001 385765002 305911006 385763009 170935008 170936009 428361000124107 "
           "428371000124100").split()
ADVANCED = "26929004 230265002 46177005 88805009 87433001 314994000".split()
DEMDRUG = "310436 996740 997223 1599803 998582".split()
EYE = "314971001 274798009 308110009 410451008 410455004 314972008 274795007".split()
FOOT = "401191002 134388005 91161007".split()
RETINOPATHY = "422034002 1551000119108 1501000119109".split()
NO_COLON = ("26390003 303401008 307666008 307667004 307669001 31130001 36192008 44751009 456004 713165008 787108001 "
            "787109009 787874000 787875004 363406005 109838007").split()
SMOKES = ("LA18976-3 LA18977-1 LA18981-3 LA18982-1 449868002 428041000124106 428061000124105 428071000124103").split()
LIFESTYLE = "698360004 160670007 229065009".split()
TD = "115 113 09 138 139".split()
FLU = "140 15 16 88 111 135 141 144 149 150 151 153 155 158 161 166 168 171 185 186 197 205".split()
DECLINED = "LA30122-8"
NEEDS = {  # need: (Condition codes, question -> answers that say so)
    "housing": ("32911000 105531004", {"71802-3": "LA30190-5", "93033-9": "LA33-6"}),
    "isolation": ("422650009 423315002", {"93029-7": "LA27722-0 LA30130-1"}),
    "transport": ("713458007 266934004 160695008", {"93030-5": "LA30133-5 LA30134-3"}),
    "violence": ("706893006", {"76501-6": "LA33-6"}),
    "safety": ("424393004", {"93026-3": "LA32-8"}),
    "work": ("73438004", {"67875-5": "LA17956-6"}),
    "education": ("224295006", {"82589-3": "LA30191-3"}),
    "food": ("733423003", {"93031-3": "LA30125-1"}),
    "stress": ("73595000", {"93038-8": "LA13902-4 LA13914-9"}),
}


def day(text):
    """The day as written; a month or year counts from its first day."""
    parts = [int(p) for p in text[:10].split("-")]
    return datetime.date(*(parts + [1, 1])[:3])


def codes(concept):
    return [c.get("code") for c in (concept or {}).get("coding", [])]


class Person:
    """What one bundle says about its person, as plain lists."""

    def __init__(self, bundle):
        self.entries = [e["resource"] for e in bundle["entry"]]
        self.patient = next(r for r in self.entries if r["resourceType"] == "Patient")
        medications = {e.get("fullUrl"): e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Medication"}
        self.conditions, self.results, self.events, self.drugs, self.plans = [], [], [], [], []
        for resource in self.entries:
            read = getattr(self, "read_" + resource["resourceType"].lower(), None)
            if read:
                read(resource, medications)

    def read_condition(self, r, _):
        status = codes(r.get("verificationStatus"))
        if "refuted" in status or "entered-in-error" in status:
            return
        onset = r.get("onsetDateTime") or (r.get("onsetPeriod") or {}).get("start") or r.get("recordedDate")
        end = r.get("abatementDateTime") or (r.get("abatementPeriod") or {}).get("start")
        self.conditions.append((codes(r.get("code")), day(onset), day(end) if end else None))

    def read_observation(self, r, _):
        if r["status"] not in ("final", "amended", "corrected"):
            return
        when = r.get("effectiveDateTime") or (r.get("effectivePeriod") or {}).get("start")
        place = (r.get("encounter") or {}).get("reference")
        for part in [r] + r.get("component", []):
            quantity = part.get("valueQuantity") or {}
            self.results.append((codes(part["code"]), day(when), quantity.get("value"), codes(part.get("valueCodeableConcept")), place))

    def read_procedure(self, r, _):
        if r["status"] == "completed":
            when = r.get("performedDateTime") or r["performedPeriod"]["start"]
            self.events.append((codes(r["code"]), day(when)))

    def read_immunization(self, r, _):
        if r["status"] == "completed":
            self.events.append((["cvx-" + c for c in codes(r["vaccineCode"])], day(r["occurrenceDateTime"])))

    def read_encounter(self, r, _):
        if r["status"] == "finished":
            kinds = [c for t in r.get("type", []) for c in codes(t)]
            period = r["period"]
            self.events.append((kinds + ["class-" + r["class"]["code"]], day(period["start"])))

    def read_medicationrequest(self, r, medications):
        reference = (r.get("medicationReference") or {}).get("reference")
        concept = r.get("medicationCodeableConcept") or (medications.get(reference) or {}).get("code")
        self.drugs.append((codes(concept), r["status"], day(r["authoredOn"])))

    def read_careplan(self, r, _):
        kinds = [c for t in r.get("category", []) for c in codes(t)]
        kinds += [c for a in r.get("activity", []) for c in codes((a.get("detail") or {}).get("code"))]
        self.plans.append((kinds, r["status"], day(r["period"]["start"]), day(r["period"]["end"]) if r["period"].get("end") else None))

    # -- questions, all as of a day

    def born(self):
        return day(self.patient["birthDate"])

    def alive(self, on):
        death = self.patient.get("deceasedDateTime")
        return self.born() <= on and not (death and day(death) <= on)

    def age(self, on):
        birth = self.born()
        return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))

    def open(self, wanted, on):
        return any(start <= on and (end is None or end > on) for cs, start, end in self.conditions if set(cs) & set(wanted))

    def days(self, wanted, on, value=False):
        """Days of evidence with one of the codes, of any kind of resource."""
        wanted = set(wanted)
        found = [d for cs, d, v, answers, _ in self.results if wanted & set(cs) and (not value or v is not None)]
        found += [d for cs, d in self.events if wanted & set(cs)]
        found += [start for cs, start, _ in self.conditions if wanted & set(cs)]
        return sorted(d for d in found if d <= on)

    def ever(self, wanted, on):
        return bool(self.days(wanted, on) or [1 for cs, _, start, _ in self.plans if set(cs) & set(wanted) and start <= on])

    def last(self, wanted, on, value=False):
        found = self.days(wanted, on, value)
        return found[-1] if found else None

    def value(self, wanted, on, within=None):
        wanted = set(wanted)
        found = [(d, v) for cs, d, v, _, _ in self.results if wanted & set(cs) and v is not None and d <= on]
        found = [x for x in found if within is None or (on - x[0]).days < within]
        return max(found, key=lambda x: x[0])[1] if found else None

    def within(self, wanted, on, days, value=False):
        newest = self.last(wanted, on, value)
        return newest is not None and (on - newest).days < days

    def on(self, wanted, on):
        return any(set(cs) & set(wanted) and when <= on and (status == "active" or (status not in ("stopped", "cancelled", "entered-in-error", "draft", "on-hold")
                   and (on - when).days < 365)) for cs, status, when in self.drugs)

    def plan_runs(self, wanted, on):
        return any(set(cs) & set(wanted) and status == "active" and start <= on and (end is None or end >= on) for cs, status, start, end in self.plans)

    def answers(self, question, on):
        """The answers of the newest day on which the question was put."""
        found = [(d, a) for cs, d, _, a, _ in self.results if question in cs and a and d <= on]
        newest = max((d for d, _ in found), default=None)
        return [x for d, a in found if d == newest for x in a]

    def pressure(self, on):
        """Newest day with a systolic and a diastolic value outside hospital: (day, lowest, lowest)."""
        away = {d for cs, d in self.events if "class-EMER" in cs or "class-IMP" in cs}
        values = collections.defaultdict(lambda: {"8480-6": [], "8462-4": []})
        for cs, d, v, _, _ in self.results:
            for code in ("8480-6", "8462-4"):
                if code in cs and v is not None and d <= on and d not in away:
                    values[d][code].append(v)
        whole = sorted(d for d, v in values.items() if v["8480-6"] and v["8462-4"])
        return (whole[-1], min(values[whole[-1]]["8480-6"]), min(values[whole[-1]]["8462-4"])) if whole else None

    def need(self, name, on):
        """True, False (asked and not, or never asked), None (every answer refused)."""
        conditions, questions = NEEDS[name]
        if self.open(conditions.split(), on):
            return True
        given = {q: self.answers(q, on) for q in questions}
        if any(set(given[q]) & set(questions[q].split()) for q in questions):
            return True
        refused = [a for a in given.values() if a]
        return None if refused and all(set(a) == {DECLINED} for a in refused) else False


# -- exclusions

def frail_and_ill(p, on):
    return False  # no record of the data says frail; the index needs a code list that is not there


def barred(p, on, *sets):
    if "X1" in sets and p.within(HOSPICE, on, 365):
        return True
    if "X3" in sets and p.age(on) >= 66 and (p.within(["449411000124106"], on, 365) or p.open(["25675004"], on) or "160734000" in p.answers("71802-3", on)):
        return True
    if "X4" in sets and p.age(on) >= 66 and frail_and_ill(p, on):
        return True
    if "X5" in sets and p.ever(ESKD, on):
        return True
    if "X6" in sets and p.open(["72892002"], on):
        return True
    return "X8" in sets and p.ever(NO_COLON, on)


# -- statuses

SOON = 30


def by_date(evidence, every, grace, on, start=None, delay=0, soon=SOON):
    if evidence is None:
        due = (start or on) + datetime.timedelta(days=delay)
    elif every is None:
        return "satisfied"
    else:
        due = evidence + datetime.timedelta(days=every)
    if on < due:
        return "due-soon" if evidence is not None and (due - on).days <= soon else "satisfied" if evidence is not None else "due-soon"
    return "open" if (on - due).days <= grace else "overdue"


def first_open(p, wanted, on):
    return min((start for cs, start, end in p.conditions if set(cs) & set(wanted) and start <= on and (end is None or end > on)), default=None)


def gap(result):
    """open and overdue are told apart by grace; both are a gap."""
    return "gap" if result in ("open", "overdue") else result


def support(p, need, on):
    known = p.need(need, on)
    return "not-evaluable" if known is None else "gap" if known else None  # the data hold no support that is linked to a need


def season(on, month=9):
    return datetime.date(on.year if on.month >= month else on.year - 1, month, 1)


def items(p, on):
    """Item -> satisfied, due-soon, gap, excluded, not-evaluable. An item that does not apply is left out."""
    out, age = {}, p.age(on)
    woman = p.patient.get("gender") == "female"
    if p.open(DM, on) and age >= 18:
        out.update(diabetes(p, on, age))
    if p.open(["15777000"], on) and not p.open(DM, on) and age >= 18:
        stop = barred(p, on, "X1", "X6")
        newest = max(filter(None, [p.last(A1C, on, True), p.last(["2339-0", "2345-7"], on, True)]), default=None)
        out["pre-a1c"] = "excluded" if stop else gap(by_date(newest, 365, 90, on, first_open(p, ["15777000"], on)))
        bmi = p.value(["39156-5"], on, 1096)
        if bmi is not None and bmi >= 25:
            out["pre-life"] = "excluded" if stop else "satisfied" if p.plan_runs(LIFESTYLE, on) or recent_plan(p, LIFESTYLE, on) else "gap"
    if p.open(["59621000", "38341003"], on) and 18 <= age <= 85:
        pressure, stop = p.pressure(on), barred(p, on, "X1", "X3", "X4", "X5", "X6")
        high = pressure and (pressure[1] >= 140 or pressure[2] >= 90)
        out["ht-bp"] = "excluded" if stop else gap(by_date(pressure and pressure[0], 90 if high else 365, 30, on, first_open(p, ["59621000", "38341003"], on)))
        if pressure and (on - pressure[0]).days < 365:
            out["ht-target"] = "excluded" if stop else "gap" if high else "satisfied"
    if age >= 12 and p.alive(on):
        out["tob-ask"] = "excluded" if barred(p, on, "X1") else gap(by_date(p.last(["72166-2"], on), 365, 60, on))
    if age >= 18:
        out["wt-bmi"] = "excluded" if barred(p, on, "X1", "X6") else gap(by_date(p.last(["39156-5"], on, True), 365, 180, on))
        out["soc-screen"] = gap(by_date(p.last(["93025-5", "88121-9", "710824005"], on), 365, 60, on))
    if 18 <= age <= 65:
        out["soc-hark"] = gap(by_date(p.last(["76504-0", "866148006"], on), 365, 90, on))
    if age >= 18:
        for need, item in (("housing", "soc-housing"), ("isolation", "soc-isolation"), ("transport", "soc-transport"), ("safety", "soc-unsafe")):
            status = support(p, need, on)
            if status:
                out[item] = status
        hark = p.value(["76504-0"], on, 731)
        if p.need("violence", on) or (hark is not None and hark >= 1):
            out["soc-violence"] = "gap"
        if age < 67:
            for need, item in (("work", "soc-work"), ("education", "soc-educ")):
                status = support(p, need, on)
                if status:
                    out[item] = status
    if 45 <= age <= 75:
        out["ca-colon"] = "excluded" if barred(p, on, "X1", "X3", "X4", "X8") else gap(colon(p, on))
    if woman and 50 <= age <= 74:
        out["ca-breast"] = "excluded" if barred(p, on, "X1", "X3", "X4") else gap(by_date(p.last(["71651007", "24606-6"], on), 731, 90, on))
    if age >= 19:
        out["im-td"] = "excluded" if barred(p, on, "X1") else gap(by_date(p.last(["cvx-" + c for c in TD], on), 3653, 365, on))
    return out


def recent_plan(p, wanted, on):
    return any(set(cs) & set(wanted) and start <= on and (on - start).days < 730 for cs, _, start, _ in p.plans) or p.within(wanted, on, 730)


def colon(p, on):
    for wanted, window in ((["73761001"], 3653), (["44441009", "396226005"], 1826), (["77353-1", "77354-9"], 1096)):
        if p.within(wanted, on, window):
            return by_date(p.last(wanted, on), window, 90, on)
    return by_date(p.last(["57905-2", "104435004", "1015401000000102"], on), 365, 90, on)


def diabetes(p, on, age):
    stop, start = barred(p, on, "X1", "X3", "X4"), first_open(p, DM, on)
    out = {}

    def put(item, status, applies=True, excluded=False):
        if applies:
            out[item] = "excluded" if stop or excluded else gap(status)

    a1c = p.value(A1C, on)
    put("dm-a1c", by_date(p.last(A1C, on, True), 90 if a1c is not None and a1c >= 7.01 else 180, 30, on, start))
    if p.within(A1C, on, 365, True):
        several = (p.open(["88805009", "134401001"], on) or p.open(CKD, on) or p.open(["185086009", "87433001"], on) or p.ever(ASCVD, on))
        limit = 7.01 if age < 65 else 8.01 if several else 7.51
        newest = p.value(A1C, on, 365)
        put("dm-a1c-target", "satisfied" if newest < limit else "gap")
    kidney = max(filter(None, [p.last(EGFR, on, True), p.last(CREA, on, True)]), default=None)
    kidneys_gone = p.ever(ESKD, on)
    put("dm-egfr", by_date(kidney, 365, 60, on, start), age <= 85, kidneys_gone)
    acr = sorted((d, v) for cs, d, v, _, _ in p.results if set(cs) & set(ACR) and v is not None and d <= on)
    first_high = acr and acr[-1][1] >= 30 and not (len(acr) > 1 and acr[-2][1] >= 30)
    put("dm-acr", by_date(acr[-1][0] if acr else None, 90 if first_high else 365, 60, on, start), age <= 85, kidneys_gone)
    pressure = p.pressure(on)
    put("dm-bp", by_date(pressure and pressure[0], 180, 30, on, start))
    put("dm-ldl", by_date(p.last(LDL, on, True), 365, 90, on, start), 40 <= age <= 75)
    put("dm-statin", "satisfied" if p.on(STATIN, on) else "gap", 40 <= age <= 75, kidneys_gone)
    put("dm-eye", by_date(p.last(EYE, on), 365 if p.open(RETINOPATHY, on) else 730, 90, on, start), age <= 75)
    put("dm-foot", by_date(p.last(FOOT, on), 180 if p.open(["368581000119106"], on) else 365, 60, on, start))
    put("dm-smoke", by_date(p.last(["72166-2"], on), 365, 60, on, start))
    return out


# -- reading, cohorts, output

def bundles(folders):
    for folder in folders:
        for file in sorted(Path(folder).iterdir()):
            if file.name.endswith((".json", ".json.gz")):
                with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8") as stream:
                    yield json.load(stream)


CODED = {"Observation": ("code", "code"), "Condition": ("code", "code"), "Procedure": ("code", "code"), "DiagnosticReport": ("code", "code"),
         "Immunization": ("vaccineCode", "vaccine-code"), "MedicationRequest": ("medicationCodeableConcept", "code"), "Encounter": ("type", "type")}


def totals(all_bundles):
    """How many resources of each type, and of each type, system and code."""
    types, by_code = collections.Counter(), collections.Counter()
    for bundle in all_bundles:
        for entry in bundle["entry"]:
            resource = entry["resource"]
            types[resource["resourceType"]] += 1
            element = resource.get(CODED.get(resource["resourceType"], ("", ""))[0]) or []
            concepts = element if isinstance(element, list) else [element]
            by_code.update({(resource["resourceType"], c.get("system", ""), c["code"]) for concept in concepts for c in concept.get("coding", [])})
    return types, by_code


def cohorts(people, on):
    living = [p for p in people if p.alive(on)]
    out = {"alive": len(living)}

    def group(name, wanted, low=0, ever=False):
        members = [p for p in living if p.age(on) >= low and (p.ever(wanted, on) if ever else p.open(wanted, on))]
        out[name] = len(members)
        return members

    dm = group("DM", DM, 18)
    for name, wanted in (("A1C", A1C), ("EGFR", EGFR), ("ACR", ACR), ("LDL", LDL)):
        out["DM with " + name + " in 365"] = sum(p.within(wanted, on, 365, True) for p in dm)
    out["DM with BP in 365"] = sum(bool(p.pressure(on)) and (on - p.pressure(on)[0]).days < 365 for p in dm)
    out["DM with A1C below 7"] = sum((p.value(A1C, on, 365) or 99) < 7 for p in dm)
    out["DM with BP below 130/80"] = sum(bool(p.pressure(on)) and p.pressure(on)[1] < 130 and p.pressure(on)[2] < 80 for p in dm)
    out["DM 40-75 with statin"] = sum(p.on(STATIN, on) for p in dm if 40 <= p.age(on) <= 75)
    predm = [p for p in living if p.age(on) >= 18 and p.open(["15777000"], on) and not p.open(DM, on)]
    out["PREDM"] = len(predm)
    out["PREDM with A1C in 365"] = sum(p.within(A1C, on, 365, True) for p in predm)
    out["PREDM with plan"] = sum(p.plan_runs(LIFESTYLE, on) or recent_plan(p, LIFESTYLE, on) for p in predm)
    ht = [p for p in group("HT", ["59621000", "38341003"], 18) if p.age(on) <= 85]
    out["HT 18-85"] = len(ht)
    out["HT with BP in 365"] = sum(bool(p.pressure(on)) and (on - p.pressure(on)[0]).days < 365 for p in ht)
    out["HT below 140/90"] = sum(bool(p.pressure(on)) and (on - p.pressure(on)[0]).days < 365 and p.pressure(on)[1] < 140 and p.pressure(on)[2] < 90 for p in ht)
    group("ASCVD", ASCVD, 0, ever=True)
    group("HF", ["88805009", "134401001"], 18)
    group("COPD", ["185086009", "87433001"], 40)
    group("ASTHMA", ["195967001", "233678006"], 5)
    out["CKD outside X5"] = sum(p.open(CKD, on) and not p.ever(ESKD, on) for p in living)
    group("AF", ["49436004"], 18)
    group("DEM", ["26929004", "230265002"])
    group("OSTEO", ["64859006", "443165006"])
    teens = [p for p in living if p.age(on) >= 12]
    out["12+"] = len(teens)
    out["12+ smoking asked in 365"] = sum(p.within(["72166-2"], on, 365) for p in teens)
    adults = [p for p in living if p.age(on) >= 18]
    out["18+"] = len(adults)
    out["18+ PRAPARE in 365"] = sum(p.within(["93025-5"], on, 365) for p in adults)
    out["18+ HARK in 365"] = sum(p.within(["76504-0"], on, 365) for p in adults)
    out["18+ BMI in 365"] = sum(p.within(["39156-5"], on, 365, True) for p in adults)
    colon_age = [p for p in living if 45 <= p.age(on) <= 75]
    out["45-75"] = len(colon_age)
    out["45-75 colonoscopy in 10 y"] = sum(p.within(["73761001"], on, 3653) for p in colon_age)
    old = [p for p in living if p.age(on) >= 60]
    out["60+"] = len(old)
    out["60+ influenza in 365"] = sum(p.within(["cvx-" + c for c in FLU], on, 365) for p in old)
    out["19+"] = sum(p.age(on) >= 19 for p in living)
    out["19+ Td in 10 y"] = sum(p.age(on) >= 19 and p.within(["cvx-" + c for c in TD], on, 3653) for p in living)
    for need in NEEDS:
        known = [p.need(need, on) for p in living]
        out["need " + need] = sum(k is True for k in known)
        out["need " + need + " refused"] = sum(k is None for k in known)
    return out


def recount(people, on):
    tally, who = collections.defaultdict(collections.Counter), {}
    for p in people:
        if not p.alive(on):
            continue
        for item, status in items(p, on).items():
            tally[item][status] += 1
            who[(item, identity(p.patient))] = status
    return {item: dict(tally[item]) for item in sorted(tally)}, who


def identity(patient):
    return patient["identifier"][0]["system"] + "|" + patient["identifier"][0]["value"]


# -- comparing

FAMILIES = {  # house item code -> every item that asks for it; only families that are recounted whole
    "a1c-target": ["dm-a1c-target"], "eye": ["dm-eye"], "foot": ["dm-foot"], "a1c": ["dm-a1c", "pre-a1c"], "lifestyle-glucose": ["pre-life"], "bp-target": ["ht-target"],
    "bmi": ["wt-bmi"], "needs-asked": ["soc-screen"], "violence-asked": ["soc-hark"], "support-housing": ["soc-housing"],
    "support-isolation": ["soc-isolation"], "support-transport": ["soc-transport"], "support-violence": ["soc-violence"],
    "support-safety": ["soc-unsafe"], "support-work": ["soc-work"], "support-education": ["soc-educ"],
    "screening-bowel": ["ca-colon"], "screening-breast": ["ca-breast"], "tetanus": ["im-td"],
}
STRICTEST = ["gap", "not-evaluable", "due-soon"]


def fetch(url):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "application/fhir+json"}), timeout=60) as answer:
        return json.load(answer)


def every_page(url):
    while url:
        page = fetch(url)
        for entry in page.get("entry", []):
            if entry.get("search", {}).get("mode") != "outcome":
                yield entry["resource"]
        url = next((l["url"] for l in page.get("link", []) if l["relation"] == "next"), None)


def stored_gaps(base):
    """(family, person) -> status of the gap Tasks that stand open on the server."""
    patients = {f'Patient/{r["id"]}': identity(r) for r in every_page(base + "/Patient?_count=500") if r.get("identifier")}
    gaps = {}
    for family in FAMILIES:
        token = urllib.parse.quote(f"{HOUSE}/CodeSystem/item|{family}")
        for task in every_page(f"{base}/Task?code={token}&_count=500"):
            if task["status"] in ("completed", "cancelled") or not any(i.get("system") == HOUSE + "/gap" for i in task.get("identifier", [])):
                continue
            status = task["businessStatus"]["coding"][0]["code"]
            gaps[(family, patients.get(task["for"]["reference"], task["for"]["reference"]))] = gap(status)
    return gaps


def expected_gaps(who):
    gaps = {}
    for family, its_items in FAMILIES.items():
        for (item, person), status in who.items():
            if item in its_items and status in STRICTEST:
                known = gaps.get((family, person))
                gaps[(family, person)] = status if known is None or STRICTEST.index(status) < STRICTEST.index(known) else known
    return gaps


# What the panel core wrote itself is not in the files.
OTHERS = "_tag:not=" + urllib.parse.quote("https://w3id.org/panelbridge/fhir/CodeSystem/origin|panelbridge")


def compare_totals(base, types, by_code):
    """Every total by type and by code, as the server's searches count it."""
    wrong = 0

    def same(query, mine):
        query = query + ("&" if "?" in query else "?") + OTHERS
        theirs = fetch(f"{base}/{query}&_summary=count")["total"]
        if theirs != mine:
            print(f"differs: {query}: {mine} in the files, {theirs} on the server")
        return theirs == mine

    for name, count in sorted(types.items()):
        wrong += not same(name, count)
    for (name, system, code), count in sorted(by_code.items()):
        wrong += not same(f"{name}?{CODED[name][1]}=" + urllib.parse.quote(f"{system}|{code}"), count)
    print(f"{len(types)} totals by type and {len(by_code)} by code, {wrong} differ")
    return wrong == 0


def compare_with_server(base, people, who):
    ours = {identity(p.patient) for p in people}
    theirs = {k: v for k, v in stored_gaps(base).items() if k[1] in ours}
    mine, wrong = expected_gaps(who), 0
    for key in sorted(set(mine) | set(theirs)):
        if mine.get(key) != theirs.get(key):
            wrong += 1
            print(f"differs: {key[0]} of {key[1]}: recount says {mine.get(key, 'nothing')}, server says {theirs.get(key, 'nothing')}")
    print(f"{len(mine)} gaps recounted, {len(theirs)} on the server, {wrong} differ")
    return wrong == 0 and bool(mine)


PROGRAMMES = {"diabetes": ["dm-a1c", "dm-a1c-target", "dm-egfr", "dm-acr", "dm-bp", "dm-ldl", "dm-statin", "dm-eye", "dm-foot", "dm-smoke"],
              "prediabetes": ["pre-a1c", "pre-life"]}


def compare_with_sweep(file, programme, tally):
    """Only programmes whose every item is recounted; open and overdue are taken together."""
    wanted = [i for i in PROGRAMMES.get(programme, []) if i in tally]
    if not wanted:
        print(f"not every item of {programme} is recounted")
        return False
    mine = collections.Counter()
    for item in wanted:
        mine.update(tally[item])
    theirs = json.loads(Path(file).read_text())["gaps"]
    joined = {"gap": theirs.get("open", 0) + theirs.get("overdue", 0), "due-soon": theirs.get("due-soon", 0), "not-evaluable": theirs.get("not-evaluable", 0)}
    for status, count in joined.items():
        print(f"{programme} {status}: recount {mine[status]}, sweep {count}")
    return all(mine[s] == c for s, c in joined.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--as-of", required=True, type=datetime.date.fromisoformat)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--base", help="a server's FHIR base to compare with")
    parser.add_argument("--totals", action="store_true")
    parser.add_argument("--surveil-json", metavar="FILE")
    parser.add_argument("--programme", metavar="ID")
    call = parser.parse_args()
    read = list(bundles(call.data))
    types, by_code = totals(read)
    people = [Person(b) for b in read if any(e["resource"]["resourceType"] == "Patient" for e in b["entry"])]
    tally, who = recount(people, call.as_of)
    good = True
    if call.base and call.totals:
        good = compare_totals(call.base.rstrip("/"), types, by_code)
    elif call.base:
        good = compare_with_server(call.base.rstrip("/"), people, who)
    elif call.surveil_json:
        good = compare_with_sweep(call.surveil_json, call.programme, tally)
    elif call.json:
        print(json.dumps({"types": dict(sorted(types.items())), "codes": {"|".join(key): n for key, n in sorted(by_code.items())}, "cohorts": cohorts(people, call.as_of), "items": tally}, indent=1))
    else:
        for title, counts in (("resources", types), ("cohorts", cohorts(people, call.as_of)), ("items", tally)):
            print(f"-- {title}")
            for name, count in counts.items():
                print(f"{name}: {count}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
