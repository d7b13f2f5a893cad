#!/usr/bin/env python3
"""Puts the playground's page together, or takes it apart. Called by scripts/playground:

    playground_pack.py pack MODULE.wasm PAGE.html     the page, from the module, playground/page and assets/report
    playground_pack.py parts PAGE.html FOLDER         what a page is made of, a file each

The parts are one LZMA stream in base 85, so that the page is small and one file; playground/page/loader.js unpacks it.
"""

import json
import lzma
import sys
from pathlib import Path

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?_~()[]{}@%$#,"
PAGE = Path("playground/page")
REPORT = Path("assets/report")
PARTS = [
    *(PAGE / name for name in ["playground.css", "schema.js", "editor.js", "playground.js", "worker.js"]),
    *(REPORT / name for name in ["report.css", "report.js", "swarm.html", "copies.html", "uplot.min.css", "uplot.min.js"]),
]
BEGIN, END = '<script type="text/plain" id="parts">', "</script>"


def to_base85(data: bytes) -> str:
    data += bytes(-len(data) % 4)
    text = []
    for at in range(0, len(data), 4):
        number = int.from_bytes(data[at : at + 4], "big")
        text.append("".join(DIGITS[number // 85**place % 85] for place in range(4, -1, -1)))
    return "".join(text)


def from_base85(text: str) -> bytes:
    value = {digit: place for place, digit in enumerate(DIGITS)}
    data = bytearray()
    for at in range(0, len(text), 5):
        number = 0
        for digit in text[at : at + 5]:
            number = number * 85 + value[digit]
        data += number.to_bytes(4, "big")
    return bytes(data)


def pack(module: Path, page: Path) -> None:
    parts = [(path.name, path.read_bytes()) for path in PARTS] + [("module.wasm", module.read_bytes())]
    names = json.dumps([[name, len(data)] for name, data in parts], separators=(",", ":"))
    whole = names.encode() + b"\n" + b"".join(data for _, data in parts)
    best = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "pb": 0, "nice_len": 273, "dict_size": 1 << 20}
    packed = lzma.compress(whole, format=lzma.FORMAT_ALONE, filters=[best])
    # The header says the length, so that the reader knows where to stop.
    packed = packed[:5] + len(whole).to_bytes(8, "little") + packed[13:]
    text = to_base85(packed)
    lines = "\n".join(text[at : at + 4000] for at in range(0, len(text), 4000))
    license = (REPORT / "uplot.LICENSE").read_text()
    html = (PAGE / "index.html").read_text()
    html = html.replace("<!doctype html>\n", f"<!doctype html>\n<!-- Built by scripts/playground. Among its parts is uPlot:\n\n{license}-->\n", 1)
    html = html.replace("@LOADER@", (PAGE / "loader.js").read_text()).replace("@PARTS@", lines)
    page.write_text(html)


def parts(page: Path, folder: Path) -> None:
    html = page.read_text()
    text = html[html.index(BEGIN) + len(BEGIN) :]
    packed = from_base85("".join(text[: text.index(END)].split()))
    size = int.from_bytes(packed[5:13], "little")
    # Python's reader wants no length here: what follows the last byte is an end mark.
    whole = lzma.LZMADecompressor(format=lzma.FORMAT_ALONE).decompress(packed[:5] + b"\xff" * 8 + packed[13:])
    assert len(whole) == size, f"{len(whole)} bytes, the header says {size}"
    names, _, rest = whole.partition(b"\n")
    for name, length in json.loads(names):
        (folder / name).write_bytes(rest[:length])
        rest = rest[length:]


if __name__ == "__main__":
    command, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    {"pack": pack, "parts": parts}[command](source, target)
