//! What a law says, what a swarm showed, and whether the two agree.

use swarmsim::experiment::statistics::{Interval, Sample};

/// The level of the intervals. The suite makes some hundred comparisons of means, so at 99.9 % a true law is rejected somewhere in about one of
/// ten suites with other seeds; the seeds are fixed, so what holds once holds until the model changes.
pub const LEVEL: f64 = 0.999;
/// How far rounding to whole nanoseconds may move what is exact, as a share of it.
const EXACT: f64 = 1e-9;

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Fewer seeds and shorter runs: for each change, rather than for the page.
    pub short: bool,
}

impl Effort {
    /// The first or, in short, the second.
    pub fn of<T>(self, full: T, short: T) -> T {
        if self.short { short } else { full }
    }

    /// What `simulate` makes of seeds 1 to n, in their order, on all processors.
    pub fn over<T: Send>(self, full: u32, short: u32, simulate: impl Fn(u32) -> T + Sync) -> Vec<T> {
        let n = self.of(full, short) as usize;
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(n);
        let simulate = &simulate;
        let mut of_threads: Vec<Vec<T>> = std::thread::scope(|scope| {
            let begin = |first: usize| {
                scope.spawn(move || (first..n).step_by(threads).map(|i| simulate(i as u32 + 1)).collect())
            };
            let running: Vec<_> = (0..threads).map(begin).collect();
            running.into_iter().map(|thread| thread.join().expect("a run does not panic")).collect()
        });
        for values in &mut of_threads {
            values.reverse();
        }
        (0..n).map(|i| of_threads[i % threads].pop().expect("as many as seeds")).collect()
    }
}

/// What a law says of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Each run has this value, up to rounding.
    Exact,
    /// No run is below.
    AtLeast,
    /// The mean over seeds: its interval contains the value.
    Mean,
    /// The mean over seeds is not above: its interval begins at the value or below.
    NotAbove,
    /// The mean over seeds is below: its whole interval is.
    Below,
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is compared.
    pub what: String,
    /// Where it lies on the axis of its oracle's plot, if it has one.
    pub x: Option<f64>,
    /// What the law says.
    pub rule: Rule,
    /// The law's value.
    pub expected: f64,
    /// What was measured: a value a run.
    pub measured: Vec<f64>,
    /// A plausible mistake and the value it would give: it must be told from the law, or the comparison is worth nothing.
    pub rival: Option<(&'static str, f64)>,
    /// Whether it is known not to hold, and shown for that.
    pub known_not_to_hold: bool,
}

impl Case {
    /// A comparison of these values, one a run, with the law's.
    pub fn new(what: impl Into<String>, rule: Rule, expected: f64, measured: Vec<f64>) -> Case {
        let what = what.into();
        Case { what, x: None, rule, expected, measured, rival: None, known_not_to_hold: false }
    }

    /// The same, at this place of the plot.
    pub fn at(self, x: f64) -> Case {
        Case { x: Some(x), ..self }
    }

    /// The same, with a mistake that it must notice.
    pub fn against(self, mistake: &'static str, value: f64) -> Case {
        Case { rival: Some((mistake, value)), ..self }
    }

    /// The same, shown though it does not hold.
    pub fn known_not_to_hold(self) -> Case {
        Case { known_not_to_hold: true, ..self }
    }

    /// What was measured, described.
    pub fn sample(&self) -> Option<Sample> {
        Sample::of(&self.measured)
    }

    /// The interval that decides; for an exact value or a bound from the least to the greatest run.
    pub fn interval(&self) -> Option<Interval> {
        let sample = self.sample()?;
        match self.rule {
            Rule::Exact | Rule::AtLeast => Some(Interval { low: sample.min(), high: sample.max() }),
            Rule::Mean | Rule::NotAbove | Rule::Below => sample.mean_interval(LEVEL),
        }
    }

    /// Whether this value instead of the law's would agree with what was measured.
    fn agrees_with(&self, value: f64) -> bool {
        let Some(Interval { low, high }) = self.interval() else { return false };
        let slack = EXACT * value.abs().max(EXACT);
        match self.rule {
            Rule::Exact => value - slack <= low && high <= value + slack,
            Rule::AtLeast => low >= value - slack,
            Rule::Mean => low <= value && value <= high,
            Rule::NotAbove => low <= value,
            Rule::Below => high < value,
        }
    }

    /// Whether what was measured agrees with the law.
    pub fn holds(&self) -> bool {
        self.agrees_with(self.expected)
    }

    /// Whether the mistake, where one is named, is told from the law. A bound's mistake is a figure that would break it.
    pub fn tells_mistake(&self) -> bool {
        match (self.rival, self.rule) {
            (None, _) => true,
            (Some((_, value)), Rule::AtLeast) => value < self.expected * (1.0 - EXACT),
            (Some((_, value)), _) => !self.agrees_with(value),
        }
    }

    /// In a word.
    pub fn verdict(&self) -> Verdict {
        match (self.holds(), self.tells_mistake()) {
            (true, true) => Verdict::Holds,
            (false, _) if self.known_not_to_hold => Verdict::Partly,
            (true, false) => Verdict::Blunt,
            (false, _) => Verdict::Fails,
        }
    }
}

/// What came of a comparison, or of all of an oracle's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As the law says.
    Holds,
    /// Not in all that is shown, as is known and said.
    Partly,
    /// It agrees, but would agree with the named mistake, too.
    Blunt,
    /// Otherwise than the law says.
    Fails,
}

impl Verdict {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Partly => "does not hold (known)",
            Verdict::Blunt => "**cannot tell**",
            Verdict::Fails => "**FAILS**",
        }
    }

    /// Whether the suite has failed.
    pub fn is_failure(self) -> bool {
        matches!(self, Verdict::Blunt | Verdict::Fails)
    }
}

/// A law, and what swarms showed of it.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// The stem of its plot's file.
    pub stem: &'static str,
    /// What it says, in a line.
    pub title: &'static str,
    /// Who found it.
    pub source: &'static str,
    /// Setting and derivation, in a few lines of Markdown.
    pub derivation: &'static str,
    /// The unit of the figures.
    pub unit: &'static str,
    /// The title of the plot's axis, where cases lie on one.
    pub x_title: Option<&'static str>,
    /// What the law says between the cases.
    pub curve: Option<fn(f64) -> f64>,
    /// The comparisons.
    pub cases: Vec<Case>,
    /// What else was seen, in Markdown; it may be empty.
    pub remark: String,
}

impl Oracle {
    /// The worst of its comparisons.
    pub fn verdict(&self) -> Verdict {
        self.cases.iter().map(Case::verdict).max().unwrap_or(Verdict::Fails)
    }
}
