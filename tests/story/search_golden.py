#!/usr/bin/env python3
"""Searches over real bundles, each answered twice: by the server over HTTP, and by a naive scan of the raw files.

  search_golden.py --program PANELBRIDGE --data FOLDER [--random N] [--seed S] [--keep FOLDER]

The searches of search_golden.txt and N random ones (combinations of parameters, modifiers, prefixes, chains, _has, _sort and
includes, with values taken from the data). The scan is written against the R4 specification in plain loops over JSON, with a
table of elements of its own; it shares no code or table with the product. Every entry is given its own uuid as id, so that
answers compare as sets of ids. What the server itself wrote (its tag says so) is left aside. Exits 1 when an answer differs.
"""
import argparse
import datetime
import functools
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
import urllib.parse
import urllib.request
from fractions import Fraction
from pathlib import Path

OWN = ("https://w3id.org/panelbridge/fhir/CodeSystem/origin", "panelbridge")
UCUM = "http://unitsofmeasure.org"

# ---------------------------------------------------------------- the raw data


def read_bundles(folder):
    """All resources by (type, id), ids and references rewritten from urn:uuid to Type/uuid."""
    types, bundles = {}, []
    for path in sorted(Path(folder).glob("*.json.gz")):
        bundle = json.load(gzip.open(path))
        bundles.append((path.name, bundle))
        for entry in bundle["entry"]:
            types[entry["fullUrl"]] = entry["resource"]["resourceType"]
    resources = {}
    for name, bundle in bundles:
        for entry in bundle["entry"]:
            resource = relinked(entry["resource"], types)
            resource["id"] = entry["fullUrl"].removeprefix("urn:uuid:")
            resources[resource["resourceType"], resource["id"]] = resource
    return resources


def relinked(value, types):
    if isinstance(value, dict):
        return {k: relinked(v, types) for k, v in value.items()}
    if isinstance(value, list):
        return [relinked(v, types) for v in value]
    if isinstance(value, str) and value in types:
        return types[value] + "/" + value.removeprefix("urn:uuid:")
    return value


def write_bundles(resources, folder):
    everything = list(resources.values())
    for start in range(0, len(everything), 500):
        entries = [{"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
                   for r in everything[start:start + 500]]
        with open(Path(folder) / f"{start:06}.json", "w") as out:
            json.dump({"resourceType": "Bundle", "type": "transaction", "entry": entries}, out)


# ---------------------------------------------------------------- which elements a parameter means


def at(value, path):
    """All values at a dotted path, lists opened."""
    found = [value]
    for step in path.split("."):
        following = []
        for item in found:
            inner = item.get(step) if isinstance(item, dict) else None
            following.extend(inner if isinstance(inner, list) else [] if inner is None else [inner])
        found = following
    return found


# type -> parameter -> kind and paths; `x/TYPE`: only references to TYPE
TABLE = """
*                    _tag token meta.tag
Patient              name name name | family string name.family | given string name.given | gender token gender
Patient              birthdate date birthDate | death-date date deceasedDateTime | address address address
Patient              address-city string address.city | address-state string address.state
Patient              address-postalcode string address.postalCode | address-country string address.country
Patient              telecom token telecom | phone token telecom?phone | identifier token identifier
Patient              language token communication.language
Practitioner         name name name | family string name.family | given string name.given | gender token gender
Practitioner         identifier token identifier | active token active | address-city string address.city
Organization         name string name,alias | type token type | identifier token identifier | active token active
Organization         address-city string address.city | address-state string address.state
Encounter            status token status | class token class | type token type | date date period
Encounter            subject reference subject | patient reference subject/Patient | reason-code token reasonCode
Encounter            participant reference participant.individual | service-provider reference serviceProvider
Encounter            practitioner reference participant.individual/Practitioner
Observation          status token status | code token code | category token category | subject reference subject
Observation          patient reference subject/Patient | encounter reference encounter | date date effectiveDateTime
Observation          value-quantity quantity valueQuantity | value-concept token valueCodeableConcept
Observation          value-string string valueString,valueCodeableConcept.text
Observation          component-code token component.code | component-value-quantity quantity component.valueQuantity
Observation          combo-code token code,component.code | combo-value-quantity quantity valueQuantity,component.valueQuantity
Condition            code token code | clinical-status token clinicalStatus | verification-status token verificationStatus
Condition            subject reference subject | patient reference subject/Patient | encounter reference encounter
Condition            onset-date date onsetDateTime,onsetPeriod | abatement-date date abatementDateTime,abatementPeriod
Condition            recorded-date date recordedDate
Procedure            code token code | status token status | subject reference subject | patient reference subject/Patient
Procedure            encounter reference encounter | date date performedDateTime,performedPeriod
Procedure            reason-code token reasonCode | reason-reference reference reasonReference
Immunization         vaccine-code token vaccineCode | status token status | patient reference patient
Immunization         date date occurrenceDateTime | location reference location
MedicationRequest    code token medicationCodeableConcept | status token status | intent token intent
MedicationRequest    subject reference subject | patient reference subject/Patient | encounter reference encounter
MedicationRequest    authoredon date authoredOn | requester reference requester
DiagnosticReport     code token code | status token status | category token category | subject reference subject
DiagnosticReport     patient reference subject/Patient | encounter reference encounter | date date effectiveDateTime
DiagnosticReport     issued date issued | result reference result | performer reference performer
CarePlan             status token status | intent token intent | category token category | subject reference subject
CarePlan             patient reference subject/Patient | encounter reference encounter | date date period
CarePlan             activity-code token activity.detail.code | condition reference addresses
Goal                 lifecycle-status token lifecycleStatus | achievement-status token achievementStatus
Goal                 subject reference subject
Claim                status token status | use token use | patient reference patient | created date created
Claim                provider reference provider | priority token priority | encounter reference item.encounter
ExplanationOfBenefit status token status | patient reference patient | created date created | provider reference provider
ExplanationOfBenefit claim reference claim | identifier token identifier | encounter reference item.encounter
AllergyIntolerance   code token code,reaction.substance | clinical-status token clinicalStatus | type token type
AllergyIntolerance   category token category | criticality token criticality | patient reference patient
AllergyIntolerance   date date recordedDate | verification-status token verificationStatus
ImagingStudy         status token status | subject reference subject | patient reference subject/Patient
ImagingStudy         started date started | encounter reference encounter | modality token series.modality
ImagingStudy         bodysite token series.bodySite
"""
# composite: type, parameter, base elements, and the two elements of each
COMPOSITES = {
    ("Observation", "code-value-quantity"): (["."], ("code", "token"), ("valueQuantity", "quantity")),
    ("Observation", "code-value-concept"): (["."], ("code", "token"), ("valueCodeableConcept", "token")),
    ("Observation", "component-code-value-quantity"): (["component"], ("code", "token"), ("valueQuantity", "quantity")),
    ("Observation", "combo-code-value-quantity"): ([".", "component"], ("code", "token"), ("valueQuantity", "quantity")),
}
TARGETS = {"patient": "Patient", "subject": "Patient", "encounter": "Encounter", "requester": "Practitioner",
           "practitioner": "Practitioner", "service-provider": "Organization", "claim": "Claim", "result": "Observation",
           "condition": "Condition", "provider": None, "participant": "Practitioner", "performer": None, "reason-reference": "Condition"}
# systems of code elements, where a search may name them
SYSTEMS = {("Patient", "gender"): "http://hl7.org/fhir/administrative-gender", ("Practitioner", "gender"): "http://hl7.org/fhir/administrative-gender",
           ("Observation", "status"): "http://hl7.org/fhir/observation-status", ("Encounter", "status"): "http://hl7.org/fhir/encounter-status",
           ("Procedure", "status"): "http://hl7.org/fhir/event-status"}


def parameter_table():
    table = {}
    for line in TABLE.strip().splitlines():
        type_, rest = line.split(None, 1)
        for part in rest.split(" | "):
            name, kind, paths = part.split()
            table.setdefault(type_, {})[name] = (kind, paths.split(","))
    return table


PARAMETERS = parameter_table()


def parameters_of(type_):
    return {**PARAMETERS["*"], **PARAMETERS.get(type_, {})}


def elements(resource, paths):
    for path in paths:
        wanted_type = contact = None
        if "/" in path:
            path, wanted_type = path.split("/")
        if "?" in path:
            path, contact = path.split("?")
        for value in at(resource, path):
            if wanted_type and not value.get("reference", "").startswith(wanted_type + "/"):
                continue
            if contact and value.get("system") != contact:
                continue
            yield value


# ---------------------------------------------------------------- what a value means


@functools.lru_cache(maxsize=None)
def folded(text):
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(plain.lower().split())


def strings(kind, value):
    if kind == "string":
        return [value]
    names = {"name": ["text", "family", "given", "prefix", "suffix"],
             "address": ["text", "line", "city", "district", "state", "postalCode", "country"]}[kind]
    return [text for name in names for text in at(value, name)]


def tokens(value, system=None):
    """(system, code, words) of everything that a token search can see in an element."""
    if isinstance(value, bool):
        return [(None, "true" if value else "false", "")]
    if isinstance(value, str):
        return [(system, value, "")]
    if "coding" in value or "text" in value and "value" not in value:
        return [(c.get("system", ""), c.get("code", ""), c.get("display", "")) for c in value.get("coding", [])] + [
            (None, None, value.get("text", ""))]
    if "code" in value:
        return [(value.get("system", ""), value["code"], value.get("display", ""))]
    return [(value.get("system", ""), value.get("value", ""), value.get("type", {}).get("text", ""))]


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def instant(moment):
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


@functools.lru_cache(maxsize=None)
def span(text):
    """[from, to) in milliseconds."""
    utc = datetime.timezone.utc
    if re.fullmatch(r"\d{4}", text):
        year = int(text)
        return instant(datetime.datetime(year, 1, 1, tzinfo=utc)), instant(datetime.datetime(year + 1, 1, 1, tzinfo=utc))
    if re.fullmatch(r"\d{4}-\d\d", text):
        year, month = map(int, text.split("-"))
        following = (year + 1, 1) if month == 12 else (year, month + 1)
        return instant(datetime.datetime(year, month, 1, tzinfo=utc)), instant(datetime.datetime(*following, 1, tzinfo=utc))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        start = datetime.datetime.fromisoformat(text).replace(tzinfo=utc)
        return instant(start), instant(start + datetime.timedelta(days=1))
    width = 60_000 if re.search(r"T\d\d:\d\d(Z|[+-]|$)", text) else 1 if "." in text else 1000
    start = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if start.tzinfo is None:
        start = start.replace(tzinfo=utc)
    return instant(start), instant(start) + width


def spans(value):
    if isinstance(value, str):
        return span(value)
    start = span(value["start"])[0] if "start" in value else -(2 ** 63)
    end = span(value["end"])[1] if "end" in value else 2 ** 63
    return start, end


PREFIXES = "eq ne gt lt ge le sa eb ap".split()


def prefixed(text):
    return (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)


def date_matches(value, text):
    prefix, rest = prefixed(text)
    low, high = span(rest)
    start, end = spans(value)
    if prefix == "ap":
        gap = abs(instant(datetime.datetime.now(datetime.timezone.utc)) - (low + (high - low) // 2)) // 10
        return start < high + gap and end > low - gap
    inside, above, below = low <= start and end <= high, end > high, start < low
    return {"eq": inside, "ne": not inside, "gt": above, "lt": below, "ge": above or inside, "le": below or inside,
            "sa": start >= high, "eb": end <= low}[prefix]


@functools.lru_cache(maxsize=None)
def number_range(text):
    """The implicit precision of a decimal without exponent."""
    places = len(text.split(".")[1]) if "." in text else 0
    half = Fraction(1, 2 * 10 ** places)
    return Fraction(text) - half, Fraction(text) + half


def number_matches(number, prefix, text, factor=Fraction(1)):
    exact, (low, high) = Fraction(text) * factor, (bound * factor for bound in number_range(text))
    if prefix == "ap":
        tenth = abs(exact) / 10
        return min(low, exact - tenth) <= number <= max(high, exact + tenth)
    return {"eq": low <= number < high, "ne": not low <= number < high, "gt": number > exact, "lt": number < exact,
            "ge": number >= exact, "le": number <= exact, "sa": number > exact, "eb": number < exact}[prefix]


# what a unit is worth in a base unit of its kind
UNITS = {"kg": ("g", 1000), "g": ("g", 1), "mg": ("g", Fraction(1, 1000)), "m": ("m", 1), "cm": ("m", Fraction(1, 100)),
         "mm": ("m", Fraction(1, 1000)), "g/L": ("g/L", 1), "mg/dL": ("g/L", Fraction(1, 100)), "g/dL": ("g/L", 10),
         "mg/L": ("g/L", Fraction(1, 1000)), "ng/mL": ("g/L", Fraction(1, 10 ** 6)), "pg/mL": ("g/L", Fraction(1, 10 ** 9))}


def quantity_matches(value, text):
    parts = text.split("|")
    prefix, number = prefixed(parts[0])
    given = Fraction(str(value["value"]))
    if len(parts) == 1:
        return number_matches(given, prefix, number)
    system, unit = parts[1], parts[2]
    if not system:
        return unit in (value.get("code"), value.get("unit")) and number_matches(given, prefix, number)
    if system != value.get("system"):
        return False
    base, factor = UNITS.get(unit, (unit, 1))
    mine, worth = UNITS.get(value.get("code"), (value.get("code"), 1))
    return base == mine and number_matches(given * worth, prefix, number, Fraction(factor))


def token_matches(value, text, system=None):
    parts = text.split("|")
    for has_system, code, _ in tokens(value, system):
        if code is None:
            continue
        if len(parts) == 1:
            if code == parts[0]:
                return True
        elif (parts[0] == (has_system or "")) and (not parts[1] or code == parts[1]):
            return True
    return False


def reference_matches(value, text, modifier):
    reference = value.get("reference", "")
    if "/" in text:
        return reference == text
    if modifier:
        return reference == f"{modifier}/{text}"
    return "/" in reference and reference.split("/")[-1] == text


# ---------------------------------------------------------------- a search, naively


class Scan:
    def __init__(self, resources):
        self.all = resources
        self.by_type = {}
        for (type_, id_), resource in resources.items():
            self.by_type.setdefault(type_, {})[id_] = resource

    def find(self, type_, parameters):
        return {id_ for id_, resource in self.by_type.get(type_, {}).items() if self.holds(type_, resource, parameters)}

    def holds(self, type_, resource, parameters):
        return all(self.one(type_, resource, name, value) for name, value in parameters if not self.shapes(name))

    @staticmethod
    def shapes(name):
        return name in ("_sort", "_count", "_include", "_revinclude", "_include:iterate", "_total")

    def one(self, type_, resource, name, value):
        if name.startswith("_has:"):
            _, other, reference, rest = name.split(":", 3)
            key = (other, reference, rest, value)
            if not hasattr(self, "cache") or self.cache[0] != key:  # who is referred to by a match
                kind, paths = parameters_of(other)[reference]
                hits = (self.by_type[other][id_] for id_ in self.find(other, [(rest, value)]))
                self.cache = key, {v.get("reference") for hit in hits for v in elements(hit, paths)}
            return f"{type_}/{resource['id']}" in self.cache[1]
        if "." in name:
            head, rest = name.split(".", 1)
            code, _, wanted = head.partition(":")
            for element in elements(resource, parameters_of(type_)[code][1]):
                other, _, id_ = element.get("reference", "").partition("/")
                target = self.all.get((other, id_))
                if target and (not wanted or wanted == other) and self.known(other, rest) and self.one(other, target, rest, value):
                    return True
            return False
        code, _, modifier = name.partition(":")
        alternatives = [part for part in value.split(",") if part]
        if code == "_id":
            return (resource["id"] in alternatives) != (modifier == "not")
        if code == "deceased":
            dead = "deceasedDateTime" in resource or resource.get("deceasedBoolean") is True
            return ("true" if dead else "false") in alternatives
        if (type_, code) in COMPOSITES:
            return any(self.composite(type_, resource, code, part) for part in alternatives)
        kind, paths = parameters_of(type_)[code]
        found = list(elements(resource, paths))
        if modifier == "missing":
            return (not found) == (value == "true")
        if modifier == "not":
            return not any(token_matches(e, part, SYSTEMS.get((type_, code))) for e in found for part in alternatives)
        return any(self.element(type_, code, kind, modifier, e, part) for e in found for part in alternatives)

    def known(self, type_, rest):
        code = rest.split(".")[0].split(":")[0]
        return code in parameters_of(type_) or (type_, code) in COMPOSITES or code in ("_id", "deceased")

    def element(self, type_, code, kind, modifier, element, text):
        if kind in ("string", "name", "address"):
            for stored in strings(kind, element):
                if modifier == "exact" and stored == text or modifier == "contains" and folded(text) in folded(stored):
                    return True
                if not modifier and folded(stored).startswith(folded(text)):
                    return True
            return False
        if kind == "token" and modifier == "text":
            return any(folded(text) in folded(words) for _, _, words in tokens(element))
        if kind == "token":
            return token_matches(element, text, SYSTEMS.get((type_, code)))
        if kind == "reference":
            return reference_matches(element, text, modifier)
        return {"date": date_matches, "quantity": quantity_matches}[kind](element, text)

    def composite(self, type_, resource, code, text):
        bases, *parts = COMPOSITES[type_, code]
        wanted = text.split("$")
        for base in bases:
            for element in [resource] if base == "." else at(resource, base):
                if all(any(self.element(type_, "", kind, "", value, part) for value in at(element, path))
                       for (path, kind), part in zip(parts, wanted)):
                    return True
        return False

    def sort_key(self, type_, resource, code):
        """The smallest and the largest value that a sort can see (of a date its start and its end), or None."""
        kind, paths = parameters_of(type_)[code]
        keys = []
        for value in elements(resource, paths):
            if kind == "date":
                keys.extend(spans(value))
            elif kind == "string":
                keys.append(folded(value))
            elif kind == "token":
                keys.extend(c for _, c, _ in tokens(value) if c)
        return (min(keys), max(keys)) if keys else None

    def included(self, parameters, matches):
        """What _include and _revinclude bring in beside the matches."""
        brought = set()
        for name, value in parameters:
            if name not in ("_include", "_revinclude"):
                continue
            source, code = value.split(":")[:2]
            paths = parameters_of(source)[code][1]
            if name == "_include":
                for key in matches:
                    if key[0] == source:
                        brought |= {tuple(v["reference"].split("/")) for v in elements(self.all[key], paths) if "/" in v.get("reference", "")}
            else:
                wanted = {f"{t}/{i}" for t, i in matches}
                for id_, resource in self.by_type.get(source, {}).items():
                    if any(v.get("reference") in wanted for v in elements(resource, paths)):
                        brought.add((source, id_))
        return {key for key in brought if key in self.all} - matches


# ---------------------------------------------------------------- random searches


class Dice:
    def __init__(self, scan, seed):
        self.scan, self.random = scan, random.Random(seed)
        self.types = [t for t in scan.by_type if t in PARAMETERS]

    def search(self):
        type_ = self.random.choice(self.types)
        parameters = [self.filter(type_) for _ in range(self.random.choice([1, 1, 2, 2, 3]))]
        roll = self.random.random()
        if roll < 0.15:
            codes = [c for c, (kind, _) in parameters_of(type_).items() if kind in ("date", "string", "token") and c != "_tag"]
            parameters.append(("_sort", self.random.choice(["", "-"]) + self.random.choice(codes)))
        elif roll < 0.3 and (references := [c for c, (kind, _) in parameters_of(type_).items() if kind == "reference"]):
            parameters.append(("_include", f"{type_}:{self.random.choice(references)}"))
        elif roll < 0.35 and type_ in ("Patient", "Encounter"):
            source = self.random.choice(["Condition", "Procedure", "Immunization"] if type_ == "Patient" else ["Condition", "Procedure"])
            parameters.append(("_revinclude", f"{source}:{type_.lower()}"))
        return type_, parameters

    def filter(self, type_, depth=0):
        roll = self.random.random()
        table = parameters_of(type_)
        references = [c for c, (kind, _) in table.items() if kind == "reference" and TARGETS.get(c)]
        if roll < 0.12 and depth < 2 and references:
            code = self.random.choice(references)
            name, value = self.filter(TARGETS[code], depth + 1)
            if not name.startswith("_has"):
                typed = ":" + TARGETS[code] if code not in ("patient", "practitioner") else ""
                return f"{code}{typed}.{name}", value
        if roll < 0.2 and depth == 0 and type_ in ("Patient", "Encounter", "Practitioner"):
            others = [(t, c) for t in self.types for c in PARAMETERS[t] if TARGETS.get(c) == type_ and PARAMETERS[t][c][0] == "reference"
                      and t not in ("CarePlan", "Goal")]
            other, code = self.random.choice(others)
            name, value = self.filter(other, 2)
            return f"_has:{other}:{code}:{name}", value
        composites = [c for t, c in COMPOSITES if t == type_]
        code = self.random.choice(list(table) + composites)
        if self.random.random() < 0.08 and code not in composites:
            return code + ":missing", self.random.choice(["true", "false"])
        names, values = zip(*[self.value(type_, code) for _ in range(self.random.choice([1, 1, 1, 2]))])
        return names[0], ",".join(v for n, v in zip(names, values) if n == names[0])

    def some(self, type_, read):
        resources = list(self.scan.by_type[type_].values())
        for _ in range(60):
            found = list(read(self.random.choice(resources)))
            if found:
                return self.random.choice(found)
        return None

    def value(self, type_, code):
        if (type_, code) in COMPOSITES:
            bases, *parts = COMPOSITES[type_, code]
            base = self.random.choice(bases)
            element = self.some(type_, lambda r: [e for e in ([r] if base == "." else at(r, base))
                                                  if all(at(e, path) for path, _ in parts)])
            if element is None:
                return code, "x$1"
            return code, "$".join(self.of(kind, type_, "", at(element, path)[0])[1] for path, kind in parts)
        kind, paths = parameters_of(type_)[code]
        element = self.some(type_, lambda r: elements(r, paths))
        if element is None:
            return {"date": (code, "2000"), "quantity": (code, "1"), "reference": (code, "Patient/none")}.get(kind, (code, "none"))
        modifier, value = self.of(kind, type_, code, element)
        return code + modifier, value

    def of(self, kind, type_, code, element):
        roll = self.random.random()
        if kind == "date":
            text = element if isinstance(element, str) else element.get("start", "2010-01-01")
            lengths = [4, 7, 10, len(text)]
            return "", self.random.choice(["", ""] + PREFIXES) + text[:self.random.choice(lengths)]
        if kind == "quantity":
            number = str(element["value"]) if roll < 0.3 else f"{float(element['value']):.{self.random.choice([0, 1, 2])}f}"
            if "e" in number:
                number = "1.0"
            unit = self.random.choice(["", f"|{UCUM}|{element.get('code')}", f"||{element.get('code')}"])
            return "", self.random.choice(["", ""] + PREFIXES) + number + unit
        if kind == "reference":
            type_of, _, id_ = element.get("reference", "Patient/none").partition("/")
            return ("", f"{type_of}/{id_}") if roll < 0.5 else (":" + type_of, id_) if roll < 0.75 and code not in ("patient",) else ("", id_)
        if kind == "token":
            system, value, words = self.random.choice(tokens(element, SYSTEMS.get((type_, code))))
            plain = lambda text: not re.search(r"[,$|\\]", text)
            if value is None or not plain(value):
                value, system = "none", None
            if code and roll < 0.1 and words and plain(words):
                return ":text", words[: self.random.randint(3, 12)].strip() or "x"
            written = value if system is None or roll < 0.5 else f"{system}|" if roll < 0.6 and system else f"{system}|{value}"
            return (":not" if code and roll > 0.9 else ""), written
        texts = [t for t in strings(kind, element) if t and not re.search(r"[,$|\\]", t)]
        if not texts:
            return "", "x"
        text = self.random.choice(texts)
        if roll < 0.15:
            return ":exact", text
        word = self.random.choice(text.split())
        if roll < 0.3:
            return ":contains", word[: self.random.randint(1, 5)]
        prefix = text[: self.random.randint(1, len(text))].strip()
        return "", prefix.upper() if roll < 0.5 else prefix


# ---------------------------------------------------------------- the server


class Server:
    def __init__(self, program, bundles, folder):
        data = Path(folder) / "data"
        done = subprocess.run([program, "import", "--data", data, bundles], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"import failed: {done.stdout[-2000:]} {done.stderr[-2000:]}")
        self.log = open(Path(folder) / "log", "w")
        self.process = subprocess.Popen([program, "serve", "--data", data, "--port", "0"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline().split()
        if not line or line[0] != "ready":
            sys.exit("the server did not start")
        self.base = line[1]

    def get(self, url):
        request = urllib.request.Request(url, headers={"Prefer": "handling=strict", "Accept": "application/fhir+json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{error.code}: {error.read().decode()[:400]}") from None

    def find(self, type_, parameters):
        """Matches in order, and what was included; the server's own resources left out."""
        query = urllib.parse.urlencode(parameters + [("_count", "500")])
        url, matches, included, total = f"{self.base}/{type_}?{query}", [], set(), None
        while url:
            bundle = self.get(url)
            total = bundle.get("total", total)
            for entry in bundle.get("entry", []):
                resource, mode = entry["resource"], entry["search"]["mode"]
                if mode == "outcome":
                    raise RuntimeError("an outcome among the matches: " + json.dumps(resource)[:300])
                if any((t.get("system"), t.get("code")) == OWN for t in resource.get("meta", {}).get("tag", [])):
                    continue
                key = resource["resourceType"], resource["id"]
                matches.append(key) if mode == "match" else included.add(key)
            url = next((link["url"] for link in bundle.get("link", []) if link["relation"] == "next"), None)
        return matches, included, total

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()


# ---------------------------------------------------------------- comparing


def compare(scan, server, type_, parameters):
    """What differs, in words; nothing when the answers agree. And how many there were."""
    wanted = {(type_, id_) for id_ in scan.find(type_, parameters)}
    matches, included, total = server.find(type_, parameters)
    faults = []
    got = set(matches)
    if len(got) != len(matches):
        faults.append(f"{len(matches) - len(got)} matches twice")
    if got != wanted:
        faults.append(f"{len(got)} found, {len(wanted)} expected; missing {sorted(wanted - got)[:3]}, too many {sorted(got - wanted)[:3]}")
    sorts = [value for name, value in parameters if name == "_sort"]
    if sorts and not faults:
        faults += unsorted(scan, type_, matches, sorts[0])
    brought = scan.included(parameters, got)
    if included != brought:
        faults.append(f"{len(included)} included, {len(brought)} expected; missing {sorted(brought - included)[:3]}, "
                      f"too many {sorted(included - brought)[:3]}")
    return faults, len(wanted)


def unsorted(scan, type_, matches, key):
    code, down = key.lstrip("-"), key.startswith("-")
    last = None
    for match in matches:
        value = scan.sort_key(type_, scan.all[match], code)
        here = None if value is None else value[1] if down else value[0]
        if last is not None and last != "first" and here is not None and (here > last if down else here < last):
            return [f"{match} is out of order"]
        if last is None and here is not None and match is not matches[0]:
            return [f"{match} comes after one without value"]
        last = here
    return []


def written(line):
    type_, _, query = line.partition("?")
    return type_, [tuple(pair.partition("=")[::2]) for pair in query.split("&")]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", required=True)
    options.add_argument("--data", required=True)
    options.add_argument("--random", type=int, default=300)
    options.add_argument("--seed", type=int, default=4)
    options.add_argument("--keep")
    given = options.parse_args()
    folder = given.keep or tempfile.mkdtemp(prefix="panelbridge-golden-")
    bundles = Path(folder) / "bundles"
    bundles.mkdir(parents=True, exist_ok=True)
    resources = read_bundles(given.data)
    write_bundles(resources, bundles)
    scan = Scan(resources)
    server = Server(given.program, bundles, folder)
    failed = empty = 0
    try:
        lines = Path(__file__).with_suffix(".txt").read_text().splitlines()
        searches = [written(line) for line in lines if line and not line.startswith("#")]
        dice = Dice(scan, given.seed)
        searches += [dice.search() for _ in range(given.random)]
        started = time.time()
        for type_, parameters in searches:
            try:
                faults, count = compare(scan, server, type_, parameters)
            except RuntimeError as error:
                faults, count = [str(error)], 0
            empty += count == 0
            if faults:
                failed += 1
                print(f"{type_}?{'&'.join('='.join(p) for p in parameters)}\n  " + "\n  ".join(faults))
        print(f"{len(resources)} resources, {len(searches)} searches ({empty} of them empty), {failed} differ, {time.time() - started:.0f} s")
    finally:
        server.stop()
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
