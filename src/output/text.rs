//! Text from scenarios on its way into SVG and HTML: names may hold anything.

/// `text` with the characters replaced that no file should hold or that would rearrange their
/// surroundings: controls, line ends, overrides of the writing direction, non-characters.
pub fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
            || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect()
}

/// A command as one types it into a shell.
pub fn shell(parts: &[String]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    let quote = |part: &String| match !part.is_empty() && part.chars().all(is_plain) {
        true => part.clone(),
        false => format!("'{}'", part.replace('\'', "'\\''")),
    };
    parts.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// `text` cleaned and escaped: content or a quoted attribute, in XML or HTML.
pub fn escape(text: &str) -> String {
    escape_markup(&clean(text))
}

/// A text of several lines, escaped: its line ends and tabs stay.
pub fn escape_lines(text: &str) -> String {
    text.lines().map(|line| escape(&line.replace('\t', "    "))).collect::<Vec<_>>().join("\n")
}

fn escape_markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_is_printed() {
        let parts =
            ["swarmsim", "run", "a b.json", "it's", "peers[home].count=5", "x=\"60\"", "", "#c"].map(str::to_owned);
        assert_eq!(shell(&parts), "swarmsim run 'a b.json' 'it'\\''s' 'peers[home].count=5' 'x=\"60\"' '' '#c'");
    }

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escape("<b a='1'>&\"]]>"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;]]&gt;");
    }

    #[test]
    fn what_hides_or_reorders_is_shown() {
        assert_eq!(clean("a\u{1b}[2J\u{202e}b\0\n"), "a\u{fffd}[2J\u{fffd}b\u{fffd}\u{fffd}");
        assert_eq!(clean("Größe 🐝 שלום"), "Größe 🐝 שלום");
        assert_eq!(escape_lines("{\n\t\"a\": 1\n}"), "{\n    &quot;a&quot;: 1\n}");
    }
}
