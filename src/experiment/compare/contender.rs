//! The strategies of a comparison as they are named: `window`, or `window:size=32`.

use crate::scenario::Override;
use crate::scenario::json::{Node, Value};
use crate::scenario::problem::{At, did_you_mean, shorten};
use crate::strategy::{KINDS, kind};

/// A strategy as it was named, and what names it on the command line of `run`.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// Its name: the kind, and the parameters that were given.
    pub name: String,
    kind: String,
    parameters: Vec<(String, String)>,
}

impl Contender {
    /// Reads `KIND` or `KIND:PARAMETER=VALUE:…`.
    ///
    /// # Errors
    /// What was found and what is accepted.
    pub fn parse(text: &str) -> Result<Contender, String> {
        let mut parts = text.trim().split(':');
        let name = parts.next().unwrap_or_default().trim();
        let names = || KINDS.iter().map(|kind| kind.name);
        let Some(known) = kind(name) else {
            let list = names().collect::<Vec<_>>().join(", ");
            let hint = did_you_mean(name, names());
            return Err(format!("there is no strategy \"{}\"{hint}; accepted: {list}", shorten(name)));
        };
        let parameters = parts.map(|part| parameter(known, part)).collect::<Result<Vec<_>, String>>()?;
        for (i, (key, _)) in parameters.iter().enumerate() {
            if parameters[..i].iter().any(|(earlier, _)| earlier == key) {
                return Err(format!("\"{}\": {key} is given twice", shorten(text)));
            }
        }
        let given: String = parameters.iter().map(|(key, value)| format!(":{key}={value}")).collect();
        Ok(Contender { name: format!("{name}{given}"), kind: name.to_owned(), parameters })
    }

    /// What it changes in a scenario: what [`Contender::arguments`] would.
    pub fn overrides(&self) -> Vec<Override> {
        self.overrides_of("--strategies")
    }

    /// The same, said to come from another option.
    pub fn overrides_of(&self, option: &str) -> Vec<Override> {
        let label = format!("{option} {}", self.name);
        let value = Node { value: Value::String(self.kind.as_str().into()), at: At::Text(0) };
        let kind = Override::with_node(&label, "strategy.kind", value).expect("`strategy.kind` is a path");
        let one = |(key, value): &(String, String)| {
            Override::new(&label, &format!("strategy.{key}"), value).expect("a parameter's name is a key")
        };
        self.parameters.iter().map(one).chain([kind]).collect()
    }

    /// The arguments of `swarmsim run` that choose it.
    pub fn arguments(&self) -> Vec<String> {
        let set = |(key, value): &(String, String)| ["--set".to_owned(), format!("strategy.{key}={value}")];
        let mut arguments: Vec<String> = self.parameters.iter().flat_map(set).collect();
        arguments.extend(["--strategy".to_owned(), self.kind.clone()]);
        arguments
    }
}

fn parameter(kind: &crate::strategy::Kind, text: &str) -> Result<(String, String), String> {
    let names = || kind.parameters.iter().map(|parameter| parameter.name);
    let accepted = match names().collect::<Vec<_>>().join(", ") {
        list if list.is_empty() => format!("{} has no parameters", kind.name),
        list => format!("{} has {list}, as in {}:{}=2", kind.name, kind.name, names().next().unwrap_or_default()),
    };
    let (key, value) = text.split_once('=').ok_or_else(|| format!("found \"{}\"; {accepted}", shorten(text)))?;
    let (key, value) = (key.trim(), value.trim());
    if !names().any(|name| name == key) {
        return Err(format!("there is no parameter \"{}\"{}; {accepted}", shorten(key), did_you_mean(key, names())));
    }
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_the_kind() {
        let plain = Contender::parse(" rarest-first ").unwrap();
        assert_eq!(
            (plain.name.as_str(), plain.arguments()),
            ("rarest-first", vec!["--strategy".into(), "rarest-first".into()])
        );
        let window = Contender::parse("window: size = 32").unwrap();
        assert_eq!(window.name, "window:size=32");
        assert_eq!(window.arguments(), ["--set", "strategy.size=32", "--strategy", "window"]);
        assert_eq!(window.overrides().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_meant() {
        for (text, expected) in [
            ("rarest", "there is no strategy \"rarest\""),
            ("rarest-frist", "did you mean \"rarest-first\"?"),
            ("", "there is no strategy \"\""),
            ("window:sise=3", "did you mean \"size\"?"),
            ("window:3", "window has size, as in window:size=2"),
            ("random:size=3", "random has no parameters"),
            ("window:size=3:size=4", "size is given twice"),
        ] {
            let error = Contender::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
