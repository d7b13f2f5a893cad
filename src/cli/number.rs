//! Whole numbers among the arguments: what was found wrong with one, in the words of the scenario's own messages.

use crate::scenario::fields::whole_number_advice;
use crate::scenario::problem::grouped;
use std::ops::RangeInclusive;

/// A parser of whole numbers in a range, for clap's `value_parser`.
///
/// # Errors
/// What is accepted, and how a number that is whole but written otherwise (`1e3`, `10.0`, `1,000`) is to be written.
pub fn whole<N: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| {
        let value: Option<u64> = text.parse().ok().filter(|value| range.contains(value) && !text.starts_with('+'));
        value.and_then(|value| N::try_from(value).ok()).ok_or_else(|| {
            let most = match *range.end() {
                u64::MAX => "18,446,744,073,709,551,615".to_owned(),
                end => grouped(end),
            };
            format!("accepted: a whole number from {} to {most}{}", grouped(*range.start()), advice(text))
        })
    }
}

/// How it is to be written, where that can be told.
fn advice(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '_' | '\'' | ' ')).collect();
    let is_number = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit());
    match whole_number_advice(text) {
        Some(advice) => format!("; {advice}"),
        None if is_number && plain != text => format!("; write it without separators: {plain}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_refused_with_what_is_accepted() {
        let seed = whole::<u64>(0..=u64::MAX);
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(whole::<u16>(1..=1024)("8"), Ok(8));
        for (text, expected) in [
            ("1e3", "; write it without point and exponent: 1000"),
            ("10.0", "; write it without point and exponent: 10"),
            ("1.5", "; no fraction"),
            ("-0", "; write 0 without a sign"),
            ("1,000", "; write it without separators: 1000"),
            ("-1", "from 1 to 1,024"),
            ("+1", "from 1 to 1,024"),
            ("0", "from 1 to 1,024"),
            ("1025", "from 1 to 1,024"),
            ("", "from 1 to 1,024"),
            ("x", "from 1 to 1,024"),
            ("٣", "from 1 to 1,024"),
        ] {
            let message = whole::<u16>(1..=1024)(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
        assert!(seed("18446744073709551616").unwrap_err().ends_with("to 18,446,744,073,709,551,615"));
    }
}
