//! An Indexed Job of Kubernetes, and the sweep as a ConfigMap beside it.

use super::slurm::wrap;
use super::submission::{Submission, Submitted};
use crate::output::text::shell;
use serde_json::json;
use std::fmt::Write;

/// What a ConfigMap holds, in bytes, with some room for the rest of it.
const MOST_BYTES: usize = 1_000_000;
/// Where the claim's volume is mounted.
const RESULTS: &str = "/results";

/// The manifest.
///
/// # Errors
/// That the sweep is too long for a ConfigMap.
pub fn write(submission: &Submission<'_>) -> Result<Submitted, String> {
    let sweep = submission.plan.to_json_text();
    if sweep.len() > MOST_BYTES {
        return Err(format!(
            "the sweep has {} bytes with its scenario and the files that this names, and a ConfigMap holds 1 MiB; name measured values by a \
             distribution, or use another engine",
            sweep.len()
        ));
    }
    let name = object_name(&submission.plan.sweep().name);
    let file = shell(&[format!("{}/job.yaml", submission.folder)]);
    Ok(Submitted {
        files: vec![("job.yaml".into(), format!("{}---\n{}", config_map(&name, &sweep), job(submission, &name)))],
        submit: format!("kubectl apply -f {file}"),
        watch: format!("kubectl get job {name}"),
        results: results(submission),
        ..Submitted::default()
    })
}

fn config_map(name: &str, sweep: &str) -> String {
    let mut text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n");
    if sweep.chars().all(|c| c == '\n' || (' '..='~').contains(&c)) {
        text.push_str("  sweep.json: |\n");
        sweep.lines().for_each(|line| {
            let _ = writeln!(text, "    {line}");
        });
    } else {
        let _ = writeln!(text, "  sweep.json: {}", json!(sweep));
    }
    text
}

fn job(submission: &Submission<'_>, name: &str) -> String {
    let resources = &submission.resources;
    let (count, workers) = (submission.parts.len(), submission.workers.clamp(1, submission.parts.len().max(1)));
    let mut text = format!("# {}\n", submission.about());
    let _ = write!(
        text,
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\nspec:\n  completionMode: Indexed\n  completions: {count}\n  parallelism: \
         {workers}\n  backoffLimitPerIndex: 3\n  maxFailedIndexes: {count}\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: swarmsim\n          image: {}\n",
        json!(submission.image)
    );
    let _ = writeln!(text, "          command:");
    command(submission).iter().for_each(|word| {
        let _ = writeln!(text, "            - {}", json!(word));
    });
    let _ = write!(
        text,
        "          resources:\n            requests:\n              cpu: \"{cpus}\"\n              memory: {memory}Mi\n            limits:\n              \
         memory: {memory}Mi\n          volumeMounts:\n            - name: sweep\n              mountPath: /sweep\n              readOnly: true\n            \
         - name: results\n              mountPath: {RESULTS}\n      volumes:\n        - name: sweep\n          configMap:\n            name: {name}\n        \
         - name: results\n          persistentVolumeClaim:\n            claimName: {}\n",
        json!(submission.claim),
        cpus = resources.jobs,
        memory = resources.mebibytes(),
    );
    text
}

/// The folder of the results on the claim's volume.
fn results(submission: &Submission<'_>) -> String {
    format!("{RESULTS}/{}", object_name(&submission.plan.sweep().name))
}

/// The words that a container is started with.
fn command(submission: &Submission<'_>) -> Vec<String> {
    let inside = Submission { folder: "/sweep".into(), results: results(submission), ..submission.clone() };
    if submission.is_row() {
        return inside.words(&format!("auto/{}", submission.of));
    }
    let mut script = String::from("set -- ");
    wrap(&mut script, &submission.numbers());
    let script = script.replace("\n    ", " ");
    let words = inside.command(&format!("\"$1/{}\"", submission.of));
    ["sh".to_owned(), "-c".to_owned(), format!("{script}; shift \"$JOB_COMPLETION_INDEX\"; exec {words}")].to_vec()
}

/// A name as Kubernetes has them: at most 63 lower-case letters, digits and hyphens.
fn object_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().take(40).map(plain).collect();
    format!("swarmsim-{}", name.trim_matches('-')).trim_matches('-').to_owned()
}
