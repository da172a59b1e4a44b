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
#: Login and «Главная», cold; and every page in one language: compressed.
COLD_BUDGET, BUDGET = 35_000, 142_000
#: A page with one of its tabs, over what the first visit has loaded.
PAGE_BUDGET = 30_000
#: What a first visit loads: login, then the shell with «Главная».
COLD = ["login.html", "js/login.js", "index.html", "js/shell.js", "js/pages/home.js", "i18n/ru/login.json",
        "i18n/ru/shell.json", "icon.svg", "css/tokens.css", "css/dark.css", "css/base.css", "css/parts.css"]
BANNED = [r"\binnerHTML\b", r"\bouterHTML\b", r"insertAdjacentHTML", r"document\.write", r"\beval\(",
          r"new Function\b", r"setAttribute\('style'"]


def words(problems):
    """Same keys and places in every language, each in one area, and no key that a page uses but does not load."""
    languages = {folder.name: areas(folder, problems) for folder in sorted((WWW / "i18n").iterdir())}
    russian = languages["ru"]
    for name, texts in languages.items():
        problems += [f"i18n/{name}: no key {key}" for key in russian.keys() - texts.keys()]
        problems += [f"i18n/{name}: key {key} is not in ru" for key in texts.keys() - russian.keys()]
        for key in russian.keys() & texts.keys():
            (area, text), (other, _) = texts[key], russian[key]
            if area != other:
                problems.append(f"i18n/{name}: {key} is in {area}, in ru in {other}")
            if places(russian[key][1]) != places(text):
                problems.append(f"i18n/{name}: {key} has other places than ru")
            if isinstance(text, dict) and "other" not in text:
                problems.append(f"i18n/{name}: {key} has no form 'other'")
    for page, own in PAGES.items():
        loaded = set()
        imports(page, loaded, dynamic=page != "js/shell.js")
        # Some modules load words of their own when they are first needed.
        own = own | {area for name in loaded
                     for listed in later(name).values() for area in listed}
        for name in sorted(loaded):
            for key in re.findall(r"\bt\('([a-zA-Z0-9.+-]+)'[,)]", (WWW / name).read_text()):
                if russian.get(key, (None,))[0] not in own:
                    problems.append(f"{name}: {page} loads no words for {key}")


def areas(folder, problems):
    """Keys of one language with their area and text."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        for key, text in json.loads(file.read_text()).items():
            if key in found:
                problems.append(f"i18n/{folder.name}: {key} is in {found[key][0]} and {file.stem}")
            found[key] = (file.stem, text)
    return found


def pages():
    """Every entry script with the areas of words it loads, as the shell's own table says."""
    found = {"js/login.js": {"shell", "login"}, "js/shell.js": {"shell"}}
    for file, own in re.findall(r"import\('\./(pages/[a-z-]+\.js)'\),\s+words: \[([^\]]*)\]",
                                (WWW / "js/shell.js").read_text()):
        found["js/" + file] = {"shell", *re.findall(r"'([^']+)'", own)}
    return found


def later(name):
    """Areas of words that a module loads besides its page's, by the tab they are for; `''` is for itself."""
    text, found = (WWW / name).read_text(), {}
    for listed in re.findall(r"\bloadWords\((('[a-z-]+'(, )?)+)\)", text):
        found.setdefault("", set()).update(re.findall(r"'([^']+)'", listed[0]))
    for tab, listed in re.findall(r"import\('\.\./(tabs/[a-z-]+\.js)'\), (?:loadWords\()?((?:'[a-z-]+'(?:, )?)+)", text):
        found.setdefault(tab, set()).update(re.findall(r"'([^']+)'", listed))
    return found


def places(text):
    """The {names} of a text; of all forms of a plural together."""
    joined = " ".join(text.values()) if isinstance(text, dict) else text
    return set(re.findall(r"\{(\w+)\}", joined))


def scripts():
    return sorted((WWW / "js").rglob("*.js"))


def sources(problems):
    """Sizes of files, banned calls, and that only api.js fetches."""
    for file in [*scripts(), *sorted(WWW.rglob("*.css")), *sorted(WWW.glob("*.html")),
                 *sorted((WWW / "i18n").rglob("*.json"))]:
        name, text = file.relative_to(WWW), file.read_text()
        lines = text.splitlines()
        if len(lines) > MAX_LINES:
            problems.append(f"{name}: {len(lines)} lines, at most {MAX_LINES}")
        problems += [f"{name}:{n}: {len(line)} columns, at most {MAX_COLUMNS}"
                     for n, line in enumerate(lines, 1) if len(line) > MAX_COLUMNS and file.suffix in {".js", ".css"}]
        problems += [f"{name}: {pattern}" for pattern in BANNED if re.search(pattern, text)]
        # The gateway serves scripts without comments, line by line (Sources/WebAdmin/Static/LeanText.swift).
        problems += [f"{name}:{n}: a text over several lines" for n, line in enumerate(lines, 1)
                     if file.suffix == ".js" and line.count("`") % 2]
        if file.suffix == ".js" and not lines[0].startswith("//"):
            problems.append(f"{name}: no opening comment")
        if file.suffix == ".js" and file.name != "api.js" and re.search(r"\bfetch\(|new EventSource|XMLHttpRequest", text):
            problems.append(f"{name}: only api.js talks to the device")
        if file.suffix == ".html" and re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|<style|\son\w+=", text):
            problems.append(f"{name}: inline script or style")


def imports(name, seen, dynamic=False):
    """A module with everything it imports; what it imports only when needed on demand."""
    if name in seen:
        return
    seen.add(name)
    file = WWW / name
    if file.suffix != ".js":
        return
    pattern = r"^(?:import|export)\b[^;]*?from '([^']+)'|^import '([^']+)'"
    targets = [one or other for one, other in re.findall(pattern, file.read_text(), re.M)]
    if dynamic:
        targets += re.findall(r"import\('([^']+)'\)", file.read_text())
    for target in targets:
        imports(str((file.parent / target).resolve().relative_to(WWW)), seen, dynamic)


def lean(file):
    """About what the gateway sends of a file: no comment lines, no indentation, no types of the checker."""
    text = file.read_text()
    if file.suffix in {".js", ".css"}:
        text = re.sub(r"^\s*/\*.*?\*/", "", text, flags=re.M | re.S)
        text = re.sub(r"/\*\* @.*?\*/ ?|^\s*//.*\n", "", text, flags=re.M)
    if file.suffix in {".js", ".css", ".json"}:
        text = re.sub(r"^\s+", "", text, flags=re.M)
    return text.encode()


def packed(names):
    """Octets on the wire of these files."""
    return sum(len(gzip.compress(lean(WWW / name), 9, mtime=0)) for name in names)


def visits(page, own):
    """What a page loads, once for each of its tabs."""
    words, base = {f"i18n/ru/{area}.json" for area in own}, set()
    imports(page, base)
    base |= words
    for tab in re.findall(r"import\('\.\./(tabs/[a-z-]+\.js)'\)", (WWW / page).read_text()):
        whole = base | {f"i18n/ru/{area}.json" for area in later(page).get(tab, ())}
        imports("js/" + tab, whole)
        yield whole
    yield base


def weight(problems):
    """What the first visit and a visit of every page cost on the wire, in one language."""
    loaded, everything = set(), set(COLD)
    for name in COLD:
        imports(name, loaded)
    for page in PAGES:
        imports(page, everything, dynamic=True)
    everything |= {str(file.relative_to(WWW)) for file in WWW.glob("i18n/ru/*.json")}
    cold, whole = packed(loaded), packed(everything)
    print(f"cold start {cold} B in {len(loaded)} files, whole admin {whole} B in one language, compressed")
    if cold > COLD_BUDGET:
        problems.append(f"cold start is {cold} B, at most {COLD_BUDGET}")
    for page, own in PAGES.items():
        heaviest = max(visits(page, own), key=lambda visit: packed(visit - loaded))
        size = packed(heaviest - loaded)
        if size > PAGE_BUDGET:
            problems.append(f"{page}: a first visit loads {size} B, at most {PAGE_BUDGET}")
    if whole > BUDGET:
        problems.append(f"the whole admin is {whole} B, at most {BUDGET}")


PAGES = pages()


def main():
    problems = []
    for check in (words, sources, weight):
        check(problems)
    print("\n".join(problems) or "www: nothing to complain of")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
