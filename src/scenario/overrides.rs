//! Values set from outside a file: `--set tracker.entry_ttl=90s`. They change the tree before it is read, so
//! that they pass the same checks, and everything they bring stands at the override.

use super::json::{Member, Node, Value, parse};
use super::problem::{At, Problem, did_you_mean, shorten};

/// A value for a place in the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// How it was given, for messages: `--set tracker.entry_ttl=90s`.
    pub label: String,
    steps: Vec<Step>,
    value: Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(Box<str>),
    /// What stands between brackets: an index, or a group's name.
    Element(Box<str>),
}

impl Override {
    /// Reads `PATH=VALUE`. The value is JSON where it parses, and else a string.
    ///
    /// ```
    /// use swarmsim::scenario::{Document, Embedded, Override};
    ///
    /// let text = Embedded::find("flash-crowd").unwrap().text.as_bytes();
    /// let document = Document::parse("flash-crowd", text).unwrap();
    /// let fewer = Override::parse("peers[home].count=50").unwrap();
    /// let read = document.read(&[fewer], &|_| Err("it names no file".into())).unwrap();
    /// assert_eq!(read.scenario.config.groups[1].count, Some(50));
    ///
    /// let wrong = Override::parse("peers[hom].count=50").unwrap();
    /// let report = document.read(&[wrong], &|_| Err("it names no file".into())).unwrap_err();
    /// assert!(report.to_string().contains("did you mean \"home\"?"));
    /// ```
    pub fn parse(text: &str) -> Result<Override, String> {
        let (path, value) = path_and_value(text)?;
        Override::with_node(&format!("--set {text}"), path, value)
    }

    /// An override of `path` under a label of its own.
    pub fn new(label: &str, path: &str, value: &str) -> Result<Override, String> {
        let steps = steps_of(path)?;
        Ok(Override { label: label.into(), steps, value: value_of(value) })
    }

    /// An override with a value that is a JSON tree already.
    pub fn with_node(label: &str, path: &str, value: Node) -> Result<Override, String> {
        Ok(Override { label: label.into(), steps: steps_of(path)?, value })
    }

    /// The value at its path in a tree; `None` where there is none.
    pub fn find<'n>(&self, root: &'n Node) -> Option<&'n Node> {
        self.steps.iter().try_fold(root, |node, step| match step {
            Step::Key(key) => node.get(key),
            Step::Element(name) => {
                let elements = node.as_array()?;
                let by_name = elements.iter().find(|node| node.get("group").and_then(Node::as_str) == Some(name));
                by_name.or_else(|| elements.get(name.parse::<usize>().ok()?))
            }
        })
    }

    fn is_strategy_kind(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Key(key)) if &**key == "kind")
            && matches!(self.steps.iter().rev().nth(1), Some(Step::Key(key)) if &**key == "strategy")
    }
}

/// The argument of `--set` that sets `path` to this value: [`Override::parse`] reads it back.
pub fn argument(path: &str, value: &Node) -> String {
    let bare = value.as_str().filter(|text| value_of(text).is_same(value));
    bare.map_or_else(|| format!("{path}={}", value.to_json_text()), |text| format!("{path}={text}"))
}

/// The two sides of `PATH=VALUE`, the value as [`Override::parse`] takes it.
pub fn path_and_value(text: &str) -> Result<(&str, Node), String> {
    let Some(split) = equals_sign(text) else {
        return Err(format!("found \"{}\"; accepted: PATH=VALUE, such as tracker.entry_ttl=90s", shorten(text)));
    };
    Ok((&text[..split], value_of(&text[split + 1..])))
}

/// The first `=` outside brackets.
fn equals_sign(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(i, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '=' if depth <= 0 => return Some(i),
            _ => {}
        }
        None
    })
}

fn value_of(text: &str) -> Node {
    match parse(text.as_bytes()) {
        Ok((node, problems)) if problems.is_empty() => node,
        _ => Node { value: Value::String(text.into()), at: At::Text(0) },
    }
}

fn steps_of(path: &str) -> Result<Vec<Step>, String> {
    let malformed =
        || format!("found the path \"{}\"; accepted: keys and elements, such as peers[home].count", shorten(path));
    let mut steps = Vec::new();
    let mut rest = path.strip_prefix("$.").unwrap_or(path);
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() || key.contains(']') {
            return Err(malformed());
        }
        steps.push(Step::Key(key.into()));
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let end = inside.find(']').filter(|&end| end > 0).ok_or_else(malformed)?;
            steps.push(Step::Element(inside[..end].into()));
            rest = &inside[end + 1..];
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => return Err(malformed()),
        }
    }
}

/// Applies overrides to a tree, in order.
pub fn apply(root: &mut Node, overrides: &[Override]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut targets: Vec<String> = Vec::new();
    for (i, one) in overrides.iter().enumerate() {
        match apply_one(root, one, At::Override(i)) {
            Err(problem) => problems.push(problem),
            Ok(target) => match targets.iter().position(|earlier| *earlier == target) {
                Some(_) => problems.push(Problem::error(At::Override(i), target, "is set twice; set it once".into())),
                None => targets.push(target),
            },
        }
    }
    problems
}

/// The place that an override sets, as messages write it; `None` where its path leads nowhere.
pub fn place(root: &Node, one: &Override) -> Option<String> {
    apply_one(&mut root.clone(), one, At::Override(0)).ok()
}

/// Applies one; the path it had, as messages write it.
fn apply_one(root: &mut Node, one: &Override, at: At) -> Result<String, Problem> {
    let mut node = root;
    let mut path = String::from("$");
    for (i, step) in one.steps.iter().enumerate() {
        let is_last = i + 1 == one.steps.len();
        if is_last && one.is_strategy_kind() {
            drop_parameters_of_other_kind(node, &one.value);
        }
        node = match step {
            Step::Key(key) => member(node, key, &mut path, at)?,
            Step::Element(name) => element(node, name, &mut path, at)?,
        };
    }
    *node = one.value.clone().moved(at);
    Ok(path)
}

/// A strategy of another kind keeps its endgame, and none of the parameters that the file gave the former one.
fn drop_parameters_of_other_kind(strategy: &mut Node, kind: &Node) {
    let same = strategy.get("kind").is_some_and(|before| before.value == kind.value);
    if let Value::Object(members) = &mut strategy.value {
        members.retain(|m| same || matches!(&*m.key, "kind" | "endgame") || matches!(m.node.at, At::Override(_)));
    }
}

/// The member `key`, made where it is absent.
fn member<'n>(node: &'n mut Node, key: &str, path: &mut String, at: At) -> Result<&'n mut Node, Problem> {
    let (found, is_array) = (node.describe(), node.as_array().is_some());
    let Value::Object(members) = &mut node.value else {
        let key = shorten(key);
        let advice = if is_array {
            format!("; an element is named {}[{key}]", path.trim_start_matches("$."))
        } else {
            String::new()
        };
        let message = format!("is {found}, which has no key \"{key}\"{advice}");
        return Err(Problem::error(at, path, message));
    };
    path.push('.');
    path.push_str(&shorten(key));
    let index = members.iter().position(|member| &*member.key == key).unwrap_or(members.len());
    if index == members.len() {
        members.push(Member { key: key.into(), key_at: at, node: Node { value: Value::Object(Vec::new()), at } });
    }
    Ok(&mut members[index].node)
}

/// The element of this index, or the group of this name.
fn element<'n>(node: &'n mut Node, name: &str, path: &mut String, at: At) -> Result<&'n mut Node, Problem> {
    let found = node.describe();
    let Value::Array(elements) = &mut node.value else {
        return Err(Problem::error(at, path, format!("is {found}, which has no element [{}]", shorten(name))));
    };
    let names: Vec<&str> = elements.iter().filter_map(|node| node.get("group")?.as_str()).collect();
    let by_name = elements.iter().position(|node| node.get("group").and_then(Node::as_str) == Some(name));
    let index = match (by_name, name.parse::<usize>()) {
        (Some(index), _) => index,
        (None, Ok(index)) if index < elements.len() => index,
        (None, Ok(_)) => {
            let message = format!("has {} elements, numbered from 0; there is no [{}]", elements.len(), shorten(name));
            return Err(Problem::error(at, path, message));
        }
        (None, Err(_)) => {
            let shown: Vec<String> = names.iter().take(20).map(|name| shorten(name)).collect();
            let hint = did_you_mean(name, names.iter().copied());
            let message = format!("has no group \"{}\"{hint}; its groups are {}", shorten(name), shown.join(", "));
            return Err(Problem::error(at, path, message));
        }
    };
    path.push_str(&format!("[{index}]"));
    Ok(&mut elements[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"seed": 1, "tracker": {"entry_ttl": "2min"},
        "strategy": {"kind": "random-then-rarest", "first": 4, "endgame": true},
        "peers": [{"group": "origin"}, {"group": "home", "count": 5}]}"#;

    fn applied(sets: &[&str]) -> (Node, Vec<Problem>) {
        let (mut root, _) = parse(FILE.as_bytes()).unwrap();
        let overrides: Vec<Override> = sets.iter().map(|set| Override::parse(set).unwrap()).collect();
        let problems = apply(&mut root, &overrides);
        (root, problems)
    }

    #[test]
    fn paths_lead_through_keys_indices_and_group_names() {
        let (root, problems) =
            applied(&["tracker.entry_ttl=90s", "peers[home].count=50", "peers[0].count=2", "output.sample_interval=1"]);
        assert_eq!(problems, []);
        assert_eq!(root.get("tracker").unwrap().get("entry_ttl").unwrap().as_str(), Some("90s"));
        let peers = root.get("peers").unwrap().as_array().unwrap();
        assert_eq!(peers[1].get("count").unwrap().value, Value::Number("50".into()));
        assert_eq!(peers[0].get("count").unwrap().at, At::Override(2));
        assert!(root.get("output").unwrap().get("sample_interval").is_some(), "absent objects are made");
    }

    #[test]
    fn another_kind_of_strategy_drops_the_former_parameters() {
        let (root, _) = applied(&["strategy.kind=random"]);
        let strategy = root.get("strategy").unwrap();
        assert!(strategy.get("first").is_none() && strategy.get("endgame").is_some());
        let (root, _) = applied(&["strategy.kind=random-then-rarest"]);
        assert!(root.get("strategy").unwrap().get("first").is_some());
    }

    #[test]
    fn an_argument_reads_back_as_its_value() {
        for text in
            ["60", "\"60\"", "\"60s\"", "null", "\"null\"", "{\"kind\":\"x\"}", "\"a=b\"", "\" 1\"", "\"\"", "1.50"]
        {
            let (value, _) = parse(text.as_bytes()).unwrap();
            let argument = argument("peers[a=b].x", &value);
            let read = Override::parse(&argument).unwrap();
            assert!(read.value.is_same(&value), "{argument}");
            assert_eq!(read.steps, Override::new("", "peers[a=b].x", "1").unwrap().steps);
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for (sets, expected) in [
            (&["peers[hame].count=1"][..], "did you mean \"home\"?"),
            (&["peers[7].count=1"], "numbered from 0"),
            (&["seed.x=1"], "which has no key \"x\""),
            (&["tracker[0]=1"], "which has no element"),
            (&["seed=1", "seed=2"], "set twice"),
            (&["peers[home].count=1", "peers[1].count=2"], "set twice"),
        ] {
            let (_, problems) = applied(sets);
            assert_eq!(problems.len(), 1, "{sets:?}");
            assert!(problems[0].message.contains(expected), "{}", problems[0].message);
        }
        for text in ["seed", "=1", ".a=1", "a..b=1", "a[]=1", "a[0=1", "a]=1", "a[0]b=1", ""] {
            assert!(Override::parse(text).is_err(), "{text}");
        }
    }
}
