//! The frame of every report: one HTML file with its style, its script and its data in it, which asks for no other.

use crate::output::text::{clean, escape};
use serde_json::Value;

const STYLE: &str = include_str!("../../../assets/report/report.css");
const CHART_STYLE: &str = include_str!("../../../assets/report/uplot.min.css");
const SCRIPT: &str = include_str!("../../../assets/report/report.js");
/// uPlot, by Leon Sorokin, MIT: `assets/report/uplot.LICENSE`.
const CHARTS: &str = include_str!("../../../assets/report/uplot.min.js");
const CHARTS_LICENSE: &str = include_str!("../../../assets/report/uplot.LICENSE");

/// A page: `title` for the browser's tab, `body` what is shown, `data` what the script draws.
pub fn page(title: &str, body: &str, data: &Value) -> String {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
    let head = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>\n{CHART_STYLE}\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        escape(title)
    );
    let foot = format!(
        "<footer>Written by swarmsim {}. This page asks for no other file. Charts are drawn with uPlot.</footer>\n</main>\n",
        env!("CARGO_PKG_VERSION")
    );
    let scripts = format!(
        "<script type=\"application/json\" id=\"data\">{}</script>\n<script>\n/*\n{CHARTS_LICENSE}\n*/\n{CHARTS}\n</script>\n\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        embedded(data)
    );
    head + body + &foot + &scripts
}

/// Data as JSON that may stand in a script: nothing in it ends the script, and no text holds what hides or rearranges.
fn embedded(data: &Value) -> String {
    let mut data = data.clone();
    clean_texts(&mut data);
    let text = serde_json::to_string(&data).expect("plain data");
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn clean_texts(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(all) => all.iter_mut().for_each(clean_texts),
        Value::Object(all) => all.values_mut().for_each(clean_texts),
        _ => {}
    }
}

/// Text to copy, with a button that does it.
pub fn to_copy(id: &str, what: &str, text: &str) -> String {
    format!(
        "<div class=\"copy\"><pre id=\"{id}\" tabindex=\"0\" aria-label=\"{what}\">{text}</pre>\
         <button type=\"button\" data-copy=\"{id}\" aria-label=\"Copy {what}\">Copy</button></div>\n"
    )
}

/// A table that is sorted by a click on the head of a column. A cell that is a number has what to sort by beside what is shown.
pub fn sortable(label: &str, heads: &[&str], rows: &[Vec<Cell>]) -> String {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", escape(head))).collect();
    let row = |cells: &Vec<Cell>| {
        let cells: String = cells.iter().enumerate().map(|(i, cell)| cell.html(i == 0)).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table class=\"sortable\">\n\
         <thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
        label = escape(label)
    )
}

/// A cell of a sortable table.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number: its value, and how it is shown.
    Number(f64, String),
    /// There is none.
    Nothing,
}

impl Cell {
    /// A number that may not be there.
    pub fn of(value: Option<f64>, shown: impl Fn(f64) -> String) -> Cell {
        value.map_or(Cell::Nothing, |value| Cell::Number(value, shown(value)))
    }

    fn html(&self, is_head: bool) -> String {
        match self {
            Cell::Text(text) if is_head => format!("<th scope=\"row\">{}</th>", escape(text)),
            Cell::Text(text) => format!("<td class=\"text\">{}</td>", escape(text)),
            Cell::Number(value, shown) => format!("<td data-value=\"{value}\">{}</td>", escape(shown)),
            Cell::Nothing => "<td class=\"none\">–</td>".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_data_ends_its_script() {
        let text = embedded(&json!({ "name": "</script><script>alert(1)//\u{202e}\u{0}" }));
        assert_eq!(text, "{\"name\":\"\\u003c/script\\u003e\\u003cscript\\u003ealert(1)//\u{fffd}\u{fffd}\"}");
    }

    #[test]
    fn nothing_in_what_is_inlined_asks_for_a_file() {
        for text in [STYLE, CHART_STYLE, SCRIPT] {
            for trace in ["url(", "@import", "://", "fetch(", "XMLHttpRequest", "</script"] {
                assert!(!text.contains(trace), "{trace}");
            }
        }
        assert_eq!(CHARTS.matches("://").count(), 1, "but for the address in uPlot's own comment");
        assert!(!CHARTS.contains("</script") && !CHARTS_LICENSE.contains("*/"));
    }
}
