//! The order of the layers and the rules for sources, checked on the text itself.
//!
//! Each module under `src/` may use those before it and no other; `ARCHITECTURE.md` says why the order is as it is.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first. A new module of the crate gets its place here.
const LAYERS: &[&str] =
    &["sim", "net", "chunks", "strategy", "swarm", "metrics", "scenario", "output", "check", "experiment", "cli"];
/// The layers of the simulation core: no clock, no files, no threads, no terminal.
const CORE: &[&str] = &["sim", "net", "chunks", "strategy", "swarm", "metrics", "scenario"];
/// The most lines of a file.
const MOST_LINES: usize = 700;

/// A source file, with comments and the insides of literals blanked out: line breaks stay where they were.
struct Source {
    path: PathBuf,
    /// The layer, or nothing for the crate's root and for tests and benches.
    layer: Option<String>,
    /// How many modules deep it lies: `src/sim/time.rs` is `crate::sim::time`, 2.
    depth: usize,
    raw: String,
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    files.sort();
    files.into_iter().map(|path| source(&path)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn source(path: &Path) -> Source {
    let raw = fs::read_to_string(path).expect("a source is text");
    let inside = path.strip_prefix(root()).expect("it lies in the package").to_path_buf();
    let parts: Vec<String> =
        inside.with_extension("").components().skip(1).map(|part| part.as_os_str().to_string_lossy().into()).collect();
    let is_root_file = parts.len() == 1 && matches!(&*parts[0], "lib" | "main");
    let in_src = inside.starts_with("src") && !is_root_file;
    let depth = parts.len() - usize::from(parts.last().is_some_and(|last| last == "mod"));
    Source { layer: in_src.then(|| parts[0].clone()), depth, code: blank(&raw), raw, path: inside }
}

/// Blanks out comments, strings and characters.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let before_is_word = at > 0 && is_word(bytes[at - 1]);
        let end = if rest.starts_with("//") {
            at + rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            at + end_of_block(rest)
        } else if let Some(length) = raw_string(rest).filter(|_| !before_is_word) {
            at + length
        } else if rest.starts_with('"') {
            at + end_of_quoted(rest, b'"')
        } else if rest.starts_with('\'') && is_character(rest) {
            at + end_of_quoted(rest, b'\'')
        } else {
            let c = rest.chars().next().expect("not at the end");
            code.push(c);
            at += c.len_utf8();
            continue;
        };
        code.extend(text[at..end].chars().filter(|&c| c == '\n'));
        code.push(' ');
        at = end;
    }
    code
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of a block comment; they nest.
fn end_of_block(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.bytes().take_while(|&b| b == b'#').count();
    let inside = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(text.len() - inside.len() + inside.find(&close).expect("a raw string ends") + close.len())
}

/// The length of a string or character with escapes.
fn end_of_quoted(text: &str, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// A character, not a lifetime.
fn is_character(text: &str) -> bool {
    let mut after = text.chars().skip(1);
    matches!((after.next(), after.next()), (Some('\\'), _) | (Some(_), Some('\'')))
}

/// Every module of the crate that a source names by a path, with the line.
fn modules_named(source: &Source) -> Vec<(usize, String)> {
    let code = &source.code;
    let mut named = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if at == 0 || !is_word(code.as_bytes()[at - 1]) {
            named.extend(heads(&code[at + "crate::".len()..]).into_iter().map(|head| (line_of(code, at), head)));
        }
    }
    let mut at = 0;
    while let Some(found) = code[at..].find("super::") {
        let start = at + found;
        let mut end = start;
        let mut steps = 0;
        while code[end..].starts_with("super::") {
            (end, steps) = (end + "super::".len(), steps + 1);
        }
        if steps >= source.depth {
            let heads = heads(&code[end..]).into_iter().filter(|head| LAYERS.contains(&&**head));
            named.extend(heads.map(|head| (line_of(code, start), head)));
        }
        at = end;
    }
    named
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The first names of what a path goes on with: one, or those of a group in braces.
fn heads(text: &str) -> Vec<String> {
    let word =
        |text: &str| text.chars().take_while(|&c| c.is_alphanumeric() || c == '_' || c == '*').collect::<String>();
    let Some(group) = text.strip_prefix('{') else { return vec![word(text)] };
    let (mut depth, mut heads, mut item) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(std::mem::take(&mut item).trim())),
            _ => {}
        }
        if c != ',' || depth > 0 {
            item.push(c);
        }
    }
    heads.push(word(item.trim()));
    heads.retain(|head| !head.is_empty());
    heads
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|known| *known == layer)
}

#[test]
fn each_layer_uses_only_those_before_it() {
    let mut problems = String::new();
    for source in sources("src") {
        let Some(layer) = &source.layer else { continue };
        let Some(own) = rank(layer) else {
            writeln!(problems, "{}: `{layer}` has no place among the layers", source.path.display()).unwrap();
            continue;
        };
        for (line, head) in modules_named(&source) {
            let is_constant = head.chars().all(|c| c.is_ascii_uppercase() || c == '_') && !head.is_empty();
            if !is_constant && rank(&head).is_none_or(|used| used > own) {
                writeln!(problems, "{}:{line}: `{layer}` must not use `crate::{head}`", source.path.display()).unwrap();
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn every_layer_is_there() {
    let found: Vec<String> = sources("src").into_iter().filter_map(|source| source.layer).collect();
    for layer in LAYERS {
        assert!(found.iter().any(|one| one == layer), "there is no layer `{layer}` any more");
    }
}

#[test]
fn sources_keep_the_rules() {
    let mut problems = String::new();
    for source in ["src", "tests", "benches", "examples"].into_iter().flat_map(sources) {
        for (line, message) in broken_rules(&source) {
            writeln!(problems, "{}:{line}: {message}", source.path.display()).unwrap();
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

fn broken_rules(source: &Source) -> Vec<(usize, String)> {
    let mut broken = Vec::new();
    let lines = source.raw.lines().count();
    if lines > MOST_LINES {
        broken.push((lines, format!("has more than {MOST_LINES} lines; give a part of it a file of its own")));
    }
    let is_test_module = source.layer.is_some() && source.path.to_string_lossy().ends_with("tests.rs");
    if !source.raw.starts_with("//!") && !is_test_module {
        broken.push((1, "does not begin with what it is for (`//!`)".into()));
    }
    let mut refuse = |word: &str, why: &str| {
        for (at, _) in source.code.match_indices(word) {
            if at == 0 || !is_word(source.code.as_bytes()[at - 1]) {
                broken.push((line_of(&source.code, at), format!("`{word}`: {why}")));
            }
        }
    };
    for word in ["todo!", "unimplemented!", "dbg!"] {
        refuse(word, "finish it");
    }
    let layer = source.layer.as_deref();
    if layer.is_some_and(|layer| layer != "cli") {
        for word in ["println!", "print!", "eprintln!", "eprint!"] {
            refuse(word, "only the command line speaks");
        }
    }
    if layer.is_some_and(|layer| CORE.contains(&layer)) {
        for word in ["HashMap", "HashSet", "RandomState"] {
            refuse(word, "its order differs from run to run");
        }
        for word in
            ["to_ne_bytes", "from_ne_bytes", "DefaultHasher", "usize::BITS", "target_endian", "target_pointer_width"]
        {
            refuse(word, "it differs between machines");
        }
        for word in ["debug_assertions", "from_entropy", "from_os_rng", "thread_rng", "getrandom"] {
            refuse(word, "a run depends on its scenario and its seed alone, in every build");
        }
        for word in ["Instant", "SystemTime", "std::fs", "std::thread", "std::env", "std::process", "std::net"] {
            refuse(word, "the core knows no clock, no files, no threads and no process");
        }
    }
    for (at, _) in source.code.match_indices("[allow(") {
        let attribute = &source.code[at..at + source.code[at..].find(']').unwrap_or(0)];
        if !attribute.contains("reason") {
            broken.push((line_of(&source.code, at), "`allow` without a reason".into()));
        }
    }
    broken
}

#[test]
fn blanking_leaves_code_alone() {
    let text = r##"use crate::a; // crate::b
/* crate::c /* crate::d */ */ let s = "crate::e \" crate::f"; let r = r#"crate::g"#; let c = '"'; fn f<'x>(x: &'x u8) {}
use crate::{h, i::{j, k}, l}; use super::super::sim::Time;"##;
    let source =
        Source { path: PathBuf::new(), layer: Some("net".into()), depth: 2, raw: text.into(), code: blank(text) };
    let named: Vec<String> = modules_named(&source).into_iter().map(|(_, head)| head).collect();
    assert_eq!(named, ["a", "h", "i", "l", "sim"]);
    assert!(source.code.contains("fn f<'x>(x: &'x u8) {}"), "{}", source.code);
}
