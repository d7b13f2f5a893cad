#!/usr/bin/env python3
"""SimGrid's own BitTorrent example and this simulator, at the same sizes, in turn: seconds that both take until everybody is complete.

The example is taken from SimGrid's source package on PyPI, in the version of Debian's library, against which it is built; nothing is
installed. It is run as it is, with as many peers as asked for; for more pieces than its bit fields hold, these are made wider. Where
something cannot be had: "skipped: ...".

    benches/versus/bittorrent.py [--short] [--program target/release/swarmsim] [--sizes 1000x10,5000x10,500x100] [--until 5000]

Prints the table of docs/versus-simgrid.md. Ten minutes on a quiet machine; `--short` takes 100 peers and 10 pieces (some seconds). `--until` ends
SimGrid's swarm earlier than its own deployment does: when everybody is complete, the rest is polling. Here everybody always completes; how many do
there is in the table.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import venv

# No compiled files beside the sources.
sys.dont_write_bytecode = True
from simgrid import ROOT, WORK, build, library, skip  # noqa: E402

# What the example's own deployment has: until when the peers are there, in seconds. All of them look into their mailbox every second until then.
UNTIL = 5000
# And the tracker, at most.
TRACKER_UNTIL = 3000
# Bytes of a piece: five blocks of 16 KiB.
PIECE_BYTES = 5 * 16384
# Runs of ours for one of theirs, half before and half after.
REPEATS = 4
# How links are shared here: as in SimGrid, and in the cheapest way that knows queues.
SHARINGS = ("max-min", "fifo")
# Of so many peers one has everything.
PEERS_PER_ORIGIN = 100

PLATFORM = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="all" prefix="node-" radical="0-{peers}" suffix="" speed="1Gf" bw="125MBps" lat="50us" bb_bw="2.25GBps" bb_lat="500us"/>
</platform>
"""

# As many bits as asked for, with what the example does to its numbers.
BITS = """
#include <bitset>
struct Bits {{
  std::bitset<{bits}> all;
  Bits(unsigned long long low = 0) : all(low) {{}}
  Bits(std::bitset<{bits}> all) : all(all) {{}}
  template <class T> Bits operator<<(T n) const {{ return all << n; }}
  Bits& operator>>=(unsigned n) {{ all >>= n; return *this; }}
  Bits operator&(const Bits& o) const {{ return all & o.all; }}
  Bits operator|(const Bits& o) const {{ return all | o.all; }}
  Bits operator^(const Bits& o) const {{ return all ^ o.all; }}
  Bits& operator&=(const Bits& o) {{ all &= o.all; return *this; }}
  Bits& operator|=(const Bits& o) {{ all |= o.all; return *this; }}
  Bits operator~() const {{ return ~all; }}
  bool operator==(const Bits& o) const {{ return all == o.all; }}
  // Of a power of two, less one.
  template <class T> Bits operator-(T) const {{
    Bits result;
    for (size_t i = 0; !all[i]; i++)
      result.all.set(i);
    return result;
  }}
  operator bool() const {{ return all.any(); }}
}};
"""


def example(version):
    """The folder of the example's sources."""
    folder = os.path.join(WORK, f"simgrid-{version}")
    if not os.path.exists(folder):
        python = os.path.join(WORK, "python")
        venv.create(python, with_pip=True)
        pip = [os.path.join(python, "bin", "pip"), "--quiet", "--disable-pip-version-check"]
        # The package's own requirements, so that pip need not build them to look into it.
        commands = [[*pip, "install", "setuptools", "wheel", "pybind11"]]
        commands += [[*pip, "download", "--no-deps", "--no-build-isolation", "--no-binary", "simgrid", "--dest", WORK, f"simgrid=={version}"]]
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                skip(f"simgrid {version} cannot be had from PyPI here: {done.stderr.strip().splitlines()[-1:]}")
        with tarfile.open(os.path.join(WORK, f"simgrid-{version}.tar.gz")) as archive:
            archive.extractall(WORK, filter="data")
    return os.path.join(folder, "examples", "cpp", "app-bittorrent")


def adapted(folder, pieces):
    """Builds the example for so many pieces; what it is run with."""
    target = os.path.join(WORK, f"bittorrent-{pieces}")
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(folder):
        if not name.endswith((".cpp", ".hpp")):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        if pieces != 10:
            text = text.replace("FILE_PIECES   = 10UL", f"FILE_PIECES   = {pieces}UL")
            text = re.sub(r"\b1(U|ULL)? <<", "Bits(1) <<", text)
            text = re.sub(r"unsigned (int|long long) (bitfield|bitfield_|bitfield_blocks|current_pieces|n)(?=[ ;,)])", r"Bits \2", text)
            text = text.replace("count += n & 1U", "count += bool(n & Bits(1))")
            text = text.replace("#include <simgrid/s4u.hpp>", BITS.format(bits=5 * pieces + 12) + "#include <simgrid/s4u.hpp>")
        with open(os.path.join(target, name), "w", encoding="utf-8") as file:
            file.write(text)
    if pieces != 10:
        header = os.path.join(target, "s4u-peer.hpp")
        with open(header, encoding="utf-8") as file:
            text = file.read()
        with open(header, "w", encoding="utf-8") as file:
            file.write(text.replace("#include <set>", '#include "s4u-bittorrent.hpp"\n#include <set>'))
    sources = [os.path.join(target, name) for name in ("s4u-bittorrent.cpp", "s4u-peer.cpp", "s4u-tracker.cpp")]
    return build(sources, f"bittorrent-{pieces}.run")


def origins(peers):
    return max(1, peers // PEERS_PER_ORIGIN)


def deployment(peers, until):
    lines = ["<?xml version='1.0'?>", '<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">', '<platform version="4.1">']
    lines.append(f'<actor host="node-0" function="tracker"><argument value="{min(until, TRACKER_UNTIL)}"/></actor>')
    for peer in range(1, peers + 1):
        seed = '<argument value="1"/>' if peer <= origins(peers) else ""
        lines.append(f'<actor host="node-{peer}" function="peer"><argument value="{peer + 1}"/><argument value="{until}"/>{seed}</actor>')
    return "\n".join(lines + ["</platform>", ""])


def scenario(peers, pieces, sharing):
    """The same swarm here: links, latency, blocks of five in one chunk, lists of 50 peers."""
    home = {"up": "1 Gbit/s", "down": "1 Gbit/s"}
    return {
        "name": "bittorrent", "seed": 1, "stop": {"at": "2h"},
        "file": {"size": pieces * PIECE_BYTES, "max_chunk_size": PIECE_BYTES},
        "tracker": {"max_peers_returned": 50},
        "protocol": {"max_neighbors": 50, "chunks_query_interval": "1s"},
        "network": {"sharing": sharing, "latency": "600us"},
        "peers": [
            {"group": "origin", "count": origins(peers), "initial_chunks": "all", **home},
            {"group": "home", "count": peers - origins(peers), **home},
        ],
    }


def timed(command, **options):
    """What a command prints, and its wall time, processor time and greatest memory."""
    with tempfile.TemporaryFile("w+") as out:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **options)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begun
        out.seek(0)
        text = out.read()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: {text[-2000:]}")
    return text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def ours(program, folder, peers, pieces, sharing):
    path, out = os.path.join(folder, "scenario.json"), os.path.join(folder, "run")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(scenario(peers, pieces, sharing), file)
    _, *cost = timed([program, "run", path, "--quiet", "--no-plots", "--force", "--out", out])
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    assert summary["completion"]["completed"] == peers - origins(peers), "everybody completes here"
    return cost


def theirs(program, environment, folder, peers, pieces, until):
    platform, actors = os.path.join(folder, "platform.xml"), os.path.join(folder, "deployment.xml")
    for path, text in ((platform, PLATFORM.format(peers=peers)), (actors, deployment(peers, until))):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    # Its stacks are mapped apart: many peers need many.
    limit = ["--cfg=contexts/stack-size:128", "--cfg=contexts/guard-size:0"]
    text, *cost = timed([program, platform, actors, "--log=root.fmt:%m%n", *limit], env=environment)
    complete = text.count("status: " + "1" * pieces)
    assert complete > origins(peers), f"nobody completes in SimGrid until {until} s"
    return complete, cost


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--program", default=os.path.join(ROOT, "target/release/swarmsim"))
    parser.add_argument("--sizes", default="1000x10,5000x10,500x100")
    parser.add_argument("--until", type=int, default=UNTIL)
    arguments = parser.parse_args()
    sizes = [tuple(map(int, size.split("x"))) for size in ("100x10" if arguments.short else arguments.sizes).split(",")]
    program = os.path.abspath(arguments.program)
    _, version = library()
    sources = example(version)
    built = {pieces: adapted(sources, pieces) for _, pieces in sizes}
    print(f"SimGrid {version}'s BitTorrent example, {arguments.until} s of virtual time, and swarmsim\n")
    print("| peers | pieces | complete in SimGrid | SimGrid: wall, processor, memory | links here | swarmsim: wall, processor, memory | wall | processor | µs a piece, SimGrid and here |")
    print("|---:|---:|---:|---:|---|---:|---:|---:|---:|")
    for peers, pieces in sizes:
        with tempfile.TemporaryDirectory() as folder:
            turn = lambda: [(sharing, ours(program, folder, peers, pieces, sharing)) for sharing in SHARINGS * (REPEATS // 2)]
            here = turn()
            complete, there = theirs(*built[pieces], folder, peers, pieces, arguments.until)
            here += turn()
        # Pieces of those who are complete, but for those that they began with. (What the others got is not told.)
        got, got_there = ((of - origins(peers)) * pieces for of in (peers, complete))
        show = lambda cost: f"{cost[0]:.3g} s, {cost[1]:.3g} s, {cost[2]:.0f} MiB"
        for sharing in SHARINGS:
            best = [min(values) for values in zip(*(cost for name, cost in here if name == sharing))]
            ratios = f"{there[0] / best[0]:.0f} | {there[1] / best[1]:.0f}"
            each = f"{there[1] / got_there * 1e6:.0f}, {best[1] / got * 1e6:.1f}"
            print(f"| {peers} | {pieces} | {complete} | {show(there)} | {sharing} | {show(best)} | {ratios} | {each} |", flush=True)


if __name__ == "__main__":
    main()
