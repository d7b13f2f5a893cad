//! Lists of commands: for GNU parallel, and for anything else that starts commands.

use super::submission::{Submission, Submitted};
use crate::output::text::shell;

/// The list.
const TASKS: &str = "tasks.txt";

/// A line a part, the longest first.
fn lines(submission: &Submission<'_>) -> String {
    submission.parts.iter().map(|part| shell(&submission.words(&part.shard.to_string())) + "\n").collect()
}

fn in_folder(submission: &Submission<'_>, name: &str) -> String {
    shell(&[format!("{}/{name}", submission.folder)])
}

/// The list alone.
pub fn tasks(submission: &Submission<'_>) -> Submitted {
    let at_once = if submission.resources.jobs == 1 {
        "$(nproc)".to_owned()
    } else {
        format!("$(($(nproc) / {} + 1))", submission.resources.jobs)
    };
    Submitted {
        files: vec![(TASKS.into(), lines(submission))],
        submit: format!("xargs -d '\\n' -n 1 -P \"{at_once}\" sh -c < {}", in_folder(submission, TASKS)),
        ..Submitted::default()
    }
}

/// The list, and a script that gives it to GNU parallel.
pub fn parallel(submission: &Submission<'_>) -> Submitted {
    // A share of each machine's processors: a part takes several of them.
    let slots = match submission.resources.jobs {
        1 => "100%".to_owned(),
        jobs => format!("{}%", (100 / jobs).max(1)),
    };
    let script = format!(
        "#!/bin/sh\n# {}\n# A part takes up to {} MiB.\n#\n#     run.sh [LOGINS]\n#\n# LOGINS is a file with a machine a line, such as user@host, that \
         sees the same files;\n# without it, all is done here. Broken off, it goes on where it was: start it again.\n\
         logins=\"${{1:+$(realpath \"$1\")}}\"\ncd {} || exit\n\
         exec parallel --joblog joblog --resume-failed --retries 3 --jobs {slots} ${{logins:+--sshloginfile \"$logins\"}} :::: {TASKS}\n",
        submission.about(),
        submission.resources.mebibytes(),
        shell(std::slice::from_ref(&submission.folder)),
    );
    Submitted {
        files: vec![(TASKS.into(), lines(submission)), ("run.sh".into(), script)],
        submit: in_folder(submission, "run.sh"),
        watch: format!("cat {}", in_folder(submission, "joblog")),
        ..Submitted::default()
    }
}
