//! Standard output and standard error. Neither panics, whoever has closed it.

use super::Failure;
use super::args::ColorWhen;
use std::io::Write;

/// Decides about color for all that is printed and said from here on.
pub fn set_color(when: ColorWhen) {
    let choice = match when {
        ColorWhen::Auto => anstream::ColorChoice::Auto,
        ColorWhen::Always => anstream::ColorChoice::Always,
        ColorWhen::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Prints to standard output, whole and at once.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::of_output(&error))
}

/// Prints text with color escapes, which are left out where standard output is no terminal or does not want them.
pub fn print_styled(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::of_output(&error))
}

/// Says something on standard error, with color where that is a terminal that wants it. Where it cannot be
/// said there is nobody to tell.
pub fn say(text: &str) {
    let styled: String = text.split_inclusive('\n').map(paint).collect();
    let _ = anstream::stderr().lock().write_all(styled.as_bytes());
}

/// The words that begin a message in bold red or yellow.
fn paint(line: &str) -> String {
    for (word, color) in [("error:", "\u{1b}[1;31m"), ("warning:", "\u{1b}[1;33m")] {
        if let Some(rest) = line.strip_prefix(word) {
            return format!("{color}{word}\u{1b}[0m{rest}");
        }
    }
    line.to_owned()
}
