# What the scripts of this folder share. To be read by them: . "$(dirname "$0")/common.sh"
#
# Everything happens in a folder of its own under ${TMPDIR:-/tmp}, which goes when the script ends, with whatever it has started. Packages are
# fetched with apt-get and pip and unpacked there; nothing is installed, no service of the machine is started, no file of anybody's is touched.
set -euo pipefail
exec </dev/null

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
is_short=false
if [[ "${1:-}" == "--short" ]]; then
    is_short=true
    shift
fi
program="$(realpath "${1:-$root/target/release/swarmsim}")"
scratch="$(mktemp -d "${TMPDIR:-/tmp}/swarmsim-cluster.XXXXXX")"
started=()

# Notes the program that was just started in the background, to be ended with the script.
mine() {
    started+=($!)
    # Without a word of the shell's when it is.
    disown
}

# Ends what the script has started, by its number, and what that has started.
descendants() {
    local child
    for child in $(ps -o pid= --ppid "$1" 2>/dev/null); do
        descendants "$child"
        echo "$child"
    done
}
end() {
    local process all
    for process in "$@"; do
        all="$(descendants "$process") $process"
        # shellcheck disable=SC2086 # a list of numbers
        kill -KILL $all 2>/dev/null || true
    done
}
clean_up() {
    local code=$?
    if ((${#started[@]} > 0)); then end "${started[@]}"; fi
    if declare -F ending >/dev/null; then ending || true; fi
    wait 2>/dev/null || true
    rm -rf "$scratch"
    exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

skip() {
    echo "skipped: $*"
    exit 0
}

# The processes in whose environment $1 stands, such as NAME=VALUE.
processes_with() {
    { grep -lzxF "$1" /proc/[0-9]*/environ 2>/dev/null || true; } | cut -d/ -f3
}

# Unpacks Debian packages, and those they need and this machine has not, into $scratch/debian. Where the machine's lists of packages are missing or out of
# date, the script has lists of its own.
debian() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || skip "this is no Debian: there is no apt-get"
    mkdir -p "$scratch/packages" "$scratch/debian"
    local own=(-o "Dir::State=$scratch/apt" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$scratch/apt/cache" -o APT::Sandbox::User=root)
    if ! download "$@"; then
        mkdir -p "$scratch/apt/lists/partial" "$scratch/apt/cache/archives/partial"
        { apt-get -qq "${own[@]}" update >"$scratch/download.log" 2>&1 && download "${own[@]}" "$@"; } ||
            skip "Debian's packages cannot be fetched here ($*): $(grep -m1 -E '^E:' "$scratch/download.log" || tail -n1 "$scratch/download.log")"
    fi
    local package
    for package in "$scratch"/packages/*.deb; do
        dpkg -x "$package" "$scratch/debian"
    done
    libraries="$scratch/debian/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")"
    export PATH="$scratch/debian/usr/sbin:$scratch/debian/usr/bin:$PATH"
}

# Fetches packages, and those they need and this machine has not; the arguments are apt-get's.
download() {
    local needed argument options=() names=()
    for argument; do
        case "$argument" in
            -o | *=*) options+=("$argument") ;;
            *) names+=("$argument") ;;
        esac
    done
    needed="$(apt-get "${options[@]}" install --simulate --no-install-recommends "${names[@]}" 2>/dev/null | awk '/^Inst / { print $2 }')" || return 1
    # Those that are installed already are wanted as well: their programs, not their services.
    needed="$(printf '%s\n' $needed "${names[@]}" | sort -u)"
    # shellcheck disable=SC2086 # a list of names
    (cd "$scratch/packages" && apt-get "${options[@]}" download -qq $needed >../download.log 2>&1)
}

# A Python of its own with these packages.
python() {
    python3 -m venv "$scratch/python" 2>/dev/null || skip "there is no python3 with venv here"
    "$scratch/python/bin/pip" install --quiet "$@" 2>"$scratch/pip.log" || skip "PyPI's $* cannot be installed here: $(tail -n1 "$scratch/pip.log")"
}

# Free ports of the loopback, one a line.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket
import sys

sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print("\n".join(str(one.getsockname()[1]) for one in sockets))
PYTHON
}

# A sweep of 200 runs, of some tenths of a second each (in short, of some hundredths), in $scratch/work/sweep.json: 20 points under $1 seeds, else ten.
write_sweep() {
    local few=150
    if $is_short; then few=40; fi
    mkdir -p "$scratch/work"
    cat >"$scratch/work/sweep.json" <<JSON
{
  "name": "tried", "scenario": "flash-crowd", "seeds": { "from": 1, "count": ${1:-10} },
  "vary": { "peers[home].count": [$few, $((2 * few))], "tracker.entry_ttl": { "from": "60s", "to": "69s", "step": "1s" } },
  "baseline": { "peers[home].count": $few }, "metrics": ["completion.mean_s", "events"]
}
JSON
}

# Until a command succeeds, for at most $1 seconds.
until_true() {
    local seconds="$1" begun=$SECONDS
    shift
    while ! "$@"; do
        if ((SECONDS - begun > seconds)); then
            echo "FAILED: not in $seconds s: $*" >&2
            return 1
        fi
        sleep 0.5
    done
}

# How many parts of the results in $1 are in the state $2.
parts() {
    "$program" sweep status "$1" --json | python3 -c 'import json, sys; print(sum(p["state"] == sys.argv[1] for p in json.load(sys.stdin)["parts"]))' "$2"
}
at_least() {
    (($(parts "$1" "$2") >= $3))
}

# The line that `sweep export` printed for $1: submit, watch or merge.
line() {
    sed -n "s/^$1  *//p" "$scratch/export.txt"
}

# Joins the parts of $1 as `sweep export` said, and compares every byte with the sweep as one process does it.
merge_and_compare() {
    (cd "$scratch/work" && "$program" sweep sweep.json --out "$scratch/alone" --quiet)
    local merge
    merge="$(line merge)"
    merge="${merge/swarmsim/\"\$program\"}"
    eval "$merge --quiet"
    local hidden
    hidden="$(find "$1" -maxdepth 1 -name '.*' ! -path "$1" | wc -l)"
    ((hidden == 0)) || { echo "FAILED: $hidden workers have left something in $1" >&2; return 1; }
    diff -r --exclude=submit --exclude='shard-*' "$scratch/alone" "$1"
    echo "$(wc -l <"$1/runs.jsonl") runs, the same bytes as one process on this machine"
}

# Runs the commands of docs/cluster.md for the engine $1, as they are printed, in a folder of their own that holds the other files named.
page() {
    local commands folder="$scratch/page"
    commands="$("$root/scripts/cluster/page" "$1")"
    mkdir -p "$folder" "$scratch/bin"
    ln -sf "$program" "$scratch/bin/swarmsim"
    if (($# > 1)); then cp "${@:2}" "$folder"; fi
    (cd "$folder" && PATH="$scratch/bin:$PATH" bash -euo pipefail -c "$commands" >"$scratch/page.log" 2>&1) || { cat "$scratch/page.log"; return 1; }
    (cd "$folder" && "$program" sweep study.json --out alone --quiet && cmp alone/runs.jsonl results/*/runs.jsonl)
    echo "$(grep -c '^[a-z]*swarmsim \|^sbatch\|^results' <<<"$commands") commands of docs/cluster.md, as printed"
}
