//! Bad usage: each case ends with exit code 2, says what is accepted, and writes nothing.

use crate::program::{BASE, SWEEP, TINY, check, names, program, workplace};
use std::fs;

/// Arguments, separated by blanks (`_` stands for an empty one, `\s` for a blank), and what is told.
const CASES: &[(&str, &str)] = &[
    // Numbers
    ("run base.json --seed -1", "accepted: a whole number from 0 to 18,446,744,073,709,551,615"),
    ("run base.json --seed 1e3", "write it without point and exponent: 1000"),
    ("run base.json --seed 1.5", "no fraction"),
    ("run base.json --seed 1,000", "write it without separators: 1000"),
    ("run base.json --seed 0x10", "accepted: a whole number"),
    ("run base.json --seed 18446744073709551616", "to 18,446,744,073,709,551,615"),
    ("run base.json --seed _", "accepted: a whole number"),
    ("run base.json --seed \\s7", "accepted: a whole number"),
    ("run base.json --seed", "a value is required"),
    ("run base.json --seed 1 --seed 2", "cannot be used multiple times"),
    ("run base.json --threads 0", "from 1 to 1,024"),
    ("run base.json --threads 1025", "from 1 to 1,024"),
    ("run base.json --threads -2", "from 1 to 1,024"),
    ("run base.json --threads two", "from 1 to 1,024"),
    ("run base.json --threads 2.0", "write it without point and exponent: 2"),
    ("run base.json --max-events 0", "at least 1"),
    ("run base.json --max-events 10", "a run would take about"),
    ("run base.json --max-memory 1", "a run would take about"),
    ("run base.json --max-memory many", "accepted: a size"),
    ("run base.json --max-memory -5", "accepted: a size"),
    ("sweep sweep.json --jobs 0", "from 1 to 1,024"),
    ("sweep sweep.json --jobs -1", "from 1 to 1,024"),
    ("sweep sweep.json --jobs 1e2", "write it without point and exponent: 100"),
    ("sweep sweep.json --jobs all", "from 1 to 1,024"),
    ("sweep sweep.json --jobs 99999", "from 1 to 1,024"),
    ("compare base.json --strategies random,zipf --seeds 1e3", "write it without point and exponent: 1000"),
    ("compare base.json --strategies random,zipf --seeds -1", "accepted: a whole number from 2"),
    ("compare base.json --strategies random,zipf --seeds 1", "accepted: a whole number from 2"),
    ("compare base.json --strategies random,zipf --seeds ten", "accepted: a whole number from 2"),
    ("compare base.json --strategies random,zipf --seeds 10.0", "write it without point and exponent: 10"),
    ("compare base.json --strategies random,zipf --seeds 18446744073709551615", "--seeds"),
    ("compare base.json --strategies random,zipf --seed -1", "accepted: a whole number from 0"),
    ("compare base.json --strategies random,zipf --jobs 0", "from 1 to 1,024"),
    // Commands and options
    ("ran base.json", "'run'"),
    ("--seed 3", "swarmsim run --seed 3"),
    ("base.json --trace", "swarmsim run base.json --trace"),
    ("base.json", "swarmsim run base.json"),
    ("--nonsense", "--nonsense"),
    ("run base.json extra.json", "extra.json"),
    ("run base.json --trase", "--trace"),
    ("run base.json --json=yes", "--json"),
    ("run base.json --format xls", "csv, parquet"),
    ("run base.json --format CSV", "csv, parquet"),
    ("run base.json --out", "a value is required"),
    ("run base.json --out _", "a value is required"),
    ("list", "WHAT"),
    ("list nothing", "scenarios, strategies"),
    ("schema", "WHAT"),
    ("schema everything", "scenario, sweep, summary, trace, manifest"),
    ("init flash-crwd", "did you mean \"flash-crowd\"?"),
    ("init --out base.json", "is there already"),
    ("init --out folder", "folder"),
    ("validate", "SCENARIO"),
    ("sweep", "SWEEP"),
    ("merge", "DIR"),
    ("compare base.json", "--strategies"),
    // Inputs
    ("run absent.json", "absent.json: there is no such file"),
    ("run flash-crwd", "did you mean \"flash-crowd\"?"),
    ("run FLASH-CROWD", "did you mean \"flash-crowd\"?"),
    ("run flash-crowd.jsn", "there is no such file"),
    ("run folder", "folder: is a folder"),
    ("run folder/absent.json", "there is no such file"),
    ("run base.json/x", "base.json/x"),
    ("run _", "there is no such file"),
    ("run sweep.json", "is a sweep, not a scenario"),
    ("run empty.json", "the file is empty"),
    ("run notes.txt", "found"),
    ("sweep base.json", "is no sweep"),
    ("sweep flash-crowd", "is no sweep"),
    ("sweep absent.json", "there is no such file"),
    ("compare sweep.json --strategies random,zipf", "is a sweep, not a scenario"),
    ("validate base.json absent.json", "absent.json: there is no such file"),
    ("validate sweep.json --seed 3", "is a sweep, of which nothing is set from outside"),
    ("validate vary-alone.json", "$.scenario: is missing"),
    ("validate scenario-alone.json", "$.vary: is missing"),
    ("run base.json#scenario", "holds no scenario under the key"),
    // Overrides
    ("run base.json --set tracker.entry_ttl=90x", "--set tracker.entry_ttl=90x: $.tracker.entry_ttl: found \"90x\""),
    ("run base.json --set tracker.entri_ttl=90s", "did you mean \"entry_ttl\"?"),
    ("run base.json --set entry_ttl=90s", "accepted:"),
    ("run base.json --set tracker.entry_ttl", "PATH=VALUE"),
    ("run base.json --set =5", "--set"),
    ("run base.json --set tracker.entry_ttl=", "--set tracker.entry_ttl="),
    ("run base.json --set tracker..entry_ttl=5s", "--set"),
    ("run base.json --set peers[5].count=5", "numbered from 0"),
    ("run base.json --set peers[hom].count=5", "did you mean \"home\"?"),
    ("run base.json --set peers[home].count=-5", "found -5"),
    ("run base.json --set peers[home].count=2.0", "without point and exponent: 2"),
    ("run base.json --set peers[home.count=2", "--set"),
    ("run base.json --set network.loss=2", "from 0 to 1"),
    ("run base.json --set network.loss=nan", "--set network.loss=nan"),
    ("run base.json --set seed=1 --set seed=2", "set twice"),
    ("run base.json --set seed=1 --seed 2", "set twice"),
    ("run base.json --set strategy.kind=zipf --strategy random", "set twice"),
    ("run base.json --strategy rarest", "accepted: \"sequential\""),
    ("run base.json --strategy Zipf", "did you mean \"zipf\"?"),
    ("run base.json --strategy _", "accepted: \"sequential\""),
    ("run base.json --set name=../x", "a name holds no `/`"),
    ("run base.json --set stop={\"at\":0}", "above zero"),
    // Comparisons
    ("compare base.json --strategies random", "two"),
    ("compare base.json --strategies random,random", "random"),
    ("compare base.json --strategies random,zpif", "did you mean \"zipf\"?"),
    ("compare base.json --strategies random,zipf --baseline window", "window"),
    ("compare base.json --strategies random,zipf --metric completion.mean", "did you mean \"completion.mean_s\"?"),
    ("compare base.json --strategies random,window:size=0", "size"),
    ("compare base.json --strategies random,window:siez=5", "did you mean \"size\"?"),
    ("compare base.json --strategies random,zipf --until-width -2%", "--until-width"),
    ("compare base.json --strategies random,zipf --max-seeds 5", "--until-width"),
    ("compare base.json --strategies random,zipf --resume --force", "cannot be used with"),
    // Shards and folders
    ("sweep sweep.json --shard 0/4", "accepted: PART/PARTS"),
    ("sweep sweep.json --shard 5/4", "accepted: PART/PARTS"),
    ("sweep sweep.json --shard 1", "accepted: PART/PARTS"),
    ("sweep sweep.json --shard -1/4", "accepted: PART/PARTS"),
    ("sweep sweep.json --resume --force", "cannot be used with"),
    ("merge folder", "folder"),
    ("merge absent", "absent"),
    ("run base.json --out base.json", "is a file"),
    ("run base.json --out base.json/x", "leads through a file"),
    ("run base.json --out .", "is the folder of the scenario itself"),
    ("run base.json --out full", "is not empty"),
    ("run base.json --out full --force", "is not empty"),
    ("sweep sweep.json --out full", "is not empty"),
];

#[test]
fn bad_usage_is_told_and_writes_nothing() {
    let bare = "{\"vary\": {\"network.loss\": [0]}}";
    let files = [
        ("base.json", BASE),
        ("sweep.json", SWEEP),
        ("empty.json", ""),
        ("notes.txt", "# notes\n"),
        ("vary-alone.json", bare),
        ("scenario-alone.json", "{\"scenario\": \"base.json\"}"),
    ];
    let folder = workplace(&files);
    for name in ["folder", "full"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("full/theirs"), "").unwrap();
    let before = names(folder.path());
    for (arguments, expected) in CASES {
        let arguments: Vec<String> =
            arguments.split(' ').map(|one| if one == "_" { String::new() } else { one.replace("\\s", " ") }).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = program(folder.path(), &arguments).output().expect("the program starts");
        let (stdout, stderr) = check(&output, &format!("{arguments:?}"), 2);
        assert!(stdout.is_empty() || arguments[0] == "validate", "{arguments:?} printed {stdout}");
        assert!(stderr.contains("error:"), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: expected {expected:?} in: {stderr}");
        assert!(!stderr.contains("invalid digit"), "{arguments:?}: {stderr}");
        assert_eq!(names(folder.path()), before, "{arguments:?} left something behind");
    }
    assert_eq!(names(&folder.path().join("full")), ["theirs"]);
    assert!(names(&folder.path().join("folder")).is_empty());
}

/// Under a limit of the address space, fewer runs are done at once, and that is said.
#[cfg(target_os = "linux")]
#[test]
fn many_jobs_under_a_tight_limit_become_fewer() {
    let sweep = r#"{"name": "s", "scenario": "tiny.json", "seeds": {"count": 12}, "vary": {}}"#;
    let folder = workplace(&[("tiny.json", TINY), ("sweep.json", sweep)]);
    let limited = |kibibytes: u32, arguments: &str| {
        let script = format!("ulimit -v {kibibytes} && exec \"$0\" {arguments}");
        let mut shell = std::process::Command::new("sh");
        shell.current_dir(folder.path()).args(["-c", &script, env!("CARGO_BIN_EXE_swarmsim")]).output().unwrap()
    };
    let (_, stderr) = check(&limited(1_000_000, "sweep sweep.json --jobs 1024 --out limited --no-plots"), "1 GB", 0);
    assert!(stderr.starts_with("warning: a run takes about ") && stderr.contains(" at once, not 1024"), "{stderr}");
    let output = program(folder.path(), &["sweep", "sweep.json", "--out", "free", "--no-plots"]).output().unwrap();
    check(&output, "without a limit", 0);
    let read = |out: &str| fs::read(folder.path().join(out).join("results.csv")).unwrap();
    assert_eq!(read("limited"), read("free"));
    let (_, stderr) = check(&limited(150_000, "run flash-crowd --set file.max_chunk_size=64 --out no"), "150 MB", 2);
    assert!(stderr.contains("a run would take about"), "{stderr}");
}
