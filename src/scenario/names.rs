//! Names of scenarios and groups: any text, but for what would be a trap as the name of a folder or on a screen.

use super::problem::is_hostile;

const MAX_CHARS: usize = 100;
/// The most bytes, so that file systems take it.
const MAX_BYTES: usize = 200;

/// Names that Windows keeps for devices.
const DEVICES: &[&str] = &[
    "CON", "PRN", "AUX", "NUL", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "LPT0",
    "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// Why a text cannot be a name, or nothing.
pub fn check(name: &str) -> Result<(), &'static str> {
    let first_part = name.split('.').next().unwrap_or("").trim_end();
    if name.is_empty() {
        Err("a name is not empty")
    } else if name == "." || name == ".." {
        Err("a name is not `.` or `..`")
    } else if name.contains(['/', '\\']) {
        Err("a name holds no `/` and no `\\`")
    } else if name.chars().any(is_hostile) {
        Err("a name holds no line breaks, control characters, or characters that cannot be seen")
    } else if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        Err("a name does not begin or end with a blank")
    } else if name.starts_with('-') {
        Err("a name does not begin with `-`")
    } else if name.ends_with('.') {
        Err("a name does not end with `.`")
    } else if name.chars().count() > MAX_CHARS || name.len() > MAX_BYTES {
        Err("a name has at most 100 characters and 200 bytes")
    } else if DEVICES.iter().any(|device| device.eq_ignore_ascii_case(first_part)) {
        Err("Windows keeps this name for a device")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn traps_are_refused() {
        let long = "x".repeat(101);
        for name in [
            "",
            ".",
            "..",
            "../x",
            "/x",
            "a/b",
            "\\",
            "a\\b",
            " a",
            "a ",
            "\u{a0}a",
            "-a",
            "a\nb",
            "\u{1b}[31m",
            "a\0",
            "\u{202e}a",
            "a\u{200b}b",
            "con",
            "NUL",
            "nul.txt",
            "COM1",
            "a.",
            &long,
        ] {
            assert!(check(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn odd_names_are_text_like_any_other() {
        for name in
            ["flash-crowd", "a b", "<script>", "\"quoted\"", "]]>", "=cmd()", "%s", "a,b", "🐝❤️", "é", "con-1", "..a"]
        {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
    }
}
