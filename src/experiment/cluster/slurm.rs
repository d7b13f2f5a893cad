//! A Slurm array: one script, or several where one array may not have so many tasks.

use super::submission::{Submission, Submitted};
use crate::output::text::shell;
use std::fmt::Write;

/// The scripts.
pub fn write(submission: &Submission<'_>) -> Submitted {
    let limit = submission.array_limit.max(1);
    let arrays = submission.parts.len().div_ceil(limit).max(1);
    let name =
        |array: usize| if arrays == 1 { "sweep.sbatch".to_owned() } else { format!("sweep-{}.sbatch", array + 1) };
    let mut submitted = Submitted::default();
    for array in 0..arrays {
        let first = array * limit;
        let count = limit.min(submission.parts.len() - first);
        submitted.files.push((name(array), script(submission, first, count)));
    }
    let quoted = |name: &str| shell(&[format!("{}/{name}", submission.folder)]);
    submitted.submit = match arrays {
        1 => format!("sbatch {}", quoted("sweep.sbatch")),
        _ => format!(
            "for job in {}/sweep-*.sbatch; do sbatch \"$job\"; done",
            shell(std::slice::from_ref(&submission.folder))
        ),
    };
    submitted.watch = "squeue --me".into();
    submitted
}

/// The script of `count` tasks from the `first` on.
fn script(submission: &Submission<'_>, first: usize, count: usize) -> String {
    let resources = &submission.resources;
    let mut text = String::from("#!/bin/bash\n");
    let _ = writeln!(text, "# {}", submission.about());
    text.push_str("# A task that is done again finds itself done, and one that was broken off goes on.\n");
    let _ = writeln!(text, "#SBATCH --job-name={}", job_name(&submission.plan.sweep().name));
    let _ = writeln!(text, "#SBATCH --array=1-{count}");
    let _ = writeln!(text, "#SBATCH --cpus-per-task={}", resources.jobs);
    let _ = writeln!(text, "#SBATCH --mem={}M", resources.mebibytes());
    let _ = writeln!(text, "#SBATCH --time={}", time(resources.time_s));
    text.push_str("#SBATCH --requeue\n#SBATCH --open-mode=append\n");
    let _ = writeln!(text, "#SBATCH --chdir=\"{}\"", submission.folder);
    text.push_str("#SBATCH --output=\"logs/%A_%a.log\"\n\n");
    let of = submission.of;
    let words = |shard: &str| submission.command(shard);
    if !submission.is_row() {
        text.push_str("# The parts, those that take longest first.\nparts=(");
        wrap(&mut text, &submission.numbers()[first..first + count]);
        text.push_str(")\n");
        let _ = writeln!(text, "exec {}", words(&format!("\"${{parts[SLURM_ARRAY_TASK_ID - 1]}}/{of}\"")));
    } else if first == 0 {
        let _ = writeln!(text, "exec {}", words(&format!("auto/{of}")));
    } else {
        let _ = writeln!(text, "exec {}", words(&format!("$((SLURM_ARRAY_TASK_ID + {first}))/{of}")));
    }
    text
}

/// Numbers on lines of moderate length.
pub fn wrap(text: &mut String, numbers: &[String]) {
    for (i, number) in numbers.iter().enumerate() {
        text.push_str(if i == 0 {
            ""
        } else if i % 20 == 0 {
            "\n    "
        } else {
            " "
        });
        text.push_str(number);
    }
}

/// `1-02:30:00`: a day, two hours and a half.
fn time(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    if days > 0 { format!("{days}-{clock}") } else { clock }
}

/// A name of plain characters.
fn job_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.chars().take(60).map(|c| if is_plain(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_slurm_reads_them() {
        assert_eq!(time(600), "00:10:00");
        assert_eq!(time(86_400 + 2 * 3_600 + 30 * 60), "1-02:30:00");
    }
}
