#!/usr/bin/env python3
"""Reads a folder of FHIRPath cases in YAML and prints them as JSON, one object a line.

Knows the part of YAML those files use: block maps and lists, plain, quoted, folded and literal scalars, flow lists and
maps, comments. Standard library only.
"""
import json
import pathlib
import re
import sys


class Reader:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.at = 0

    # Lines -----------------------------------------------------------------------------------------------------------
    def skip(self):
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            if line and not line.startswith("#"):
                return True
            self.at += 1
        return False

    def indent(self):
        line = self.lines[self.at]
        return len(line) - len(line.lstrip(" "))

    def block(self, least):
        """The value that starts on the next line, if it is indented by at least `least`."""
        if not self.skip() or self.indent() < least:
            return None
        column = self.indent()
        text = self.lines[self.at].strip()
        if text == "-" or text.startswith("- "):
            return self.sequence(column)
        if self.key(text):
            return self.mapping(column)
        return self.scalar(column)

    def sequence(self, column):
        items = []
        while self.skip() and self.indent() == column and re.match(r"-( |$)", self.lines[self.at].strip()):
            line = self.lines[self.at]
            rest = line[column + 1:]
            inner = column + 1 + len(rest) - len(rest.lstrip(" "))
            if not rest.strip() or rest.strip().startswith("#"):
                self.at += 1
                items.append(self.block(column + 1))
            else:  # what follows the dash is a line of its own, indented to where it stands
                self.lines[self.at] = " " * inner + rest.strip()
                items.append(self.block(inner))
        return items

    def mapping(self, column):
        result = {}
        while self.skip() and self.indent() == column:
            text = self.lines[self.at].strip()
            found = self.key(text)
            if not found:
                break
            name, rest = found
            if not rest or rest.startswith("#"):
                self.at += 1
                # a list may stand at the same column as its key
                lists = self.skip() and self.indent() == column and re.match(r"-( |$)", self.lines[self.at].strip())
                result[name] = self.sequence(column) if lists else self.block(column + 1)
            else:
                self.lines[self.at] = " " * (column + 1) + rest
                result[name] = self.scalar(column + 1)
        return result

    @staticmethod
    def key(text):
        """Splits "name: rest"; None when the line is no entry of a map."""
        if text[0] in "'\"":
            end = Reader.end_of_quote(text, 0)
            if end is None or not re.match(r":( |$)", text[end:]):
                return None
            return Reader.unquote(text[:end]), text[end + 1:].strip()
        if text[0] in "[{>|":
            return None
        found = re.match(r"([^#]*?):( +|$)", text)
        return (found.group(1).strip(), text[found.end():].strip()) if found else None

    # Scalars ---------------------------------------------------------------------------------------------------------
    def scalar(self, column):
        text = self.lines[self.at].strip()
        if text[0] in ">|":
            return self.folded(text, column)
        if text[0] in "'\"[{":
            while not self.complete(text):
                self.at += 1
                if self.at >= len(self.lines):
                    raise ValueError("not closed: " + text)
                text += (" " if text[0] in "'\"" else " ") + self.lines[self.at].strip()
            self.at += 1
            value, end = self.flow(text, 0)
            return value
        self.at += 1
        text = self.uncommented(text)
        while self.skip_to_more(column):  # a plain scalar goes on while it is indented
            text += " " + self.uncommented(self.lines[self.at].strip())
            self.at += 1
        return self.plain(text)

    def skip_to_more(self, column):
        if self.at >= len(self.lines):
            return False
        text = self.lines[self.at].strip()
        return bool(text) and self.indent() >= column and not text.startswith("#") and not text.startswith("- ") and not self.key(text)

    @staticmethod
    def uncommented(text):
        found = re.search(r"\s#", text)
        return text[:found.start()].rstrip() if found else text

    def folded(self, header, column):
        self.at += 1
        lines = []
        inner = None
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip():
                if inner is None:
                    inner = self.indent()
                    if inner < column - 1:
                        break
                if self.indent() < inner:
                    break
                lines.append(line[inner:])
            else:
                lines.append("")
            self.at += 1
        while lines and not lines[-1]:
            lines.pop()
        text = ("\n" if header[0] == "|" else " ").join(lines)
        return text if "-" in header else text + "\n"

    def complete(self, text):
        try:
            self.flow(text, 0)
            return True
        except IndexError:
            return False

    @staticmethod
    def end_of_quote(text, at):
        quote = text[at]
        end = at + 1
        while end < len(text):
            if quote == '"' and text[end] == "\\":
                end += 2
            elif quote == "'" and text[end:end + 2] == "''":
                end += 2
            elif text[end] == quote:
                return end + 1
            else:
                end += 1
        return None

    @staticmethod
    def unquote(text):
        if text[0] == "'":
            return text[1:-1].replace("''", "'")
        simple = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b", "0": "\0"}

        def one(found):
            code = found.group(1)
            if code[0] in "ux" and len(code) > 1:
                return chr(int(code[1:], 16))
            return simple.get(code, code)
        return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", one, text[1:-1], flags=re.S)

    def flow(self, text, at):
        """A value that starts at `at`, and where it ends. IndexError: it goes on in the next line."""
        while text[at] == " ":
            at += 1
        if text[at] in "'\"":
            end = self.end_of_quote(text, at)
            if end is None:
                raise IndexError
            return self.unquote(text[at:end]), end
        if text[at] == "[":
            items, at = [], at + 1
            while True:
                while text[at] in " ,":
                    at += 1
                if text[at] == "]":
                    return items, at + 1
                value, at = self.flow(text, at)
                items.append(value)
        if text[at] == "{":
            result, at = {}, at + 1
            while True:
                while text[at] in " ,":
                    at += 1
                if text[at] == "}":
                    return result, at + 1
                name, at = self.flow(text, at)
                while text[at] in " :":
                    at += 1
                result[str(name)], at = self.flow(text, at)
        end = at
        while text[end] not in ",]}" and not (text[end] == ":" and text[end + 1] == " "):
            end += 1
        return self.plain(text[at:end].strip()), end

    @staticmethod
    def plain(text):
        if text in ("", "null", "~"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if re.fullmatch(r"[-+]?\d+", text):
            return int(text)
        if re.fullmatch(r"[-+]?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?", text):
            return float(text)
        return text


def cases(entries, group, subject, name):
    for entry in entries or []:
        if not isinstance(entry, dict):
            continue
        for key, value in entry.items():
            if "group" in key and isinstance(value, list):
                yield from cases(value, key, subject, name)
        if "expression" not in entry:
            continue
        expressions = entry["expression"] if isinstance(entry["expression"], list) else [entry["expression"]]
        for expression in expressions:
            case = {"suite": name, "group": group, "desc": entry.get("desc") or entry.get("description") or ""}
            if isinstance(expression, dict):
                case["base"], expression = expression["base"], expression["expression"]
            case["expression"] = str(expression).lower() if isinstance(expression, bool) else str(expression)
            for key in ("inputfile", "model", "context", "variables", "result", "preciseMath"):
                if key in entry:
                    case[key] = entry[key]
            case["error"] = bool(entry.get("error", False))
            case["disabled"] = bool(entry.get("disable", False))
            if "inputfile" not in case:
                case["subject"] = subject
            yield case


def main():
    folder = pathlib.Path(sys.argv[1])
    for path in sorted(folder.glob("*.yaml")):
        document = Reader(path.read_text(encoding="utf-8")).block(0)
        for case in cases(document["tests"], "", document.get("subject"), path.stem):
            print(json.dumps(case, ensure_ascii=False))


if __name__ == "__main__":
    main()
