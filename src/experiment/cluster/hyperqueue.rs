//! A job definition file for HyperQueue, in TOML.

use super::submission::{Submission, Submitted};
use crate::output::text::{clean, shell};
use serde_json::json;
use std::fmt::Write;

/// How often a task is begun again whose worker was lost. One that fails is not: nor is it where it failed by itself.
const CRASH_LIMIT: u32 = 20;

/// The file.
pub fn write(submission: &Submission<'_>) -> Submitted {
    let file = shell(&[format!("{}/job.toml", submission.folder)]);
    Submitted {
        files: vec![("job.toml".into(), job(submission))],
        submit: format!("hq job submit-file {file}"),
        watch: "hq job progress last".into(),
        ..Submitted::default()
    }
}

/// Texts are written as JSON has them, which TOML reads the same.
fn job(submission: &Submission<'_>) -> String {
    let resources = &submission.resources;
    let logs = format!("{}/logs", submission.folder);
    let mut text = format!("# {}\nname = {}\n", submission.about(), quoted(&clean(&submission.plan.sweep().name)));
    for part in &submission.parts {
        let words: Vec<String> = submission.words(&part.shard.to_string()).iter().map(|word| quoted(word)).collect();
        let number = part.shard.part();
        let _ = write!(
            text,
            "\n[[task]]\nid = {number}\ncommand = [{}]\ncwd = {}\nstdout = {}\nstderr = {}\ntime_limit = \"{}s\"\ncrash_limit = {CRASH_LIMIT}\n\n\
             [[task.request]]\nresources = {{ \"cpus\" = {}, \"mem\" = {} }}\n",
            words.join(", "),
            quoted(&submission.folder),
            quoted(&format!("{logs}/{number}.out")),
            quoted(&format!("{logs}/{number}.err")),
            resources.time_s,
            resources.jobs,
            resources.mebibytes(),
        );
    }
    text
}

fn quoted(text: &str) -> String {
    // The only character that JSON leaves as it is and TOML does not.
    json!(text).to_string().replace('\u{7f}', "\\u007F")
}
