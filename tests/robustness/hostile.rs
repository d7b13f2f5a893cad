//! Names that are legal but hostile arrive as text in every file.

use crate::program::{TINY, names, run, workplace};
use std::fs;

const NAMES: &[&str] = &[
    "<script>alert(1)<script>",
    "a \"quoted\" 'name'",
    "]]>",
    "&bogus;",
    "=cmd()",
    "+1",
    "@x",
    "%s%n",
    "{{x}}",
    "a, b; c",
    "🐝",
    "שלום",
    "$(touch x)",
    "`touch x`",
];

#[test]
fn hostile_names_are_text_wherever_they_stand() {
    for name in NAMES {
        let quoted = serde_json::to_string(name).unwrap();
        let text = TINY.replace("\"tiny\"", &quoted).replace("\"home\"", &quoted);
        let folder = workplace(&[("a.json", &text)]);
        run(folder.path(), &["run", "a.json", "--out", "out", "--trace", "--quiet"], 0);
        let out = folder.path().join("out");
        let read = |file: &str| fs::read_to_string(out.join(file)).unwrap();

        let summary: serde_json::Value = serde_json::from_str(&read("summary.json")).unwrap();
        assert_eq!(summary["scenario"], *name);
        for line in read("trace.jsonl").lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
        }
        let text = read("peers.csv");
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let group = table.headers().unwrap().iter().position(|column| column == "group").unwrap();
        let groups: Vec<String> = table.records().map(|row| row.unwrap()[group].to_owned()).collect();
        assert!(groups.iter().any(|group| group == name), "{name}: {groups:?}");

        let mut pages = vec![read("report.html")];
        pages.extend(names(&out.join("plots")).iter().map(|plot| read(&format!("plots/{plot}"))));
        for page in pages {
            // What has a meaning in markup stands nowhere as it was written.
            if name.contains(['<', '&', '"']) || name.contains("]]>") {
                assert!(!page.contains(name), "{name} stands in a page as it is");
            }
        }
        assert_eq!(names(folder.path()), ["a.json", "out"], "{name}");
    }
}

/// A text that varies stands in the tables as it is: they are data, and what begins with `=` is not spoiled for a spreadsheet's sake.
#[test]
fn varied_texts_come_back_from_the_tables_as_they_went_in() {
    let texts = ["=1+1", "a,b", "say \"x\"", "@x"];
    let values = serde_json::to_string(&texts).unwrap();
    let sweep = format!(
        r#"{{"name": "s", "scenario": "a.json", "seeds": {{"count": 1}}, "vary": {{"peers[1].group": {values}}}}}"#
    );
    let folder = workplace(&[("a.json", TINY), ("sweep.json", &sweep)]);
    run(folder.path(), &["sweep", "sweep.json", "--out", "out", "--quiet"], 0);
    let text = fs::read_to_string(folder.path().join("out/results.csv")).unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let found: Vec<String> = table.records().map(|row| row.unwrap()[2].to_owned()).collect();
    assert_eq!(found, texts);
}
