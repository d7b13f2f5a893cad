//! Durations, sizes and rates: text with units, exact both ways.
//!
//! A value is read as decimal digits and a power of ten, multiplied by its unit as a whole number, and
//! never passes through a float.

use super::problem::{nearest, shorten};
use crate::net::Rate;
use crate::sim::Span;

/// A unit: its name and how many of the base unit it is.
type Unit = (&'static str, u64);

/// Units of durations, in nanoseconds; where two print a value with as few digits, the earlier is taken.
const DURATIONS: &[Unit] = &[
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];
/// Other spellings of units that are accepted.
const DURATION_ALIASES: &[(&str, &str)] = &[("m", "min"), ("µs", "us"), ("μs", "us"), ("sec", "s")];

/// Units of sizes, in bytes.
const SIZES: &[Unit] = &[
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// Units of rates, in bits per second.
const RATES: &[Unit] = &[
    ("Mbit/s", 1_000_000),
    ("kbit/s", 1_000),
    ("Gbit/s", 1_000_000_000),
    ("Tbit/s", 1_000_000_000_000),
    ("bit/s", 1),
    ("MB/s", 8_000_000),
    ("kB/s", 8_000),
    ("GB/s", 8_000_000_000),
    ("MiB/s", 8 << 20),
    ("KiB/s", 8 << 10),
    ("GiB/s", 8 << 30),
    ("B/s", 8),
    ("Kibit/s", 1 << 10),
    ("Mibit/s", 1 << 20),
    ("Gibit/s", 1 << 30),
];

/// A decimal number that is not negative: `digits * 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Decimal {
    digits: u128,
    exponent: i32,
}

impl Decimal {
    /// Reads `12`, `1.5` and, as JSON writes numbers, `1e-3`.
    fn parse(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?.clamp(-10_000, 10_000)),
            None => (text, 0),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let is_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(part) {
            return None;
        }
        let part = part.trim_end_matches('0');
        let all = format!("{whole}{part}");
        let significant = all.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Decimal { digits: 0, exponent: 0 });
        }
        // 30 digits are far more than any accepted value has; what lies beyond them is cut.
        let kept = &significant[..significant.len().min(30)];
        let cut = i32::try_from(significant.len() - kept.len()).ok()?;
        let part_len = i32::try_from(part.len()).ok()?;
        Some(Decimal { digits: kept.parse().ok()?, exponent: exponent - part_len + cut })
    }

    /// The number times `unit`: the nearest whole number, and whether it is exact. `None` where too large.
    fn times(self, unit: u64) -> Option<(u64, bool)> {
        if self.digits == 0 {
            return Some((0, true));
        }
        // 30 digits are below 2^100 and so are cut once more where the unit is large.
        let (mut digits, mut exponent) = (self.digits, self.exponent);
        let mut exact = true;
        while digits >= u128::MAX / 10 / u128::from(unit) {
            exact &= digits % 10 == 0;
            digits /= 10;
            exponent += 1;
        }
        let mut product = digits * u128::from(unit);
        for _ in 0..exponent.max(0) {
            product = product.checked_mul(10)?;
        }
        for step in 0..-exponent.min(0) {
            if product == 0 {
                break;
            }
            let last = step + 1 == -exponent;
            exact &= product % 10 == 0;
            product = if last { (product + 5) / 10 } else { product / 10 };
        }
        Some((u64::try_from(product).ok()?, exact))
    }
}

/// A duration: `"250ms"`, `"2h 30m"`. An error says what was found and what is accepted.
pub fn parse_duration(text: &str) -> Result<Span, String> {
    if text.len() > MAX_DURATION_BYTES {
        return Err(format!("found \"{}\"; {DURATION_ACCEPTED}", shorten(text)));
    }
    let mut total: u64 = 0;
    let mut units: Vec<&str> = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(format!("found \"{}\"; {DURATION_ACCEPTED}", shorten(text)));
    }
    while !rest.is_empty() {
        let part @ (_, unit, after) = split_part(rest);
        let nanos = duration_part(text, part)?;
        if units.contains(&unit) {
            return Err(format!("found \"{}\", which has the unit `{unit}` twice; {DURATION_ACCEPTED}", shorten(text)));
        }
        units.push(unit);
        total = total.checked_add(nanos).filter(|&sum| sum <= Span::MAX.as_nanos()).ok_or_else(|| too_long(text))?;
        rest = after.trim_start();
    }
    Ok(Span::from_nanos(total))
}

/// No duration needs a longer text.
const MAX_DURATION_BYTES: usize = 200;

/// What messages say of durations.
pub const DURATION_ACCEPTED: &str = "accepted: a duration such as \"250ms\", \"1.5s\", \"40min\" or \"2h 30m\" \
     (units ns, us, ms, s, min, h, d), or a number of seconds";

fn too_long(text: &str) -> String {
    format!("found \"{}\"; accepted: at most 100 years (36500d)", shorten(text))
}

/// The number, the unit and the rest of a text.
fn split_part(text: &str) -> (&str, &str, &str) {
    let number_end =
        text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',' || c == '_')).unwrap_or(text.len());
    let (number, rest) = text.split_at(number_end);
    let rest = rest.trim_start();
    let unit_end = rest.find(|c: char| c.is_whitespace() || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    (number, unit, rest)
}

/// Whether what stands in the place of a unit is the exponent of a number, as in `1e3s`: `e` and perhaps a sign, and then digits.
fn is_exponent(unit: &str, after: &str) -> bool {
    let rest = unit.strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
    rest.is_some_and(|rest| rest.is_empty() && after.starts_with(|c: char| c.is_ascii_digit()))
}

/// Nanoseconds of one number with its unit; `after` is what follows in the text.
fn duration_part(text: &str, (number, unit, after): (&str, &str, &str)) -> Result<u64, String> {
    let found = format!("found \"{}\"", shorten(text));
    if number.is_empty() && unit.starts_with('-') {
        return Err(format!("{found}; accepted: a duration that is not negative"));
    }
    if number.is_empty() {
        let unit = shorten(unit);
        return Err(format!("{found}: there is no number before `{unit}`; {DURATION_ACCEPTED}"));
    }
    let decimal = decimal_of(number, &found)?;
    if unit.is_empty() {
        return Err(format!(
            "{found}: the unit is missing; write \"{number}s\" or \"{number}ms\", say; {DURATION_ACCEPTED}"
        ));
    }
    let name = DURATION_ALIASES.iter().find(|(alias, _)| *alias == unit).map_or(unit, |(_, name)| name);
    let Some(&(_, factor)) = DURATIONS.iter().find(|(known, _)| *known == name) else {
        let hint = duration_hint(unit).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        if is_exponent(unit, after) {
            return Err(format!("{found}; write the number without an exponent; {DURATION_ACCEPTED}"));
        }
        return Err(format!("{found}: there is no unit `{}`; {DURATION_ACCEPTED}{hint}", shorten(unit)));
    };
    nanoseconds(decimal, factor).map_err(|short| if short { too_short(&found) } else { too_long(text) })
}

fn too_short(found: &str) -> String {
    format!("{found}, which is less than a nanosecond and more than nothing; write 0, or at least \"1ns\"")
}

/// Whole nanoseconds, the nearest; an error tells whether it was too short (or else too long).
fn nanoseconds(decimal: Decimal, factor: u64) -> Result<u64, bool> {
    let (nanos, _) = decimal.times(factor).ok_or(false)?;
    if nanos == 0 && decimal.digits != 0 {
        return Err(true);
    }
    if nanos > Span::MAX.as_nanos() { Err(false) } else { Ok(nanos) }
}

/// What other words for units mean.
fn duration_hint(unit: &str) -> Option<&'static str> {
    let words = [
        ("nanos", "ns"),
        ("micros", "us"),
        ("millis", "ms"),
        ("sec", "s"),
        ("min", "min"),
        ("hour", "h"),
        ("hr", "h"),
        ("day", "d"),
    ];
    let lower = unit.to_lowercase();
    let by_word = words.into_iter().find(|(start, _)| lower.starts_with(start)).map(|(_, unit)| unit);
    by_word.or_else(|| DURATIONS.iter().map(|(name, _)| *name).find(|name| *name == lower))
}

fn decimal_of(number: &str, found: &str) -> Result<Decimal, String> {
    Decimal::parse(number).ok_or_else(|| {
        let hint = if number.contains(',') { "; the decimal sign is a point" } else { "" };
        format!("{found}: `{}` is no number{hint}", shorten(number))
    })
}

/// A duration given as a JSON number of seconds.
pub fn duration_of_seconds(number: &str) -> Result<Span, String> {
    let found = format!("found {}", shorten(number));
    if number.starts_with('-') {
        return Err(format!("{found}; accepted: a duration that is not negative"));
    }
    let decimal = Decimal::parse(number).ok_or_else(|| too_long(number))?;
    match nanoseconds(decimal, 1_000_000_000) {
        Ok(nanos) => Ok(Span::from_nanos(nanos)),
        Err(true) => Err(too_short(&found)),
        Err(false) => Err(format!("{found} seconds; accepted: at most 100 years (3153600000 seconds)")),
    }
}

/// What messages say of sizes.
pub const SIZE_ACCEPTED: &str = "accepted: a size such as \"256 KiB\" or \"4 MB\" (units B, kB, MB, GB, TB, KiB, MiB, GiB, TiB), or a number of bytes";

/// A size in bytes: `"256 KiB"`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    quantity(text, SIZES, SIZE_ACCEPTED, size_hint)
}

fn size_hint(unit: &str) -> Option<String> {
    if unit.ends_with("/s") || unit.ends_with("ps") {
        return Some("that is a rate, and a size is meant".into());
    }
    if unit.contains("bit") || ["b", "kb", "Kb", "Mb", "Gb", "Tb"].contains(&unit) {
        return Some(format!("bits or bytes? sizes are in bytes, with a capital B: `{}`", bytes_unit(unit)));
    }
    match unit {
        "KB" | "K" | "k" => Some("did you mean `kB` (1,000 bytes) or `KiB` (1,024 bytes)?".into()),
        "M" | "m" => Some("did you mean `MB` (1,000,000 bytes) or `MiB` (1,048,576 bytes)?".into()),
        "G" | "g" => Some("did you mean `GB` or `GiB`?".into()),
        _ => nearest(unit, SIZES.iter().map(|(name, _)| *name)).map(|near| format!("did you mean `{near}`?")),
    }
}

fn bytes_unit(unit: &str) -> String {
    let prefix = unit.trim_end_matches("/s").trim_end_matches("ps").trim_end_matches("bit").trim_end_matches('b');
    format!("{}B", if prefix == "K" { "k" } else { prefix })
}

/// What messages say of rates.
pub const RATE_ACCEPTED: &str = "accepted: a rate such as \"8 Mbit/s\", \"1 MiB/s\" or \"500 kB/s\" (units bit/s, kbit/s, Mbit/s, \
     Gbit/s, B/s, kB/s, MB/s, GB/s, KiB/s, MiB/s, GiB/s), or a number of bytes per second";

/// A rate in bits per second: `"8 Mbit/s"`.
pub fn parse_rate(text: &str) -> Result<u64, String> {
    rate_in_range(quantity(text, RATES, RATE_ACCEPTED, rate_hint)?, &format!("\"{}\"", shorten(text)))
}

fn rate_hint(unit: &str) -> Option<String> {
    let prefix: String = unit.chars().take_while(|c| "kKMGTi".contains(*c)).collect();
    let small = if prefix == "K" { "k" } else { &prefix };
    let rest = &unit[prefix.len()..];
    match rest {
        "bps" | "bits/s" | "bit" | "bits" => Some(format!("did you mean `{small}bit/s`?")),
        "b" | "b/s" => Some(format!("bits or bytes? write `{small}bit/s` or `{small}B/s`")),
        "B" | "Bps" | "" => Some(format!("did you mean `{small}B/s` (bytes) or `{small}bit/s` (bits)?")),
        _ => nearest(unit, RATES.iter().map(|(name, _)| *name)).map(|near| format!("did you mean `{near}`?")),
    }
}

/// A rate given as a JSON number of bytes per second, in bits per second.
pub fn rate_of_bytes(number: &str) -> Result<u64, String> {
    let found = format!("{} bytes per second", shorten(number));
    if number.starts_with('-') {
        return Err(format!("found {found}; accepted: a rate above 0"));
    }
    let value = Decimal::parse(number).and_then(|decimal| decimal.times(8));
    let (bits, exact) = value.ok_or_else(|| format!("found {found}; accepted: at most 1000 Tbit/s"))?;
    let bits = rate_in_range(bits, &found)?;
    if exact { Ok(bits) } else { Err(format!("found {found}; accepted: a whole number of bits per second")) }
}

fn rate_in_range(bits: u64, found: &str) -> Result<u64, String> {
    match bits {
        0 => Err(format!("found {found}; accepted: a rate of at least 1 bit/s (or \"unlimited\")")),
        1..=Rate::MAX_BITS_PER_SECOND => Ok(bits),
        _ => Err(format!("found {found}; accepted: at most 1000 Tbit/s (or \"unlimited\")")),
    }
}

/// One number and one unit, exactly a whole number of the base unit.
fn quantity(text: &str, units: &[Unit], accepted: &str, hint: fn(&str) -> Option<String>) -> Result<u64, String> {
    let found = format!("found \"{}\"", shorten(text));
    let (number, unit, rest) = split_part(text.trim());
    let is_exponent = is_exponent(unit, rest);
    let unit = &format!("{unit}{rest}");
    if number.is_empty() {
        let why = if text.trim().starts_with('-') { " (it is negative)" } else { "" };
        return Err(format!("{found}{why}; {accepted}"));
    }
    let decimal = decimal_of(number, &found)?;
    if unit.is_empty() {
        return Err(format!("{found}: the unit is missing; {accepted}"));
    }
    let Some(&(_, factor)) = units.iter().find(|(name, _)| name == unit) else {
        if is_exponent {
            return Err(format!("{found}; write the number without an exponent; {accepted}"));
        }
        let hint = hint(unit).map_or_else(String::new, |hint| format!("; {hint}"));
        return Err(format!("{found}: there is no unit `{}`; {accepted}{hint}", shorten(unit)));
    };
    match decimal.times(factor) {
        Some((value, true)) => Ok(value),
        Some(_) => Err(format!("{found}, which is no whole number of {}", units_base(units))),
        None => Err(format!("{found}, which is too large")),
    }
}

fn units_base(units: &[Unit]) -> &'static str {
    if units.iter().any(|(name, _)| *name == "bit/s") { "bits per second" } else { "bytes" }
}

/// A duration as a scenario writes it, exactly: `"150min"`.
pub fn format_duration(span: Span) -> String {
    format(span.as_nanos(), DURATIONS, "")
}

/// A size as a scenario writes it, exactly: `"256 KiB"`.
pub fn format_size(bytes: u64) -> String {
    format(bytes, SIZES, " ")
}

/// A rate as a scenario writes it, exactly: `"8 Mbit/s"`.
pub fn format_rate(bits_per_second: u64) -> String {
    format(bits_per_second, RATES, " ")
}

/// The unit that takes the fewest digits, the earliest among equals.
fn format(value: u64, units: &[Unit], between: &str) -> String {
    units
        .iter()
        .filter_map(|&(name, factor)| Some((decimal_text(value, factor)?, name)))
        .min_by_key(|(text, _)| text.len())
        .map(|(text, name)| format!("{text}{between}{name}"))
        .expect("the base unit always fits")
}

/// `value / factor` in decimal, where at most nine decimals write it exactly.
fn decimal_text(value: u64, factor: u64) -> Option<String> {
    let (whole, part) = (value / factor, value % factor);
    if part == 0 {
        return Some(whole.to_string());
    }
    let billionths = u128::from(part) * 1_000_000_000;
    if billionths % u128::from(factor) != 0 {
        return None;
    }
    let decimals = format!("{:09}", billionths / u128::from(factor));
    Some(format!("{whole}.{}", decimals.trim_end_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_exact() {
        for (text, nanos) in [
            ("250ms", 250_000_000),
            ("1.5s", 1_500_000_000),
            ("2h 30m", 9_000_000_000_000),
            ("40min", 2_400_000_000_000),
            ("1d2h", 93_600_000_000_000),
            ("1 us 1 ns", 1_001),
            ("0.000000001s", 1),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text).unwrap().as_nanos(), nanos, "{text}");
        }
        assert_eq!(duration_of_seconds("0.1").unwrap().as_nanos(), 100_000_000);
        assert_eq!(duration_of_seconds("1e-9").unwrap().as_nanos(), 1);
        assert_eq!(duration_of_seconds("0.30000000000000004").unwrap().as_nanos(), 300_000_000);
        assert_eq!(duration_of_seconds("3153600000").unwrap(), Span::MAX);
    }

    #[test]
    fn durations_are_refused_with_a_reason() {
        for (text, expected) in [
            ("5 min utes", "no number before `utes`"),
            ("5", "unit is missing"),
            ("", "accepted"),
            ("-5s", "not negative"),
            ("5 minutes", "did you mean `min`"),
            ("5 S", "did you mean `s`"),
            ("1,5s", "a point"),
            ("0.1ns", "less than a nanosecond"),
            ("40000d", "100 years"),
            ("1.2.3s", "no number"),
        ] {
            let message = parse_duration(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
        assert!(duration_of_seconds("1e-400").is_err());
        assert!(duration_of_seconds("1e400").is_err());
        assert!(duration_of_seconds(&"9".repeat(1_000_000)).is_err());
    }

    #[test]
    fn sizes_and_rates() {
        assert_eq!(parse_size("256 KiB"), Ok(262_144));
        assert_eq!(parse_size("4MB"), Ok(4_000_000));
        assert_eq!(parse_size("1.5 kB"), Ok(1_500));
        assert_eq!(parse_rate("8 Mbit/s"), Ok(8_000_000));
        assert_eq!(parse_rate("1 MiB/s"), Ok(8_388_608));
        assert_eq!(rate_of_bytes("0.5"), Ok(4));
        for (text, expected) in
            [("10 Mb", "bits or bytes"), ("0.1 KiB", "whole number"), ("1 KB", "`kB`"), ("10", "unit is missing")]
        {
            let message = parse_size(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
        for (text, expected) in [
            ("10 Mbps", "`Mbit/s`"),
            ("10 Mb", "bits or bytes"),
            ("0 Mbit/s", "at least 1"),
            ("9 MB", "`MB/s`"),
            ("5000 Tbit/s", "at most"),
        ] {
            let message = parse_rate(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn values_are_written_with_few_digits() {
        assert_eq!(format_duration(Span::from_secs(40)), "40s");
        assert_eq!(format_duration(Span::from_secs(9000)), "150min");
        assert_eq!(format_duration(Span::from_millis(250)), "250ms");
        assert_eq!(format_duration(Span::ZERO), "0s");
        assert_eq!(format_size(268_435_456), "256 MiB");
        assert_eq!(format_rate(20_000_000), "20 Mbit/s");
        assert_eq!(format_rate(8_388_608), "1 MiB/s");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(nanos in 0..=Span::MAX.as_nanos(), bytes: u64, bits in 1..=Rate::MAX_BITS_PER_SECOND) {
            let span = Span::from_nanos(nanos);
            prop_assert_eq!(parse_duration(&format_duration(span)), Ok(span));
            prop_assert_eq!(parse_size(&format_size(bytes)), Ok(bytes));
            prop_assert_eq!(parse_rate(&format_rate(bits)), Ok(bits));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = (parse_duration(&text), parse_size(&text), parse_rate(&text));
        }
    }
}
