#!/usr/bin/env python3
"""Checks the programmes (profiles/programmes) as data: python3 profiles/check.py [FOLDER]

Every file is JSON of the form in profiles/README.md; every expression uses known functions with the right number of
arguments and names of loaded sets; every item has its code, texts, family, evidence and ActivityDefinition; ids and names
are unique; SNOMED CT and LOINC codes have a right check digit. Prints each fault, exits 1 when there is one.
"""
import json
import re
import sys
from pathlib import Path

HOUSE = "https://w3id.org/panelbridge/fhir"
DEFINITION = HOUSE + "/StructureDefinition/"
# name -> (fewest, most arguments, which arguments are set names)
FUNCTIONS = {
    "age": (0, 0, ()), "age_days": (0, 0, ()), "answer": (2, 2, (0, 1)), "birthday": (1, 1, ()), "born": (0, 0, ()),
    "coalesce": (2, 2, ()), "count": (1, 2, (0,)), "declined": (1, 1, (0,)), "drugs": (0, 1, (0,)), "earliest": (1, 9, ()),
    "ever": (1, 1, (0,)), "female": (0, 0, ()), "first": (1, 1, (0,)), "highest": (2, 2, (0,)), "iif": (2, 3, ()),
    "last": (1, 2, (0,)), "latest": (1, 9, ()), "lowest": (2, 2, (0,)), "male": (0, 0, ()), "need": (1, 1, ("need",)),
    "need_since": (1, 1, ("need",)), "on": (1, 1, (0,)), "on_since": (1, 1, (0,)), "onset": (1, 1, (0,)), "open": (1, 1, (0,)),
    "previous": (2, 2, (0,)), "score": (1, 1, ("algorithm",)), "season_start": (2, 2, ()), "supported": (1, 1, ("need",)),
    "tier": (0, 1, ("algorithm",)), "today": (0, 0, ()), "twice_below": (3, 3, (0,)), "under_way": (1, 1, (0,)),
    "value": (1, 2, (0,)), "within": (2, 2, (0,)),
}
METHODS = {"not", "exists", "empty"}
ALGORITHMS = {"charlson", "lace", "efi", "score2", "findrisc", "composite", "cha2ds2-vasc", "has-bled"}
TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|('(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(<=|>=|!=|[-+*/<>=(),.{}]))")
WORDS = {"and", "or", "xor", "implies"}
NUMBERS = {"delay", "grace", "soon", "urgency", "effort"}
RULES = {"evidence", "met", "every", "start"}
KINDS = {"do", "target", "stop", "support"}

faults = []


def fault(where, text):
    faults.append(f"{where}: {text}")


class Expression:
    """A recursive descent over the part of FHIRPath that rules use; collects what is wrong."""

    def __init__(self, text, where, sets, needs):
        self.where, self.text, self.sets, self.needs, self.at = where, text, sets, needs, 0
        self.tokens = self.split(text)
        self.binary(0)
        if self.at < len(self.tokens):
            self.wrong(f"unexpected '{self.tokens[self.at][1]}'")

    def wrong(self, text):
        fault(self.where, f"{text} in: {self.text}")

    def split(self, text):
        tokens, position = [], 0
        text = text.rstrip()
        while position < len(text):
            match = TOKEN.match(text, position)
            if not match:
                self.wrong(f"unreadable at {position}")
                return []
            kind = next(i for i, group in enumerate(match.groups()) if group is not None)
            tokens.append((("number", "string", "word", "sign")[kind], match.group(kind + 1)))
            position = match.end()
        return tokens

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, wanted=None):
        token = self.peek()
        if wanted is not None and token[1] != wanted:
            self.wrong(f"'{wanted}' expected, not '{token[1]}'")
            self.at = len(self.tokens)
            return token
        self.at += 1
        return token

    LEVELS = [{"implies"}, {"or", "xor"}, {"and"}, {"=", "!="}, {"<", "<=", ">", ">="}, {"+", "-"}, {"*", "/"}]

    def binary(self, level):
        if level == len(self.LEVELS):
            return self.unary()
        self.binary(level + 1)
        while self.peek()[1] in self.LEVELS[level] and self.peek()[0] in ("word", "sign"):
            self.take()
            self.binary(level + 1)

    def unary(self):
        if self.peek() == ("sign", "-"):
            self.take()
        self.term()
        while self.peek() == ("sign", "."):
            self.take()
            name = self.take()[1]
            if name not in METHODS:
                self.wrong(f"unknown method '{name}'")
            self.take("(")
            self.take(")")

    def term(self):
        kind, text = self.take()
        if kind == "number":
            return
        if text == "(":
            self.binary(0)
            self.take(")")
        elif text == "{":
            self.take("}")
        elif kind == "word" and text in ("true", "false"):
            return
        elif kind == "word":
            self.call(text)
        else:
            self.wrong(f"a value expected, not '{text}'")

    def call(self, name):
        self.take("(")
        arguments = []
        while self.peek()[1] != ")" and self.peek()[0] != "end":
            if self.peek()[0] == "string":
                arguments.append(self.take()[1][1:-1])
            else:
                self.binary(0)
                arguments.append(None)
            if self.peek()[1] == ",":
                self.take()
        self.take(")")
        if name not in FUNCTIONS:
            return self.wrong(f"unknown function '{name}'")
        fewest, most, names = FUNCTIONS[name]
        if not fewest <= len(arguments) <= most:
            self.wrong(f"'{name}' takes {fewest} to {most} arguments, not {len(arguments)}")
        for i, argument in enumerate(arguments):
            kind = "need" if names == ("need",) else "algorithm" if names == ("algorithm",) else "set"
            if kind != "set" or i in names:
                self.name(kind, argument, name)
            elif argument is not None:
                self.wrong(f"argument {i + 1} of '{name}' is not a name")

    def name(self, kind, argument, function):
        known = {"set": self.sets, "need": self.needs, "algorithm": ALGORITHMS}[kind]
        if argument is None or argument not in known:
            self.wrong(f"'{function}' names no known {kind}: {argument}")


def verhoeff(code):
    d = [[(i + j) % 5 if i < 5 and j < 5 else (i - j) % 5 if i >= 5 and j >= 5 else
          5 + (i + j) % 5 if i < 5 else 5 + (i - j) % 5 for j in range(10)] for i in range(10)]
    p = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(p) < 8:
        p.append([p[-1][p[1][i]] for i in range(10)])
    check = 0
    for i, digit in enumerate(reversed(code)):
        check = d[check][p[i % 8][int(digit)]]
    return check == 0


def luhn(code):
    body, check = code.split("-")
    total = 0
    for i, digit in enumerate(reversed(body)):
        double = int(digit) * (2 if i % 2 == 0 else 1)
        total += double // 10 + double % 10
    return (10 - total % 10) % 10 == int(check)


def check_code(where, system, code):
    if system == "http://snomed.info/sct" and not (code.isdigit() and verhoeff(code)):
        fault(where, f"{code} is no SNOMED CT code: wrong check digit")
    if system == "http://loinc.org" and not code.startswith("LA") and not (re.fullmatch(r"\d+-\d", code) and luhn(code)):
        fault(where, f"{code} is no LOINC code: wrong check digit")


def extensions(element, name):
    return [e for e in element.get("extension", []) if e["url"] == DEFINITION + name]


def part(extension, name):
    return next((e for e in extension["extension"] if e["url"] == name), {})


def check_value_set(where, value_set):
    if not value_set.get("compose", {}).get("include"):
        fault(where, "no codes")
    for include in value_set["compose"]["include"]:
        for concept in include.get("concept", []):
            check_code(where, include["system"], concept["code"])
        for each in include.get("filter", []):
            if each["op"] != "is-a" or each["property"] != "concept" or not re.search(r"icd-10|icpc|atc", include["system"]):
                fault(where, "only is-a on ICD-10, ICPC and ATC can be evaluated")


def check_exclusions(where, element, sets, needs):
    for each in extensions(element, "exclusion"):
        Expression(part(each, "when")["valueExpression"]["expression"], where + " exclusion", sets, needs)
        for name in ("reason", "code"):
            if not any(part(each, name).values()):
                fault(where, f"an exclusion without {name}")


def check_item(where, action, sets, urls, needs, families, activities):
    for name in ("title", "description", "textEquivalent", "documentation"):
        if not action.get(name):
            fault(where, f"no {name}")
    codings = [c for code in action.get("code", []) for c in code["coding"]]
    if len(codings) < 2 or codings[-1]["system"] != HOUSE + "/CodeSystem/item":
        fault(where, "needs a clinical code and a house item code")
    for coding in codings:
        check_code(where, coding["system"], coding["code"])
        if coding["system"] == HOUSE + "/CodeSystem/item" and coding["code"] not in families:
            fault(where, f"house item code {coding['code']} is not in the code system")
    if activities.get(action.get("definitionCanonical")) != action["id"]:
        fault(where, f"no ActivityDefinition {action.get('definitionCanonical')}")
    for each in extensions(action, "item-kind"):
        if each["valueCode"] not in KINDS:
            fault(where, f"unknown kind {each['valueCode']}")
    rules = {}
    for each in extensions(action, "item-rule"):
        rules[part(each, "name")["valueCode"]] = part(each, "value")["valueExpression"]["expression"]
    for each in extensions(action, "item-number"):
        if part(each, "name")["valueCode"] not in NUMBERS or part(each, "value")["valueInteger"] < 0:
            fault(where, "unknown or negative number")
    for name, expression in rules.items():
        if name not in RULES:
            fault(where, f"unknown rule {name}")
        Expression(expression, f"{where} {name}", sets, needs)
    for condition in action.get("condition", []):
        Expression(condition["expression"]["expression"], where + " condition", sets, needs)
    check_exclusions(where, action, sets, needs)
    inputs = [f["valueSet"] for i in action.get("input", []) for f in i["codeFilter"]]
    for url in inputs:
        if url not in urls:
            fault(where, f"value set {url} is not there")
    if not inputs:
        fault(where, "no input: nothing is looked for")


def load(folder):
    resources = []
    for file in sorted(Path(folder).glob("*.json")):
        try:
            resource = json.loads(file.read_text())
        except ValueError as error:
            fault(file.name, f"not JSON: {error}")
            continue
        for each in [e["resource"] for e in resource.get("entry", [])] or [resource]:
            resources.append((file.name, each))
    return resources


def main():
    here = Path(__file__).parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "programmes"
    resources = load(folder)
    families = {c["code"] for c in json.loads((here / "house/codesystem-item.json").read_text())["concept"]}
    seen, sets, urls, activities = set(), set(), set(), {}
    for file, resource in resources:
        key = (resource["resourceType"], resource["id"])
        if key in seen:
            fault(file, f"{key} is there twice")
        seen.add(key)
        if resource["resourceType"] == "ValueSet":
            if resource["name"] in sets:
                fault(file, f"the name {resource['name']} is taken twice")
            sets.add(resource["name"])
            urls.add(resource["url"])
            check_value_set(file, resource)
        if resource["resourceType"] == "ActivityDefinition":
            activities[f"{resource['url']}|{resource['version']}"] = resource["id"]
    needs = {re.sub(r"^(NEED|SUPPORT)-|-(answers|no|about)$", "", n) for n in sets if n.startswith(("NEED-", "SUPPORT-"))}
    plans = [(f, r) for f, r in resources if r["resourceType"] == "PlanDefinition"]
    items, used_families = set(), set()
    for file, plan in plans:
        Expression(extensions(plan, "cohort")[0]["valueExpression"]["expression"], file + " cohort", sets, needs)
        check_exclusions(file, plan, sets, needs)
        for action in plan["action"]:
            if action["id"] in items:
                fault(file, f"item {action['id']} is there twice")
            items.add(action["id"])
            used_families |= {c["code"] for code in action["code"] for c in code["coding"] if c["system"] == HOUSE + "/CodeSystem/item"}
            check_item(f"{file} {action['id']}", action, sets, urls, needs, families, activities)
    for family in families - used_families:
        fault("codesystem-item.json", f"{family} is asked by no item")
    for text in faults:
        print(text)
    print(f"{len(plans)} programmes, {len(items)} items of {len(used_families)} kinds, {len(sets)} sets, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
