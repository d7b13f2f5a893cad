#!/usr/bin/env python3
"""Stages the pages of the documentation site. Called by scripts/site:

    site_pages.py SCHEMA.json FOLDER

copies docs/ to FOLDER, adds the pages that stand elsewhere in the repository (README, ARCHITECTURE, CONTRIBUTING, CHANGELOG) and the
reference of scenarios, which is made of their JSON Schema, and turns links to what is no page into plain names.
"""

import json
import re
import shutil
import sys
from pathlib import Path

DOCS = Path("docs")
# What stands outside docs/ and is a page of the site.
PAGES = {"ARCHITECTURE.md": "architecture.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "README.md": "introduction.md"}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def relink(text: str, source: Path, target: Path, folder: Path) -> str:
    """Links of a page that stood at `source` in the repository and now stands at `target` in the folder."""

    def one(match: re.Match) -> str:
        picture, name, link = match.groups()
        if re.match(r"[a-z]+:|#", link):
            return match[0]
        path, _, fragment = link.partition("#")
        meant = (source.parent / path).resolve().relative_to(Path.cwd()).as_posix()
        if meant in PAGES:
            place = folder / PAGES[meant]
        elif meant.startswith("docs/"):
            place = folder / meant.removeprefix("docs/")
        elif picture:
            place = folder / "images" / Path(meant).name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(meant, place)
        else:
            # A file or folder of the repository that is no page.
            assert Path(meant).exists(), f"{source}: {link}: there is no such file"
            shown = name if "`" in name else f"`{meant}`" if name.endswith(meant) else f"{name} (`{meant}`)"
            return shown
        if place.name == "README.md":
            place = place.with_name("index.md")
        up = Path(*[".."] * (len(target.relative_to(folder).parts) - 1))
        return f"{picture}[{name}]({(up / place.relative_to(folder)).as_posix()}{'#' + fragment if fragment else ''})"

    parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(part if part.startswith("```") else LINK.sub(one, part) for part in parts)


# --- The reference of scenarios -------------------------------------------------------------------------------------------------------


def follow(schema: dict, one: dict) -> dict:
    while "$ref" in one:
        own = {key: value for key, value in one.items() if key != "$ref"}
        one = {**schema["$defs"][one["$ref"].removeprefix("#/$defs/")], **own}
    return one


def code(value: object) -> str:
    return "`" + json.dumps(value, ensure_ascii=False) + "`"


def in_table(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def alternatives(one: dict) -> list[dict]:
    return one.get("oneOf", []) + one.get("anyOf", [])


def accepted(schema: dict, one: dict, depth: int = 0) -> str:
    """What a value may be, in a few words."""
    if "$ref" in one and depth > 0:
        return f"[{link_name(one)}](#{anchor(one)})"
    one = follow(schema, one)
    if "const" in one:
        return code(one["const"])
    if "enum" in one:
        return ", ".join(code(word) for word in one["enum"])
    if alternatives(one):
        kinds = [follow(schema, other).get("properties", {}).get("kind", {}).get("const") for other in alternatives(one)]
        if all(kinds):
            return "an object with `kind` " + ", ".join(f"`{kind}`" for kind in kinds)
        parts = [accepted(schema, other, depth + 1) for other in alternatives(one)]
        return " or ".join(dict.fromkeys(part for part in parts if part))
    kind = one.get("type", "")
    kinds = kind if isinstance(kind, list) else [kind]
    words = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "`true`, `false`", "null": "`null`", "object": "an object", "array": "an array", "": "any"}
    text = " or ".join(words[kind] for kind in kinds)
    low, above, high = one.get("minimum"), one.get("exclusiveMinimum"), one.get("maximum")
    if low is not None or above is not None or high is not None:
        text += f" {'from ' + str(low) if low is not None else 'above ' + str(above) if above is not None else ''}"
        text += f" to {high}" if high is not None else ""
    if "items" in one:
        text += " of " + accepted(schema, one["items"], depth + 1)
    return text


def anchor(one: dict) -> str:
    return one["$ref"].removeprefix("#/$defs/").replace("_", "-")


def link_name(one: dict) -> str:
    return anchor(one).replace("-", " ")


def rows(schema: dict, one: dict) -> str:
    lines = ["| key | accepts | default | meaning |", "|---|---|---|---|"]
    for key, value in one.get("properties", {}).items():
        whole = follow(schema, value)
        default = code(whole["default"]) if "default" in whole else "**required**" if key in one.get("required", []) else "–"
        about = whole.get("description", "")
        examples = [example for example in whole.get("examples", []) if example != whole.get("default")]
        if examples:
            about += f" Example: {code(examples[0])}"
        shown = accepted(schema, value, 1)
        lines.append(f"| `{key}` | {in_table(shown)} | {in_table(default)} | {in_table(about)} |")
    return "\n".join(lines) + "\n"


def section(schema: dict, title: str, one: dict, level: int) -> str:
    text = f"{'#' * level} {title}\n\n"
    if one.get("description"):
        text += one["description"].replace("<", "&lt;") + "\n\n"
    if one.get("properties"):
        text += rows(schema, one) + "\n"
    elif not alternatives(one):
        text += f"Accepts {accepted(schema, one)}.\n\n"
    for key, value in one.get("properties", {}).items():
        inner = follow(schema, value)
        if "$ref" not in value and inner.get("properties"):
            text += section(schema, f"{title}.{key}" if level > 2 else f"`{key}`" if title == "The scenario" else f"{title}.{key}", inner, level + 1)
        items = inner.get("items", {})
        if "$ref" not in items and items.get("properties"):
            text += section(schema, f"`{key}[]`", items, level + 1)
    for other in alternatives(one):
        whole = follow(schema, other)
        kind = whole.get("properties", {}).get("kind", {}).get("const")
        if "$ref" in other:
            text += f"* [{link_name(other)}](#{anchor(other)})\n\n"
        elif kind or whole.get("properties"):
            text += section(schema, f"`{kind}`" if kind else "an object", whole, level + 1)
        elif whole.get("type"):
            about = f": {whole['description']}" if whole.get("description") else ""
            text += f"* {accepted(schema, whole)}{about}\n\n"
    return text


def reference(schema: dict) -> str:
    text = (
        "# Scenarios, key by key\n\nMade of the JSON Schema that `swarmsim schema scenario` prints and that editors complete from. "
        "[Scenarios, explained](../scenario.md) says more; `swarmsim validate --explain` says what a file of yours means. "
        "A key that is not named here is an error, and so is one that stands twice.\n\n"
    )
    text += section(schema, "The scenario", schema, 2)
    text += "## Types\n\n"
    for name in schema["$defs"]:
        one = follow(schema, {"$ref": f"#/$defs/{name}"})
        text += section(schema, name.replace("_", " "), one, 3)
    return text


# --- All of it ------------------------------------------------------------------------------------------------------------------------


def main() -> None:
    schema, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    listed = re.findall(r"\]\(([^)]+)\)", (DOCS / "SUMMARY.md").read_text())
    pages = (source.relative_to(DOCS).as_posix().replace("README.md", "index.md") for source in DOCS.rglob("*.md"))
    unlisted = sorted(page for page in pages if page not in [*listed, "SUMMARY.md"])
    if unlisted:
        sys.exit(f"FAILED: docs/SUMMARY.md does not list {', '.join(unlisted)}")
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("book.toml"))
    for source in sorted(DOCS.rglob("*.md")):
        target = folder / source.relative_to(DOCS)
        if source.name == "README.md":
            # mdBook serves it as the folder's index, and its links must say so.
            target.unlink()
            target = target.with_name("index.md")
        if source.name != "SUMMARY.md":
            target.write_text(relink(source.read_text(), source, target, folder))
    for source, target in PAGES.items():
        text = Path(source).read_text()
        if source == "README.md":
            before, rest = text.split("## Five minutes\n", 1)
            tour, after = rest.split("## What is simulated\n", 1)
            tour = "# Five minutes\n" + tour
            (folder / "tour.md").write_text(relink(tour, Path(source), folder / "tour.md", folder))
            # The site has a list of its pages of its own.
            after = re.sub(r"\| to learn \| read \|\n(\|.*\n)+", "", after)
            text = before + "[Five minutes](tour.md) show what there is.\n\n## What is simulated\n" + after
            text = text.replace("(tour.md)", "(docs/tour.md)")
        (folder / target).write_text(relink(text, Path(source), folder / target, folder))
    (folder / "reference").mkdir()
    (folder / "reference/scenario.md").write_text(reference(schema))


main()
