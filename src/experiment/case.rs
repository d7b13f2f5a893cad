//! One run of an experiment.

use crate::MODEL_REVISION;
use crate::scenario::Scenario;

/// One run of an experiment: all that its result depends on.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario, its seed in it.
    pub scenario: Scenario,
    /// The arguments of `swarmsim run` that give the same run, the scenario's name first.
    pub arguments: Vec<String>,
    /// What tells this run from all others: 64 hexadecimal digits. Equal identities are equal runs.
    pub identity: String,
}

impl Case {
    /// The case of a scenario; `arguments` are those of `swarmsim run` that lead to it.
    pub fn new(scenario: Scenario, arguments: Vec<String>) -> Case {
        let identity = identity(&scenario);
        Case { scenario, arguments, identity }
    }

    /// The run's seed.
    pub fn seed(&self) -> u64 {
        self.scenario.config.seed
    }
}

/// The BLAKE3 digest of the resolved scenario's text and of the model's revision: a run of another model is another run.
pub(super) fn identity(scenario: &Scenario) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("model {MODEL_REVISION}\n").as_bytes());
    hasher.update(scenario.to_json_text().as_bytes());
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::outcome::samples::scenario;
    use super::*;

    #[test]
    fn an_identity_follows_from_what_is_simulated() {
        let case = |seed| Case::new(scenario(seed), Vec::new());
        assert_eq!(case(1).identity, case(1).identity);
        assert_ne!(case(1).identity, case(2).identity);
        let mut longer = scenario(1);
        longer.config.tracker.entry_ttl += crate::sim::Span::from_secs(1);
        assert_ne!(Case::new(longer, Vec::new()).identity, case(1).identity);
        assert_eq!(case(1).identity.len(), 64);
    }
}
