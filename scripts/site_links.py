#!/usr/bin/env python3
"""Follows every link of a folder of HTML pages to files of the folder and to places in them; a dead one is an error. Called by scripts/site.

    site_links.py FOLDER
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list) -> None:
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.places.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in folder.rglob("*.html")}
    dead, followed = [], 0
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # It is for a server's root, wherever it is shown.
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            followed += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                dead.append(f"{path.relative_to(folder)}: {link}: there is no such file")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                dead.append(f"{path.relative_to(folder)}: {link}: there is no such place")
    print("\n".join(sorted(set(dead))) + ("\n" if dead else ""), end="")
    print(f"{len(pages)} pages, {followed} links, {len(set(dead))} dead")
    return 1 if dead or len(pages) < 20 else 0


sys.exit(main())
