//! How late the tracker notices that a peer has left, against what its rules allow.
//!
//! A peer's last proof is up to one proof interval `h` old when it leaves, and the sweep that follows the
//! expiry comes up to one sweep interval `s` late: with an entry lifetime `T` the lag lies in
//! `(T - h, T + s]`, plus the time a message is on its way. Lost proofs make it shorter, outages longer.

use super::axis::{Axis, Frame, round_step};
use super::canvas::{Anchor, Drawing, Point, Text};
use super::data::{ExpiryRule, RunData};
use super::style::{self, BLUE, LABEL_SIZE, ORANGE, STRIP_BASELINE, TICK_SIZE, VERMILION, tint};
use super::{font, style::MUTED};
use crate::output::human;

/// The legend of the expected counts.
const EXPECTED: &str = "- - expected by the rules";

/// Fewer departures than this are not compared with what is expected.
const LEAST_TO_COMPARE: usize = 20;

/// Draws the plot.
pub fn draw(data: &RunData) -> Drawing {
    let (lags, false_expiries) = (data.lags.sorted_s.as_slice(), data.lags.false_expiries);
    let mut page = style::page("How late departures are noticed", &data.run_name(), &remark(data, lags));
    let (Some(&least), Some(&greatest)) = (lags.first(), lags.last()) else {
        let falsely = human::counted(false_expiries, "entry", "entries");
        let only_false = format!("No departure was noticed; {falsely} expired falsely");
        style::empty(&mut page, if false_expiries > 0 { &only_false } else { "No entry of a departed peer expired" });
        return page;
    };
    let rule = data.expiry_rule();
    let support = rule.map(support_of);
    let bins = bins_of(lags, rule, least, greatest);
    let peak = rule.map_or(0.0, |rule| bins.expected_peak(rule, lags.len()));
    let most = bins.counts.iter().copied().max().unwrap_or(0) as f64;
    let x = Axis::time("from departure to the entry's end", bins.from, bins.to());
    let frame = Frame::new(x, Axis::counts("entries", most.max(peak)), 0.0);
    if let Some(support) = support {
        draw_support(&mut page, &frame, support);
    }
    frame.draw(&mut page);
    draw_bars(&mut page, &frame, &bins);
    if let Some(rule) = rule.filter(|_| lags.len() >= LEAST_TO_COMPARE) {
        let curve = bins.expected(rule, lags.len());
        page.dashed(curve.into_iter().map(|point| frame.at(point)).collect(), VERMILION, 1.8);
        let legend = Text::new((frame.right, STRIP_BASELINE), EXPECTED, TICK_SIZE, VERMILION);
        page.text(legend.anchored(Anchor::End));
    }
    page
}

fn remark(data: &RunData, lags: &[f64]) -> String {
    match (lags.len(), data.figure("expiry.detection_lag_s.mean")) {
        (0, _) | (_, None) => String::new(),
        (n, Some(mean)) => {
            let departures = human::counted(n as u64, "departure", "departures");
            format!("{departures}, noticed after {} on average", human::seconds(mean))
        }
    }
}

/// How many departures were noticed how late, and how many the rules let expect.
#[derive(Clone, Debug)]
pub(crate) struct LagBins {
    /// Where the first interval begins, in seconds.
    pub(crate) from: f64,
    /// How long each is.
    pub(crate) width: f64,
    /// How many fell into each.
    pub(crate) counts: Vec<u64>,
    /// The corners of what is expected of an interval, where there are enough to compare with.
    pub(crate) expected: Option<Vec<Point>>,
}

/// The intervals of the histogram; `None` where no departure was noticed.
pub(crate) fn lag_bins(data: &RunData) -> Option<LagBins> {
    let lags = data.lags.sorted_s.as_slice();
    let (Some(&least), Some(&greatest)) = (lags.first(), lags.last()) else { return None };
    let rule = data.expiry_rule();
    let bins = bins_of(lags, rule, least, greatest);
    let expected = rule.filter(|_| lags.len() >= LEAST_TO_COMPARE).map(|rule| bins.expected(rule, lags.len()));
    Some(LagBins { from: bins.from, width: bins.width, counts: bins.counts, expected })
}

fn support_of(rule: ExpiryRule) -> (f64, f64) {
    (rule.entry_ttl - rule.proof_interval, rule.entry_ttl + rule.sweep_interval)
}

fn bins_of(lags: &[f64], rule: Option<ExpiryRule>, least: f64, greatest: f64) -> Bins {
    let support = rule.map(support_of);
    let (low, high) = support.map_or((least, greatest), |(from, to)| (least.min(from), greatest.max(to)));
    Bins::new(lags, low.max(0.0), high)
}

/// Equal intervals from a round number on, and how many values lie in each.
struct Bins {
    from: f64,
    width: f64,
    counts: Vec<u64>,
}

impl Bins {
    fn new(values: &[f64], low: f64, high: f64) -> Bins {
        let width = round_step(((high - low) / 32.0).max(1e-6));
        let from = (low / width).floor() * width;
        let mut counts = vec![0; ((high - from) / width).floor() as usize + 1];
        for value in values {
            let bin = ((value - from) / width) as usize;
            let last = counts.len() - 1;
            counts[bin.min(last)] += 1;
        }
        Bins { from, width, counts }
    }

    fn to(&self) -> f64 {
        self.from + self.width * self.counts.len() as f64
    }

    /// The greatest expected count of a bin.
    fn expected_peak(&self, rule: ExpiryRule, n: usize) -> f64 {
        n as f64 * self.width / rule.proof_interval.max(rule.sweep_interval)
    }

    /// The expected counts where ages of proofs and phases of sweeps are uniform: a trapezoid.
    fn expected(&self, rule: ExpiryRule, n: usize) -> Vec<Point> {
        let (ttl, h, s) = (rule.entry_ttl, rule.proof_interval, rule.sweep_interval);
        let peak = self.expected_peak(rule, n);
        let ramp = h.min(s);
        vec![(ttl - h, 0.0), (ttl - h + ramp, peak), (ttl + s - ramp, peak), (ttl + s, 0.0)]
    }
}

fn draw_bars(page: &mut Drawing, frame: &Frame, bins: &Bins) {
    let bar = |(i, &count): (usize, &u64)| {
        let left = frame.px(bins.from + bins.width * i as f64);
        let right = frame.px(bins.from + bins.width * (i + 1) as f64);
        let top = frame.py(count as f64);
        // What is not zero is seen.
        let top = if count > 0 { top.min(frame.bottom - 1.5) } else { top };
        [left + 0.5, top, (right - left - 1.0).max(0.5), frame.bottom - top]
    };
    let bars = bins.counts.iter().enumerate().filter(|(_, count)| **count > 0).map(bar).collect();
    page.rects(bars, tint(BLUE, 0.75));
}

/// The band in which lags may lie, named above it.
fn draw_support(page: &mut Drawing, frame: &Frame, (from, to): (f64, f64)) {
    let (left, right) = (frame.px(from), frame.px(to));
    page.rects(vec![[left, frame.top - 4.0, right - left, frame.bottom - frame.top + 4.0]], tint(ORANGE, 0.16));
    let label =
        format!("without loss or outage: {} to {}, plus the delay", human::seconds(from.max(0.0)), human::seconds(to));
    let half = font::width(&label, LABEL_SIZE, false) * 1.06 / 2.0;
    let reserved = font::width(EXPECTED, TICK_SIZE, false) * 1.06 + 16.0;
    let middle = ((left + right) / 2.0).min(frame.right - reserved - half).max(frame.strip_start() + half);
    page.text(Text::new((middle, STRIP_BASELINE), label, TICK_SIZE, MUTED).anchored(Anchor::Middle));
}
