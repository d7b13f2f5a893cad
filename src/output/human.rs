//! Numbers as a reader likes them. The exact values stand in `summary.json` and the tables.

/// A length of time with three digits and the unit that fits: `812 ms`, `42.3 s`, `12.4 min`, `3.2 h`.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".into(),
        s if s < 1.0 => format!("{} ms", digits(s * 1e3)),
        s if s < 180.0 => format!("{} s", digits(s)),
        s if s < 3.0 * 3600.0 => format!("{} min", digits(s / 60.0)),
        s if s < 3.0 * 86_400.0 => format!("{} h", digits(s / 3600.0)),
        s => format!("{} days", digits(s / 86_400.0)),
    }
}

/// Bytes with three digits and a binary unit: `512 B`, `1.5 MiB`.
pub fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut value, mut unit) = (bytes, 0);
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", digits(value), UNITS[unit])
}

/// A count with its thousands set apart: `1,234,567`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count and what is counted: `1 peer`, `1,234 peers`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A share as percent: `12.3 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", digits(share * 100.0))
}

/// A tick's number: `0`, `250`, `1.5k`, `2M`.
pub fn short(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        v if v >= 1e12 => (value / 1e12, "T"),
        v if v >= 1e9 => (value / 1e9, "G"),
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    // Ticks are round numbers; the rounding only hides what division by ten leaves behind.
    format!("{}{suffix}", (scaled * 1e6).round() / 1e6)
}

/// Three significant digits without trailing zeros; whole numbers from 100 on.
pub fn digits(value: f64) -> String {
    let places = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.9995 => 2,
        _ => 3,
    };
    let text = format!("{value:.places$}");
    if places == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit() {
        assert_eq!(seconds(0.0), "0 s");
        assert_eq!(seconds(0.0405), "40.5 ms");
        assert_eq!(seconds(90.0), "90 s");
        assert_eq!(seconds(1234.0), "20.6 min");
        assert_eq!(seconds(7200.0 * 3.0), "6 h");
        assert_eq!(bytes(512.0), "512 B");
        assert_eq!(bytes(1.5 * 1048576.0), "1.5 MiB");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(short(1500.0), "1.5k");
        assert_eq!(short(0.30000000000000004), "0.3");
        assert_eq!(percent(0.25), "25 %");
        assert_eq!(digits(0.0), "0");
        assert_eq!(digits(100.0), "100");
    }
}
