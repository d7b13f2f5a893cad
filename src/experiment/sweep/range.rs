//! Ranges of values, `{"from": 0.1, "to": 0.5, "step": 0.1}`: exact, with units or without.
//!
//! Numbers are added up as decimals, as they are written: the third of the values above is 0.3.

use crate::scenario::json::{Node, Value};
use crate::scenario::units::{format_duration, format_rate, format_size, parse_duration, parse_rate, parse_size};
use crate::sim::Span;

/// The most values of a range.
pub const MAX_VALUES: u128 = 1_000_000;
/// Digits that a number may have on either side of the point, so that sums of them fit 128 bits.
const MAX_DIGITS: i32 = 18;

/// A range's keys.
pub const KEYS: [&str; 3] = ["from", "to", "step"];

/// What is wrong with a range: which of its keys is at fault, and what is.
pub type Fault = (&'static str, String);

/// The values from `from` on, in steps, up to `to` and with it where a step meets it.
pub fn expand(from: &Node, to: &Node, step: &Node) -> Result<Vec<Value>, Fault> {
    match (&from.value, &to.value, &step.value) {
        (Value::Number(from), Value::Number(to), Value::Number(step)) => {
            let values = decimals([from, to, step])?;
            Ok(values.into_iter().map(|text| Value::Number(text.into())).collect())
        }
        (Value::String(from), Value::String(to), Value::String(step)) => {
            let values = with_units([from, to, step])?;
            Ok(values.into_iter().map(|text| Value::String(text.into())).collect())
        }
        _ => {
            let is_value = |node: &Node| matches!(node.value, Value::Number(_) | Value::String(_));
            let odd = match (is_kind_of(from, to), is_kind_of(from, step)) {
                _ if !is_value(from) => ("from", from),
                (true, true) => ("from", from),
                (false, _) => ("to", to),
                (true, false) => ("step", step),
            };
            let accepted = "accepted: from, to and step alike, all numbers or all with units, such as \"60s\"";
            Err((odd.0, format!("found {}; {accepted}", odd.1.describe())))
        }
    }
}

fn is_kind_of(one: &Node, other: &Node) -> bool {
    std::mem::discriminant(&one.value) == std::mem::discriminant(&other.value)
}

/// Values with one unit keep it; with several, they have that of the step.
fn with_units(texts: [&str; 3]) -> Result<Vec<String>, Fault> {
    let parts = texts.map(split);
    let unit = parts[0].1.trim();
    if !unit.is_empty() && parts.iter().all(|part| part.1.trim() == unit) {
        let values = decimals(parts.map(|part| part.0))?;
        return Ok(values.into_iter().map(|number| format!("{number}{}", parts[0].1)).collect());
    }
    type Parse = fn(&str) -> Result<u64, String>;
    type Format = fn(u64) -> String;
    let kinds: [(Parse, Format); 3] = [
        (|text| parse_duration(text).map(Span::as_nanos), |nanos| format_duration(Span::from_nanos(nanos))),
        (parse_size, format_size),
        (parse_rate, format_rate),
    ];
    let known = |text: &str| kinds.iter().position(|(parse, _)| parse(text).is_ok());
    let Some(kind) = known(texts[0]) else { return Err(("from", refuse(texts[0], &parts[0]))) };
    let (parse, format) = kinds[kind];
    let mut numbers = [0; 3];
    for (i, text) in texts.into_iter().enumerate() {
        numbers[i] = parse(text).map_err(|_| (KEYS[i], refuse(text, &parts[i])))?;
    }
    let unit = parts[2].1;
    // Without digits in it, `unit` is one alone, unlike that of `1h 30min`.
    let one = parse(&format!("1{unit}")).ok().filter(|_| !unit.contains(|c: char| c.is_ascii_digit()));
    let in_unit = |value: i128| Some(format!("{}{unit}", text_of(exactly(value, i128::from(one?))?, -9)));
    let values = count(numbers.map(i128::from), texts)?;
    Ok(values.map(|value| in_unit(value).unwrap_or_else(|| format(value as u64))).collect())
}

/// Billionths of `value / unit`, where that is a whole number of them.
fn exactly(value: i128, unit: i128) -> Option<i128> {
    let billionths = value * 1_000_000_000;
    (billionths % unit == 0).then(|| billionths / unit)
}

fn refuse(text: &str, (number, unit): &(&str, &str)) -> String {
    let what = match (number.is_empty(), unit.is_empty()) {
        (false, true) => "a number between quotes; remove the quotes",
        _ => "no number with a unit that the others have too",
    };
    format!(
        "found \"{}\", which is {what}; accepted: numbers, or durations, sizes or rates such as \"60s\", \"4 MiB\" or \"8 Mbit/s\"",
        crate::scenario::problem::shorten(text)
    )
}

/// The number a text begins with, and the rest.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.split_at(end)
}

/// The values as decimals, written with the fewest digits.
fn decimals(texts: [&str; 3]) -> Result<Vec<String>, Fault> {
    let mut parsed = [(0, 0); 3];
    for (i, text) in texts.into_iter().enumerate() {
        parsed[i] = decimal(text).ok_or_else(|| {
            let found = crate::scenario::problem::shorten(text);
            (
                KEYS[i],
                format!(
                    "found {found}; accepted: a number of at most {MAX_DIGITS} digits before the point and after it"
                ),
            )
        })?;
    }
    let exponent = parsed.iter().map(|(_, exponent)| *exponent).min().unwrap_or(0);
    let scaled = parsed.map(|(digits, own)| digits * 10_i128.pow((own - exponent) as u32));
    Ok(count(scaled, texts)?.map(|value| text_of(value, exponent)).collect())
}

/// A number as digits and a power of ten from −18 to 0.
fn decimal(text: &str) -> Option<(i128, i32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or((1, mantissa), |rest| (-1, rest));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{}", part.trim_end_matches('0'));
    let mut exponent = exponent.checked_sub(i32::try_from(part.trim_end_matches('0').len()).ok()?)?;
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return (!digits.is_empty()).then_some((0, 0));
    }
    let places = exponent.checked_add(i32::try_from(significant.len()).ok()?)?;
    if exponent < -MAX_DIGITS || places > MAX_DIGITS {
        return None;
    }
    let mut digits: i128 = significant.parse().ok()?;
    while exponent > 0 {
        (digits, exponent) = (digits * 10, exponent - 1);
    }
    Some((sign * digits, exponent))
}

/// `value · 10^exponent`, where the exponent is not above 0.
fn text_of(value: i128, exponent: i32) -> String {
    let unit = 10_u128.pow(exponent.unsigned_abs());
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let (whole, part) = (value / unit, value % unit);
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let part = format!("{part:0width$}", width = exponent.unsigned_abs() as usize);
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

/// The whole numbers of a range.
fn count([from, to, step]: [i128; 3], texts: [&str; 3]) -> Result<impl Iterator<Item = i128> + use<>, Fault> {
    let way = to - from;
    if step == 0 {
        return Err(("step", format!("found {}; accepted: a step that is not 0", texts[2])));
    }
    if way != 0 && (way < 0) != (step < 0) {
        let accepted = if way < 0 { "below" } else { "above" };
        let message = format!("steps of {} lead from {} away from {}", texts[2], texts[0], texts[1]);
        return Err(("step", format!("{message}; accepted: a step {accepted} 0, or `from` and `to` exchanged")));
    }
    let steps = (way / step).unsigned_abs();
    if steps >= MAX_VALUES {
        let found = steps.saturating_add(1);
        return Err(("step", format!("makes {found} values; accepted: at most {MAX_VALUES}")));
    }
    Ok((0..=steps as i128).map(move |i| from + i * step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::json::parse;
    use proptest::prelude::*;

    fn values(from: &str, to: &str, step: &str) -> Result<Vec<String>, Fault> {
        let node = |text: &str| parse(text.as_bytes()).unwrap().0;
        let text = |value: Value| match value {
            Value::Number(text) | Value::String(text) => text.into_string(),
            other => panic!("{other:?}"),
        };
        expand(&node(from), &node(to), &node(step)).map(|values| values.into_iter().map(text).collect())
    }

    #[test]
    fn ranges_are_exact() {
        for (from, to, step, expected) in [
            ("0.1", "0.5", "0.1", &["0.1", "0.2", "0.3", "0.4", "0.5"][..]),
            ("100", "500", "200", &["100", "300", "500"]),
            ("0", "1", "0.4", &["0", "0.4", "0.8"]),
            ("5", "5", "1", &["5"]),
            ("3", "1", "-1", &["3", "2", "1"]),
            ("1e2", "3e2", "1e2", &["100", "200", "300"]),
            ("-0.5", "0.5", "0.5", &["-0.5", "0", "0.5"]),
            ("\"60s\"", "\"180s\"", "\"60s\"", &["60s", "120s", "180s"]),
            ("\"0.5s\"", "\"1.5s\"", "\"0.5s\"", &["0.5s", "1s", "1.5s"]),
            ("\"30s\"", "\"2min\"", "\"30s\"", &["30s", "60s", "90s", "120s"]),
            ("\"0s\"", "\"3h\"", "\"1h 30min\"", &["0s", "90min", "3h"]),
            ("\"4 Mbit/s\"", "\"8 Mbit/s\"", "\"2 Mbit/s\"", &["4 Mbit/s", "6 Mbit/s", "8 Mbit/s"]),
            ("\"512 KiB\"", "\"1.5 MiB\"", "\"512 KiB\"", &["512 KiB", "1024 KiB", "1536 KiB"]),
        ] {
            assert_eq!(values(from, to, step).unwrap(), expected, "{from} {to} {step}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused_at_its_key() {
        for (from, to, step, key, expected) in [
            ("1", "2", "0", "step", "not 0"),
            ("1", "2", "-1", "step", "away from"),
            ("0", "1", "1e-18", "step", "at most 1000000"),
            ("1", "1e19", "1", "to", "at most 18 digits"),
            ("1", "2", "\"1s\"", "step", "alike"),
            ("1", "\"2s\"", "1", "to", "alike"),
            ("true", "true", "true", "from", "alike"),
            ("\"x\"", "\"y\"", "\"z\"", "from", "no number with a unit"),
            ("\"1\"", "\"2\"", "\"1\"", "from", "remove the quotes"),
            ("\"1s\"", "\"2 MiB\"", "\"1s\"", "to", "that the others have"),
            ("\"0s\"", "\"36500d\"", "\"1ns\"", "step", "at most"),
        ] {
            let (at, message) = values(from, to, step).unwrap_err();
            assert!(at == key && message.contains(expected), "{from} {to} {step}: {at}: {message}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(from in "-?[0-9.e]{1,9}(s|min| MiB)?", to in "[0-9]{1,30}(e-?[0-9]{1,12})?", step in "-?[0-9.]{0,20}s?") {
            let _ = (decimals([&from, &to, &step]).map(|v| v.len()), with_units([&from, &to, &step]).map(|v| v.len()));
        }
    }
}
