//! What `comparison.json` holds.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The version of this layout.
pub const SCHEMA_VERSION: u32 = 1;

/// Strategies compared over the same seeds. A value that does not exist is `null`, never 0 or NaN. Intervals are `[low, high]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The version of this layout.
    pub schema: u32,
    /// The version of the simulator.
    pub swarmsim: String,
    /// The revision of the simulated model.
    pub model_revision: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The arguments of `swarmsim run` that all runs share: the scenario, and what changes it.
    pub arguments: Vec<String>,
    /// The seeds, each run under every strategy.
    pub seeds: Vec<u64>,
    /// The strategies.
    pub strategies: Vec<String>,
    /// The strategy that the others are compared with. Differences are strategy minus baseline.
    pub baseline: String,
    /// How every `ci95` was computed: `student-t`.
    pub interval_method: String,
    /// How every `ci95_bca` was computed.
    pub bootstrap_method: String,
    /// The confidence of each interval: 0.95, or more where several looks share what may go wrong (`sequential`).
    pub interval_level: f64,
    /// What `effect_size` is: Cohen's d_z, the mean difference over the standard deviation of the differences.
    pub effect_size_method: String,
    /// How `p` was computed.
    pub p_method: String,
    /// How `p_adjusted` was made of the `p` of the strategies that one metric compares.
    pub p_adjustment: String,
    /// How the number of seeds was decided; `null` where it was fixed beforehand.
    pub sequential: Option<Sequential>,
    /// The metrics by name.
    pub metrics: Named<Metric>,
    /// What a reader must know before quoting a figure: runs censored, failed, or without a value.
    pub notes: Vec<String>,
    /// The runs: for each strategy in the order of the seeds.
    pub runs: Vec<Run>,
}

/// Seeds were added until the first metric's intervals were narrow enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sequential {
    /// How the intervals stay right although it was looked at them before the end.
    pub method: String,
    /// The metric looked at.
    pub metric: String,
    /// The half-width asked for, as a share of the baseline's mean.
    pub wanted: f64,
    /// After how many seeds to look, fixed beforehand; the last is the cap.
    pub looks: Vec<u64>,
    /// Whether the intervals became as narrow; if not, the cap was reached.
    pub reached: bool,
}

/// A metric under each strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// What it measures.
    pub title: String,
    /// Which way is better: `lower` or `higher`.
    pub better: String,
    /// The strategies by name.
    pub strategies: Named<Figures>,
    /// The strategies but the baseline by name, over the seeds on which both have a value.
    pub versus_baseline: Named<Versus>,
}

/// A metric under one strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Runs with a value.
    pub n: u64,
    /// Runs left out because not everyone had completed.
    pub censored: u64,
    /// Runs left out because they have no such value, or failed.
    pub missing: u64,
    /// The mean.
    pub mean: Option<f64>,
    /// Its interval.
    pub ci95: Option<[f64; 2]>,
    /// The same by the bootstrap.
    pub ci95_bca: Option<[f64; 2]>,
    /// The median.
    pub median: Option<f64>,
    /// The standard deviation.
    pub std_dev: Option<f64>,
    /// The least.
    pub min: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
}

/// A strategy against the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Versus {
    /// Seeds on which both have a value.
    pub n: u64,
    /// Seeds left out because under one of the two not everyone had completed.
    pub censored: u64,
    /// Seeds left out because one of the two has no such value.
    pub missing: u64,
    /// The mean of strategy − baseline.
    pub mean_difference: Option<f64>,
    /// Its interval.
    pub ci95: Option<[f64; 2]>,
    /// The same by the bootstrap.
    pub ci95_bca: Option<[f64; 2]>,
    /// The mean of strategy / baseline; `null` where a baseline is 0.
    pub mean_ratio: Option<f64>,
    /// Its interval.
    pub mean_ratio_ci95: Option<[f64; 2]>,
    /// The same by the bootstrap.
    pub mean_ratio_ci95_bca: Option<[f64; 2]>,
    /// The geometric mean of strategy / baseline.
    pub geometric_ratio: Option<f64>,
    /// Its interval.
    pub geometric_ratio_ci95: Option<[f64; 2]>,
    /// Seeds on which the strategy is better.
    pub wins: u64,
    /// Seeds on which both are equal.
    pub ties: u64,
    /// `wins / n`.
    pub win_share: Option<f64>,
    /// Cohen's d_z: the mean difference over the standard deviation of the differences.
    pub effect_size: Option<f64>,
    /// Hedges' g_z: the same without its bias for few seeds.
    pub hedges_g: Option<f64>,
    /// The rank-biserial correlation of the pairs, from -1 to 1.
    pub rank_biserial: Option<f64>,
    /// The p-value of the paired t test; where all differences are equal and not 0, of Wilcoxon's.
    pub p: Option<f64>,
    /// The same, adjusted for the strategies that this metric compares.
    pub p_adjusted: Option<f64>,
    /// The p-value of Wilcoxon's signed-rank test, not adjusted.
    pub p_wilcoxon: Option<f64>,
    /// The correlation of the two over the seeds.
    pub correlation: Option<f64>,
    /// The share of the difference's variance that pairing has saved; negative where it has hurt.
    pub variance_saved: Option<f64>,
    /// Seeds, in all, that would show a difference of this size four times in five.
    pub seeds_to_settle: Option<u64>,
    /// What follows: `better`, `worse`, `equal` (on every seed), `open` (no difference shown) or `unknown` (too few values).
    pub verdict: Verdict,
    /// The same in a sentence.
    pub sentence: String,
}

/// What a comparison has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval lies on the better side of 0, and the adjusted p-value is at most 0.05.
    Better,
    /// The same on the worse side.
    Worse,
    /// Both are equal on every seed.
    Equal,
    /// No difference is shown: there may be none, or the seeds are too few.
    Open,
    /// There are fewer than two pairs.
    Unknown,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The strategy.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// `complete`, `incomplete` or `failed`.
    pub status: String,
    /// Digest of the event stream; empty where it failed.
    pub digest: String,
}

/// Values by name, in an order of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T> Named<T> {
    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The names and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Named<T>, D::Error> {
        // serde_json keeps the order of keys in a tree.
        let map = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        let value = |(name, value)| Ok((name, serde_json::from_value(value).map_err(serde::de::Error::custom)?));
        map.into_iter().map(value).collect::<Result<_, _>>().map(Named)
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("NamedOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, T>::json_schema(generator)
    }
}
