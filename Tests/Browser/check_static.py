"""Checks of www/ that need no browser: words, sizes, weight, banned ways of making markup.

Called by tools/check-web.

Prints one line per finding and ends with 1 when there is any.
"""

import gzip
import json
import pathlib
import re
import sys

WWW = pathlib.Path(__file__).resolve().parents[2] / "www"
MAX_LINES, MAX_COLUMNS = 600, 110
#: Login and «Главная», cold, compressed (issue 2; the aim is 35).
BUDGET = 90_000
#: What a first visit loads: login, then the shell with «Главная».
COLD = ["login.html", "js/login.js", "index.html", "js/shell.js", "js/pages/home.js", "i18n/ru.json",
        "icon.svg", "css/tokens.css", "css/dark.css", "css/base.css", "css/parts.css"]
BANNED = [r"\binnerHTML\b", r"\bouterHTML\b", r"insertAdjacentHTML", r"document\.write", r"\beval\(",
          r"new Function\b", r"setAttribute\('style'"]


def words(problems):
    """Same keys and places in every language, and no key that no language has."""
    languages = {file.stem: json.loads(file.read_text()) for file in sorted((WWW / "i18n").glob("*.json"))}
    russian = languages["ru"]
    for name, texts in languages.items():
        problems += [f"i18n/{name}.json: no key {key}" for key in russian.keys() - texts.keys()]
        problems += [f"i18n/{name}.json: key {key} is not in ru.json"
                     for key in texts.keys() - russian.keys()]
        for key in russian.keys() & texts.keys():
            if places(russian[key]) != places(texts[key]):
                problems.append(f"i18n/{name}.json: {key} has other places than ru.json")
            if isinstance(texts[key], dict) and "other" not in texts[key]:
                problems.append(f"i18n/{name}.json: {key} has no form 'other'")
    for file in scripts():
        for key in re.findall(r"\bt\('([a-zA-Z0-9.+-]+)'[,)]", file.read_text()):
            if key not in russian:
                problems.append(f"{file.relative_to(WWW)}: no words for {key}")


def places(text):
    """The {names} of a text; of all forms of a plural together."""
    joined = " ".join(text.values()) if isinstance(text, dict) else text
    return set(re.findall(r"\{(\w+)\}", joined))


def scripts():
    return sorted((WWW / "js").rglob("*.js"))


def sources(problems):
    """Sizes of files, banned calls, and that only api.js fetches."""
    for file in [*scripts(), *sorted(WWW.rglob("*.css")), *sorted(WWW.glob("*.html")),
                 *sorted((WWW / "i18n").glob("*.json"))]:
        name, text = file.relative_to(WWW), file.read_text()
        lines = text.splitlines()
        if len(lines) > MAX_LINES:
            problems.append(f"{name}: {len(lines)} lines, at most {MAX_LINES}")
        problems += [f"{name}:{n}: {len(line)} columns, at most {MAX_COLUMNS}"
                     for n, line in enumerate(lines, 1) if len(line) > MAX_COLUMNS and file.suffix in {".js", ".css"}]
        problems += [f"{name}: {pattern}" for pattern in BANNED if re.search(pattern, text)]
        if file.suffix == ".js" and not lines[0].startswith("//"):
            problems.append(f"{name}: no opening comment")
        if file.suffix == ".js" and file.name != "api.js" and re.search(r"\bfetch\(|new EventSource|XMLHttpRequest", text):
            problems.append(f"{name}: only api.js talks to the device")
        if file.suffix == ".html" and re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|<style|\son\w+=", text):
            problems.append(f"{name}: inline script or style")


def imports(name, seen):
    """A module with everything it imports statically."""
    if name in seen:
        return
    seen.add(name)
    file = WWW / name
    if file.suffix != ".js":
        return
    pattern = r"^(?:import|export)\b[^;]*?from '([^']+)'|^import '([^']+)'"
    for target in re.findall(pattern, file.read_text(), re.M):
        imports(str((file.parent / (target[0] or target[1])).resolve().relative_to(WWW)), seen)


def weight(problems):
    """What the first visit costs on the wire."""
    loaded = set()
    for name in COLD:
        imports(name, loaded)
    total = sum(len(gzip.compress((WWW / name).read_bytes(), 9, mtime=0)) for name in loaded)
    whole = sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in WWW.rglob("*")
                if file.suffix in {".html", ".js", ".css", ".json", ".svg"} and "api" not in file.parts)
    print(f"cold start {total} B in {len(loaded)} files, whole admin {whole} B, compressed")
    if total > BUDGET:
        problems.append(f"cold start is {total} B, at most {BUDGET}")


def main():
    problems = []
    for check in (words, sources, weight):
        check(problems)
    print("\n".join(problems) or "www: nothing to complain of")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
