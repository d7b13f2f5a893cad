#!/usr/bin/env python3
"""The same swarm here and in SimGrid (simgrid.cpp): completion times, laid over one another, and how long both take.

Runs the swarm of swarm.json under two strategies and some seeds in both simulators, prints the table of docs/versus-simgrid.md and
draws its figure; then other sizes, for the ratio of processor times. Fails where the mean completion times of the two
differ by more than --tolerance.

    benches/versus/simgrid.py [--short] [--transfers] [--program target/release/swarmsim] [--svg FILE] [--tolerance 0.05]

Needs a C++ compiler. SimGrid is fetched from Debian's archive into target/versus and unpacked there; nothing is installed. Where
that is impossible: "skipped: ...". `--transfers` takes the uploads of traced runs here, each with its start, and lets SimGrid's max-min solver
(transfers.cpp) say when each ends; it fails where one ends a millisecond apart. `--short` takes a smaller swarm, three seeds and no other sizes (some seconds).
"""
import argparse
import bisect
import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "target", "versus")
SCENARIO = os.path.join(HERE, "swarm.json")
STRATEGIES = ("random", "rarest-first")
# Peers and chunks.
STANDARD, SHORT, SIZES = (100, 128), (40, 64), ((50, 64), (100, 128), (200, 128), (400, 128))


def skip(why):
    print(f"skipped: {why}")
    sys.exit(0)


def library():
    """SimGrid's library and headers, from Debian's archive: where they are unpacked, and their version."""
    root = os.path.join(WORK, "root")
    os.makedirs(WORK, exist_ok=True)
    if not shutil.which("g++") or not shutil.which("apt-get"):
        skip("a C++ compiler and Debian's apt-get are needed")
    if not os.path.exists(os.path.join(root, ".complete")):
        cache = os.path.join(WORK, "cache")
        os.makedirs(os.path.join(cache, "archives", "partial"), exist_ok=True)
        fetch = ["apt-get", "-o", f"Dir::Cache={cache}", "-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1"]
        install = ["install", "--yes", "--no-install-recommends", "--download-only", "libsimgrid-dev"]
        done = subprocess.run(fetch + install, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            # The machine's lists of packages are missing or out of date: with lists of our own.
            lists = os.path.join(WORK, "apt")
            os.makedirs(os.path.join(lists, "lists", "partial"), exist_ok=True)
            fetch += ["-o", f"Dir::State={lists}", "-o", "Dir::State::status=/var/lib/dpkg/status"]
            subprocess.run(fetch + ["update"], capture_output=True, check=False)
            done = subprocess.run(fetch + install, capture_output=True, text=True, check=False)
        packages = [name for name in os.listdir(os.path.join(cache, "archives")) if name.endswith(".deb")]
        if done.returncode != 0 or not packages:
            skip(f"Debian's libsimgrid-dev cannot be had here: {done.stderr.strip().splitlines()[-1:]}")
        for package in packages:
            subprocess.run(["dpkg", "-x", os.path.join(cache, "archives", package), root], check=True)
        open(os.path.join(root, ".complete"), "w", encoding="utf-8").close()
    names = os.listdir(libraries(root))
    return root, next(name.removeprefix("libsimgrid.so.") for name in names if re.fullmatch(r"libsimgrid\.so\.\d+\.\d+", name))


def libraries(root):
    return os.path.join(root, "usr", "lib", "x86_64-linux-gnu")


def build(sources, name):
    """Builds a model against SimGrid; the program, and what it needs in its environment."""
    root, _ = library()
    folder, program = libraries(root), os.path.join(WORK, name)
    command = ["g++", "-O2", "-std=c++17", f"-I{root}/usr/include", *sources, "-o", program]
    subprocess.run(command + [f"-L{folder}", "-lsimgrid", f"-Wl,-rpath-link,{folder}"], check=True)
    return program, {**os.environ, "LD_LIBRARY_PATH": folder}


def seconds_used(call):
    """What a call returns, and the processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Both:
    def __init__(self, program):
        self.program = program
        self.simgrid, self.environment = build([os.path.join(HERE, "simgrid.cpp")], "simgrid")
        with open(SCENARIO, encoding="utf-8") as file:
            self.scenario = json.load(file)

    def ours(self, peers, chunks, strategy, seed):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "run")
            sets = [f"peers[home].count={peers}", f"file.size={chunks * 256 * 1024}"]
            options = [part for one in sets for part in ("--set", one)]
            command = [self.program, "run", SCENARIO, "--quiet", "--no-plots", "--out", out, "--seed", str(seed)]
            subprocess.run(command + ["--strategy", strategy] + options, check=True)
            with open(os.path.join(out, "peers.csv"), encoding="utf-8") as file:
                return sorted(float(row["download_time_s"]) for row in csv.DictReader(file) if row["download_time_s"])

    def theirs(self, peers, chunks, strategy, seed):
        rate = lambda text: float(re.match(r"([\d.]+) Mbit/s", text)[1]) * 1e6 / 8
        time = lambda text: float(re.match(r"([\d.]+)", text)[1]) / (1000 if text.endswith("ms") else 1)
        origin, home = self.scenario["peers"]
        protocol = self.scenario["protocol"]
        arguments = [peers, chunks, 256 * 1024, rate(origin["up"]), rate(home["up"]), rate(home["down"])]
        arguments += [time(self.scenario["network"]["latency"]), time(protocol["chunks_query_interval"])]
        arguments += [time(protocol["peer_list_interval"]), protocol["max_parallel_fetches"], strategy, seed]
        command = [self.simgrid] + [str(argument) for argument in arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        times = sorted(float(line) for line in done.stdout.split())
        assert len(times) == peers and times[0] > 0, "everybody completes"
        return times


def mean(values):
    return sum(values) / len(values)


def quantile(values, share):
    place = share * (len(values) - 1)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def distance(a, b):
    """Kolmogorov and Smirnov's: the most by which the two distributions differ."""
    return max(abs(bisect.bisect_right(a, x) / len(a) - bisect.bisect_right(b, x) / len(b)) for x in a + b)


def draw(path, curves, title):
    """Cumulative distributions: full lines here, dashed SimGrid's."""
    width, height, left, bottom = 720, 420, 60, 50
    low = min(values[0] for _, values, _, _ in curves) * 0.95
    high = max(values[-1] for _, values, _, _ in curves) * 1.02
    x = lambda value: left + (value - low) / (high - low) * (width - left - 20)
    y = lambda share: height - bottom - share * (height - bottom - 40)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">']
    parts.append(f'<rect width="{width}" height="{height}" fill="white"/><text x="{left}" y="24" font-size="15">{title}</text>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{left} {y(share):.1f}H{width - 20}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:g}</text>')
    step = next(unit * 10**power for power in range(-3, 9) for unit in (1, 2, 5) if (high - low) / (unit * 10**power) <= 10)
    for tick in range(int(low / step) + 1, int(high / step) + 1):
        parts.append(f'<text x="{x(tick * step):.1f}" y="{height - bottom + 18}" text-anchor="middle">{tick * step:g}</text>')
    parts.append(f'<text x="{(left + width) / 2}" y="{height - 10}" text-anchor="middle">completion time, seconds; share of peers</text>')
    for place, (name, values, color, dashed) in enumerate(curves):
        count = len(values)
        points = " ".join(f"{x(value):.1f},{y((i + 1) / count):.1f}" for i, value in enumerate(values))
        dash = ' stroke-dasharray="6 4"' if dashed else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"{dash}/>')
        at = 60 + 20 * place
        parts.append(f'<path d="M{left + 15} {at}h30" stroke="{color}" stroke-width="2"{dash}/>')
        parts.append(f'<text x="{left + 52}" y="{at + 4}">{name}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts + ["</svg>"]) + "\n")


def transfers(program, peers, chunks):
    """The uploads of a traced run here, and their ends; and what SimGrid says of the same."""
    command, environment = build([os.path.join(HERE, "transfers.cpp")], "transfers")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "run")
        sets = ["--set", f"peers[home].count={peers}", "--set", f"file.size={chunks * 256 * 1024}"]
        run = [program, "run", SCENARIO, "--quiet", "--no-plots", "--trace", "--out", out] + sets
        _, ours = seconds_used(lambda: subprocess.run(run, check=True))
        with open(os.path.join(out, "trace.jsonl"), encoding="utf-8") as file:
            uploads = [json.loads(line) for line in file if '"ev":"upload"' in line]
    with open(SCENARIO, encoding="utf-8") as file:
        groups = json.load(file)["peers"]
    uploads.sort(key=lambda upload: upload["start"])
    rate = lambda text: float(re.match(r"([\d.]+) Mbit/s", text)[1]) * 1e6 / 8
    # Node 0 is the tracker, which carries nothing; the origin is peer 1.
    links = [(1, 1)] + [(rate(group["up"]), rate(group["down"])) for group in groups for _ in range(peers if "count" in group else 1)]
    lines = [str(len(links))] + [f"{up!r} {down!r}" for up, down in links] + [str(len(uploads))]
    lines += [f"{one['start'] / 1e9:.9f} {one['from']} {one['to']} {one['bytes']}" for one in uploads]
    call = lambda: subprocess.run([command], env=environment, input="\n".join(lines), capture_output=True, text=True, check=True)
    done, theirs = seconds_used(call)
    apart = [abs(upload["end"] / 1e9 - float(end)) for upload, end in zip(uploads, done.stdout.split(), strict=True)]
    print(f"| {peers} | {chunks} | {len(uploads)} | {max(apart):.1e} | {mean(apart):.1e} | {ours:.2f} | {theirs:.2f} |", flush=True)
    return max(apart)


def all_transfers(program, sizes):
    print("| peers | chunks | transfers | ends apart by, at most, s | mean, s | swarmsim, the whole traced run, s of processor | SimGrid, the transfers, s |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    apart = max(transfers(program, peers, chunks) for peers, chunks in sizes)
    if apart > 1e-3:
        print(f"\nFAILED: a transfer ends {apart} s apart")
    return 1 if apart > 1e-3 else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--transfers", action="store_true")
    parser.add_argument("--program", default=os.path.join(ROOT, "target/release/swarmsim"))
    parser.add_argument("--svg", help="where to draw the figure")
    parser.add_argument("--tolerance", type=float, default=0.05)
    arguments = parser.parse_args()
    if arguments.transfers:
        return all_transfers(os.path.abspath(arguments.program), (SHORT,) if arguments.short else SIZES)
    both = Both(os.path.abspath(arguments.program))
    peers, chunks = SHORT if arguments.short else STANDARD
    seeds = range(1, 4) if arguments.short else range(1, 21)
    print(f"{peers} peers, {chunks} chunks, {len(seeds)} seeds\n")
    print("| strategy | simulator | mean, s | 10 % | median | 90 % | last | KS distance |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    wrong, curves = 0, []
    for strategy, color in zip(STRATEGIES, ("#d95f02", "#1b6ca8")):
        means, all_times = [], []
        for name, run in (("swarmsim", both.ours), ("SimGrid", both.theirs)):
            times = sorted(time for seed in seeds for time in run(peers, chunks, strategy, seed))
            means.append(mean(times))
            all_times.append(times)
            curves.append((f"{strategy}, {name}", times, color, name == "SimGrid"))
            shown = " | ".join(f"{quantile(times, share):.2f}" for share in (0.1, 0.5, 0.9, 1))
            ks = f"{distance(*all_times):.3f}" if len(all_times) == 2 else ""
            print(f"| {strategy} | {name} | {means[-1]:.2f} | {shown} | {ks} |", flush=True)
        wrong += abs(means[0] / means[1] - 1) > arguments.tolerance
    if arguments.svg:
        draw(arguments.svg, curves, f"{peers} peers, {chunks} chunks, {len(seeds)} seeds: the same swarm in two simulators")
    if not arguments.short:
        print("\n| peers | chunks | swarmsim, s of processor | SimGrid, s | SimGrid / swarmsim |")
        print("|---:|---:|---:|---:|---:|")
        for peers, chunks in SIZES:
            ours = min(seconds_used(lambda: both.ours(peers, chunks, "rarest-first", 1))[1] for _ in range(3))
            theirs = seconds_used(lambda: both.theirs(peers, chunks, "rarest-first", 1))[1]
            print(f"| {peers} | {chunks} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} |", flush=True)
    if wrong:
        print(f"\nFAILED: means differ by more than {arguments.tolerance:.0%} under {wrong} of {len(STRATEGIES)} strategies")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
