//! Values of a resolved scenario in words: distributions, shares, lists.

use crate::scenario::problem::grouped;
use crate::scenario::units::parse_rate;
use serde_json::Value;

/// The elements of a list; none where there is no list.
pub fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A text as it is, a number as one writes it.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn join(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Rates in bits per second, whichever unit the resolved scenario has them in: that takes the shortest, and `5 MB/s` beside
/// `100 Mbit/s` would have to be converted to be compared.
pub fn in_bits(value: &Value) -> Value {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "Gbit/s"), (1_000_000, "Mbit/s"), (1_000, "kbit/s")];
    match value {
        Value::String(text) => match parse_rate(text) {
            Ok(bits) => {
                let (size, unit) = UNITS.into_iter().find(|(size, _)| bits >= *size).unwrap_or((1, "bit/s"));
                Value::String(format!("{} {unit}", bits as f64 / size as f64))
            }
            Err(_) => value.clone(),
        },
        Value::Array(all) => all.iter().map(in_bits).collect(),
        Value::Object(all) => all.iter().map(|(key, value)| (key.clone(), in_bits(value))).collect(),
        other => other.clone(),
    }
}

/// A share in percent, without zeros that say nothing.
pub fn percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `At 5min`, `At the beginning`.
pub fn at_time(time: &str) -> String {
    if time == "0s" { "At the beginning".to_owned() } else { format!("At {time}") }
}

/// A distribution, to follow `is`: a value that is always the same, or how it is drawn.
pub fn distribution(value: &Value) -> String {
    let get = |key: &str| text(&value[key]);
    match value["kind"].as_str() {
        None => text(value),
        Some("constant") => get("value"),
        Some("uniform") => format!("drawn uniformly between {} and {}", get("min"), get("max")),
        Some("exponential") => format!("drawn exponentially with a mean of {}", get("mean")),
        Some("normal") => {
            format!("drawn normally around {} (standard deviation {}, never below 0)", get("mean"), get("std_dev"))
        }
        Some("lognormal") => format!("drawn lognormally around a median of {} (sigma {})", get("median"), get("sigma")),
        Some("weibull") => {
            let shape = value["shape"].as_f64().unwrap_or(1.0);
            let tail = if shape < 1.0 { ": many short, a few very long" } else { "" };
            format!("drawn from a Weibull distribution of scale {} and shape {shape}{tail}", get("scale"))
        }
        Some("pareto") => {
            format!(
                "drawn from a Pareto distribution of at least {} (shape {}): a heavy tail",
                get("min"),
                get("shape")
            )
        }
        Some("empirical") => {
            let count = each(&value["values"]).count() as u64;
            let first: Vec<String> = each(&value["values"]).take(3).map(text).collect();
            let more = if count > 3 { ", …" } else { "" };
            format!("one of {} values given, each as likely ({}{more})", grouped(count), first.join(", "))
        }
        Some(other) => format!("drawn by {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_said_in_words() {
        assert_eq!(join(&["a", "b", "c"].map(str::to_owned)), "a, b and c");
        assert_eq!((percent(0.025), percent(1.0), percent(0.0)), ("2.5 %".into(), "100 %".into(), "0 %".into()));
        assert_eq!(distribution(&json!("40ms")), "40ms");
        let rates = json!({ "kind": "uniform", "min": "500 kB/s", "max": "1 Gbit/s" });
        assert_eq!(distribution(&in_bits(&rates)), "drawn uniformly between 4 Mbit/s and 1 Gbit/s");
        assert_eq!(in_bits(&json!(["5 MB/s", "999 bit/s"])), json!(["40 Mbit/s", "999 bit/s"]));
        let heavy = distribution(&json!({ "kind": "weibull", "shape": 0.6, "scale": "40min" }));
        assert_eq!(
            heavy,
            "drawn from a Weibull distribution of scale 40min and shape 0.6: many short, a few very long"
        );
        let values = distribution(&json!({ "kind": "empirical", "values": ["1s", "2s", "4s", "8s"] }));
        assert_eq!(values, "one of 4 values given, each as likely (1s, 2s, 4s, …)");
    }
}
