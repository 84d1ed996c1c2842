#!/usr/bin/env python3
"""Makes the compact definitions of profiles/r4 from an official FHIR package: compact.py PACKAGE.tgz OUTDIR

Facts only (paths, types, cardinalities, codes, expressions), no prose. The same package gives the same bytes. One line
per entry. The files and their defaults are described in profiles/README.md and read by fhir/model.
"""
import json
import re
import sys
import tarfile
from pathlib import Path

BASE = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = BASE + "structuredefinition-fhir-type"
REGEX = BASE + "regex"


def read_package(path):
    """All resources of the package, by type, in order of their canonical (or id)."""
    by_type = {}
    with tarfile.open(path) as package:
        for member in package.getmembers():
            name = Path(member.name)
            if name.parent.name != "package" or name.suffix != ".json" or name.name.startswith("."):
                continue
            resource = json.loads(package.extractfile(member).read())
            if name.name == "package.json":
                by_type["package"] = resource
            elif "resourceType" in resource:
                by_type.setdefault(resource["resourceType"], []).append(resource)
    for kind, resources in by_type.items():
        if kind != "package":
            resources.sort(key=lambda r: (r.get("url", ""), r.get("id", "")))
    return by_type


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def without_version(canonical):
    return canonical.split("|")[0]


def last_step(url):
    return without_version(url).rsplit("/", 1)[-1]


def drop_empty(entry):
    return {key: value for key, value in entry.items() if value not in (None, False, [], "", {})}


# --- types ------------------------------------------------------------------------------------------------------------

def extension(of, url):
    for item in of.get("extension", []):
        if item.get("url") == url:
            return next(value for key, value in item.items() if key.startswith("value"))
    return None


def is_type(definition):
    if definition["kind"] == "logical" or definition["type"] == "Extension" and definition.get("derivation") == "constraint":
        return False
    return definition.get("derivation") != "constraint" or definition["id"] in ("SimpleQuantity", "MoneyQuantity")


def family(definition):
    return {"primitive-type": "primitive", "complex-type": "complex", "resource": "resource"}[definition["kind"]]


def element_type(entry, element):
    code = extension(entry, FHIR_TYPE) or entry["code"]
    if element["base"]["path"] == "Resource.id":
        code = "id"
    if code.startswith("http://hl7.org/fhirpath/System."):
        code = code.rsplit(".", 1)[-1].lower()
    targets = [last_step(url) for url in entry.get("targetProfile", [])]
    targets = [] if "Resource" in targets else targets
    profiles = [last_step(url) for url in entry.get("profile", [])]
    if not targets and not profiles:
        return code
    return drop_empty({"code": code, "targets": targets, "profiles": profiles})


class Invariants:
    """Invariants by key; where R4 uses a key twice the later ones carry the type: inv-1@Parameters."""

    def __init__(self):
        self.rows = {}

    def refer(self, constraint, type_name):
        row = {"severity": constraint["severity"], "expression": constraint.get("expression", "")}
        key = constraint["key"]
        if self.rows.setdefault(key, row) != row:
            key = f"{key}@{type_name}"
            self.rows[key] = row
        return key


def compact_element(element, path, type_keys, invariants, type_name):
    binding = element.get("binding", {})
    constraints = [c for c in element.get("constraint", []) if c["key"] not in type_keys]
    return drop_empty({
        "path": path,
        "min": element["min"],
        "max": element["max"] if element["max"] != "1" else None,
        "types": [element_type(entry, element) for entry in element.get("type", [])],
        "content": element.get("contentReference", "").lstrip("#"),
        "strength": binding.get("strength") if binding.get("valueSet") else None,
        "valueSet": without_version(binding.get("valueSet", "")),
        "invariants": [invariants.refer(c, type_name) for c in constraints],
        "modifier": element.get("isModifier", False),
        "summary": element.get("isSummary", False),
    })


def own_elements(definition, root, invariants):
    """What the type declares itself; what it inherits is only listed where it differs from the base."""
    name, type_name = definition["id"], definition["type"]
    type_keys = {"ele-1", "ext-1"} | {c["key"] for c in root.get("constraint", [])}
    constrained = definition.get("derivation") == "constraint"
    for element in definition["snapshot"]["element"][1:]:
        base = element["base"]
        inherited = base["path"].split(".")[0] != type_name
        same = element["min"] == base["min"] and element["max"] == base["max"]
        if (inherited or constrained) and same:
            continue
        path = name + element["path"][len(type_name):]
        yield compact_element(element, path, type_keys, invariants, name)


def compact_types(definitions, invariants):
    for definition in definitions:
        if not is_type(definition):
            continue
        elements = definition["snapshot"]["element"]
        root = elements[0]
        base = last_step(definition.get("baseDefinition", ""))
        pattern = ""
        for element in elements[1:]:
            if element["path"].endswith(".value") and definition["kind"] == "primitive-type":
                pattern = next((p for p in (extension(t, REGEX) for t in element.get("type", [])) if p), "")
        if definition["kind"] == "primitive-type":  # R4 calls their root's cardinality and the value's type what JSON cannot
            own = []
        else:
            own = list(own_elements(definition, root, invariants))
        head = drop_empty({
            "name": definition["id"], "base": base, "family": family(definition), "abstract": definition["abstract"],
            "pattern": pattern, "constraint": definition.get("derivation") == "constraint",
            "invariants": [invariants.refer(c, definition["type"]) for c in root.get("constraint", [])],
        })
        yield head, own


# --- codes ------------------------------------------------------------------------------------------------------------

class NotEnumerable(Exception):
    pass


class Terminology:
    def __init__(self, package):
        self.systems = {r["url"]: r for r in package.get("CodeSystem", []) if "url" in r}
        self.sets = {r["url"]: r for r in package.get("ValueSet", []) if "url" in r}

    def expand(self, url, within=()):
        """The codes of a value set as {system: {code}}."""
        value_set = self.sets.get(without_version(url))
        if value_set is None or "compose" not in value_set or url in within:
            raise NotEnumerable(url)
        result = {}
        for include in value_set["compose"].get("include", []):
            for system, codes in self.part(include, within + (url,)).items():
                result.setdefault(system, set()).update(codes)
        for exclude in value_set["compose"].get("exclude", []):
            for system, codes in self.part(exclude, within + (url,)).items():
                result.get(system, set()).difference_update(codes)
        return {system: codes for system, codes in result.items() if codes}

    def part(self, part, within):
        """One include or exclude: its system's codes that every value set it names holds too."""
        result = None
        if "system" in part:
            result = {part["system"]: self.of_system(part)}
        for url in part.get("valueSet", []):
            other = self.expand(without_version(url), within)
            if result is None:
                result = other
            else:
                result = {system: codes & other.get(system, set()) for system, codes in result.items()}
        return result or {}

    def of_system(self, part):
        if "concept" in part:
            return {concept["code"] for concept in part["concept"]}
        system = self.systems.get(part["system"])
        if system is None or system.get("content") != "complete":
            raise NotEnumerable(part["system"])
        concepts = self.hierarchy(system)
        codes = set(concepts)
        for rule in part.get("filter", []):
            codes &= self.filtered(concepts, rule)
        return codes

    def hierarchy(self, system):
        """code -> (concept, codes of its ancestors); by nesting and by the property subsumedBy."""
        concepts, parents = {}, {}

        def walk(items, above):
            for concept in items:
                code = concept["code"]
                concepts[code] = concept
                parents.setdefault(code, set()).update(above)
                for prop in concept.get("property", []):
                    if prop["code"] in ("subsumedBy", "parent") and "valueCode" in prop:
                        parents[code].add(prop["valueCode"])
                walk(concept.get("concept", []), [code])

        walk(system.get("concept", []), [])

        def ancestors(code):
            seen, open_codes = set(), list(parents.get(code, ()))
            while open_codes:
                parent = open_codes.pop()
                if parent not in seen:
                    seen.add(parent)
                    open_codes.extend(parents.get(parent, ()))
            return seen

        return {code: (concept, ancestors(code)) for code, concept in concepts.items()}

    def filtered(self, concepts, rule):
        prop, op, value = rule["property"], rule["op"], rule["value"]
        if prop == "concept" and op in ("is-a", "descendent-of", "is-not-a"):
            below = {code for code, (_, above) in concepts.items() if value in above}
            if op == "is-not-a":
                return set(concepts) - below - {value}
            return below | ({value} & set(concepts) if op == "is-a" else set())
        if op == "regex" and prop == "code":
            return {code for code in concepts if re.fullmatch(value, code)}
        if op in ("=", "in", "not-in"):
            wanted = {value} if op == "=" else set(value.split(","))
            having = {code for code, (concept, _) in concepts.items() if wanted & properties(concept, prop)}
            return set(concepts) - having if op == "not-in" else having
        raise NotEnumerable(f"{prop} {op}")


def properties(concept, code):
    if code in ("code", "concept"):
        return {concept["code"]}
    return {str(value) for p in concept.get("property", []) if p["code"] == code
            for key, value in p.items() if key.startswith("value")}


def compact_codes(terminology, urls):
    for url in sorted(urls):
        try:
            codes = terminology.expand(url)
        except NotEnumerable:
            continue
        if codes:
            yield {"url": url, "codes": {system: sorted(codes[system]) for system in sorted(codes)}}


# --- search -----------------------------------------------------------------------------------------------------------

def compact_search_parameters(parameters):
    for parameter in parameters:
        if "base" in parameter:
            yield drop_empty({
                "url": parameter["url"], "code": parameter["code"], "type": parameter["type"], "base": parameter["base"],
                "expression": parameter.get("expression", ""), "target": parameter.get("target", []),
                "component": [{"definition": c["definition"], "expression": c["expression"]}
                              for c in parameter.get("component", [])],
            })


def compact_compartments(compartments):
    for compartment in compartments:
        if not compartment.get("experimental") or compartment["id"] != "example":
            resources = {r["code"]: r["param"] for r in compartment["resource"] if r.get("param")}
            yield {"type": compartment["code"], "resources": resources}


# --- output -----------------------------------------------------------------------------------------------------------

def write(folder, name, package, rows):
    head = '{"package":' + line(f'{package["name"]}#{package["version"]}') + ',"entries":[\n'
    (folder / name).write_text(head + ",\n".join(rows) + "\n]}\n", encoding="utf-8")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    everything = read_package(sys.argv[1])
    package, folder = everything["package"], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)

    invariants, type_rows, terminology = Invariants(), [], Terminology(everything)
    for head, elements in compact_types(everything["StructureDefinition"], invariants):
        body = "".join(",\n".join([""] + [line(e) for e in elements]))[1:]
        type_rows.append(line(head)[:-1] + ',"elements":[' + body + "]}")
    write(folder, "types.json", package, type_rows)
    write(folder, "invariants.json", package,
          [line({"key": key, **row}) for key, row in sorted(invariants.rows.items())])
    write(folder, "codes.json", package, map(line, compact_codes(terminology, terminology.sets)))
    write(folder, "search-parameters.json", package, map(line, compact_search_parameters(everything["SearchParameter"])))
    write(folder, "compartments.json", package, map(line, compact_compartments(everything["CompartmentDefinition"])))


if __name__ == "__main__":
    main()
