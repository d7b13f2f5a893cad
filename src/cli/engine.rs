//! Which part of a sweep this process is to do, where an engine has started it many times over and tells each by a variable.

use crate::experiment::sweep::Shard;
use crate::scenario::problem::shorten;

/// What `--shard` takes.
const ACCEPTED: &str = "accepted: PART/PARTS, counted from 1, such as 2/4; auto; or auto/PARTS, where the engine does not tell how many there are";
/// Says how many parts there are where neither the engine nor the option does.
const PARTS: &str = "SWARMSIM_SHARDS";

/// The part as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardChoice {
    /// This one.
    Part(Shard),
    /// The one that the engine's variables name, of as many as they (or this number) say.
    Auto(Option<usize>),
}

impl ShardChoice {
    /// Reads `2/4`, `auto` or `auto/4`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<ShardChoice, String> {
        match text.strip_prefix("auto").map(|rest| (rest.is_empty(), rest.strip_prefix('/'))) {
            Some((true, _)) => Ok(ShardChoice::Auto(None)),
            Some((_, Some(parts))) => {
                let parts = parts.parse().ok().filter(|parts| *parts > 0);
                parts.map(|parts| ShardChoice::Auto(Some(parts))).ok_or_else(|| ACCEPTED.to_owned())
            }
            Some(_) => Err(ACCEPTED.to_owned()),
            None if text.contains('/') => Shard::parse(text).map(ShardChoice::Part),
            None => Err(ACCEPTED.to_owned()),
        }
    }

    /// The part that is meant in an environment that has these variables.
    ///
    /// # Errors
    /// That there is no engine, or what is wrong with what it says.
    pub fn resolve(self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
        match self {
            ShardChoice::Part(shard) => Ok(shard),
            ShardChoice::Auto(parts) => auto(parts, variable).map_err(|message| format!("--shard auto: {message}")),
        }
    }
}

/// The innermost engine is asked first: HyperQueue's workers may themselves be tasks of a Slurm array.
fn auto(parts: Option<usize>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| -> Result<Option<usize>, String> {
        let Some(text) = variable(name) else { return Ok(None) };
        let wrong = || format!("{name} is \"{}\"; accepted: a whole number", shorten(&text));
        text.trim().parse().map(Some).map_err(|_| wrong())
    };
    let told = match parts {
        Some(parts) => Some(parts),
        None => number(PARTS)?.filter(|parts| *parts > 0),
    };
    let of = |name: &str, part: usize| {
        let advice = format!("say how many parts there are: --shard auto/PARTS, or {PARTS}");
        let parts =
            told.ok_or_else(|| format!("{name} tells which part to do, and nothing how many there are; {advice}"))?;
        Shard::parse(&format!("{part}/{parts}")).map_err(|message| format!("by {name}, {message}"))
    };
    if let Some(task) = number("HQ_TASK_ID")? {
        return of("HQ_TASK_ID", task);
    }
    if let Some(index) = number("JOB_COMPLETION_INDEX")? {
        return of("JOB_COMPLETION_INDEX", index.saturating_add(1));
    }
    let Some(task) = number("SLURM_ARRAY_TASK_ID")? else {
        return Err(format!(
            "none of HQ_TASK_ID, JOB_COMPLETION_INDEX and SLURM_ARRAY_TASK_ID is set, so this was not started by HyperQueue, as an \
             Indexed Job of Kubernetes or as a Slurm array; {ACCEPTED}"
        ));
    };
    if told.is_some() {
        return of("SLURM_ARRAY_TASK_ID", task);
    }
    let count = number("SLURM_ARRAY_TASK_COUNT")?;
    let (least, most) = (number("SLURM_ARRAY_TASK_MIN")?, number("SLURM_ARRAY_TASK_MAX")?);
    let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
    let (Some(count), Some(least), Some(most)) = (count, least, most) else { return of("SLURM_ARRAY_TASK_ID", task) };
    // `--array=3,7,9` is no row of parts: which of how many the 7 is, nobody has said.
    let is_row = least <= task && task <= most && (task - least) % step == 0 && (most - least) / step + 1 == count;
    if !is_row {
        return Err(format!(
            "the Slurm array has {count} tasks from {least} to {most}, some left out, so that their number does not tell how many \
             parts there are; say it: --shard auto/PARTS"
        ));
    }
    Shard::parse(&format!("{}/{count}", (task - least) / step + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(choice: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Ok(ShardChoice::parse(choice)?.resolve(&variable)?.to_string())
    }

    fn slurm<'v>(id: &'v str, count: &'v str, least: &'v str, most: &'v str, step: &'v str) -> [(&'v str, &'v str); 5] {
        let names = ["ID", "COUNT", "MIN", "MAX", "STEP"].map(|name| match name {
            "ID" => "SLURM_ARRAY_TASK_ID",
            "COUNT" => "SLURM_ARRAY_TASK_COUNT",
            "MIN" => "SLURM_ARRAY_TASK_MIN",
            "MAX" => "SLURM_ARRAY_TASK_MAX",
            _ => "SLURM_ARRAY_TASK_STEP",
        });
        let values = [id, count, least, most, step];
        std::array::from_fn(|i| (names[i], values[i]))
    }

    #[test]
    fn a_slurm_array_tells_part_and_parts_wherever_it_begins() {
        assert_eq!(auto("auto", &slurm("3", "4", "1", "4", "1")).as_deref(), Ok("3/4"));
        assert_eq!(auto("auto", &slurm("0", "4", "0", "3", "1")).as_deref(), Ok("1/4"));
        assert_eq!(auto("auto", &slurm("14", "3", "10", "14", "2")).as_deref(), Ok("3/3"));
        assert_eq!(auto("auto/9", &slurm("7", "3", "3", "9", "1")).as_deref(), Ok("7/9"), "--array=3,7,9 of nine");
        assert!(auto("auto", &slurm("7", "3", "3", "9", "1")).unwrap_err().contains("--shard auto/PARTS"));
        assert!(auto("auto/4", &slurm("0", "4", "0", "3", "1")).unwrap_err().contains("parts are counted from 1"));
    }

    #[test]
    fn others_tell_the_part_alone() {
        assert_eq!(auto("auto/5", &[("HQ_TASK_ID", "5")]).as_deref(), Ok("5/5"));
        assert_eq!(auto("auto/5", &[("JOB_COMPLETION_INDEX", "0")]).as_deref(), Ok("1/5"));
        assert_eq!(auto("auto", &[("JOB_COMPLETION_INDEX", "4"), (PARTS, "5")]).as_deref(), Ok("5/5"));
        assert!(auto("auto/5", &[("JOB_COMPLETION_INDEX", "5")]).unwrap_err().contains("there is no part 6 of 5"));
        assert!(auto("auto", &[("HQ_TASK_ID", "5")]).unwrap_err().contains("SWARMSIM_SHARDS"));
        let nested = [&[("HQ_TASK_ID", "2")][..], &slurm("9", "9", "1", "9", "1")].concat();
        assert_eq!(auto("auto/3", &nested).as_deref(), Ok("2/3"), "HyperQueue within a Slurm array");
    }

    #[test]
    fn what_is_no_part_is_told() {
        for bad in ["automatic", "auto/", "auto/0", "auto/x", "x", "", "3"] {
            assert!(ShardChoice::parse(bad).unwrap_err().contains("accepted: PART/PARTS"), "{bad}");
        }
        assert_eq!(auto("2/4", &[("HQ_TASK_ID", "1")]).as_deref(), Ok("2/4"));
        assert!(auto("auto", &[]).unwrap_err().contains("none of HQ_TASK_ID"));
        assert!(auto("auto/4", &[("HQ_TASK_ID", "one\u{1b}")]).unwrap_err().contains("HQ_TASK_ID is \"one"));
    }
}
