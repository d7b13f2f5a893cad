//! Strategies compared over the same seeds.
//!
//! A [`Design`] says what is compared, [`run`] runs it, and a [`Comparison`] is what comes of it: all that
//! `comparison.json` holds, and all that tables and plots are made of.
//!
//! ```
//! use swarmsim::experiment::compare::{Comparison, Design, Request, run};
//! use swarmsim::scenario::{Document, EMBEDDED};
//!
//! let document = Document::parse("flash-crowd", EMBEDDED[0].text.as_bytes()).unwrap();
//! let strategies = ["rarest-first".to_owned(), "random".to_owned()];
//! let request = Request { strategies: &strategies, baseline: Some("random"), metrics: &[], seeds: 3, arguments: &[] };
//! let no_files = |_: &str| Err("there are none".to_owned());
//! let design = Design::new(&document, &[], &no_files, &request).unwrap();
//! let outcomes = run(&design, 2).unwrap();
//! let comparison = Comparison::of(&design, &outcomes);
//! let versus = comparison.metrics.get("completion.mean_s").unwrap().versus_baseline.get("rarest-first").unwrap();
//! assert_eq!(versus.n, 3);
//! println!("{}", versus.sentence);
//! ```

mod analysis;
mod cells;
mod comparison;
mod contender;
mod design;
mod draw;
mod markdown;
mod notes;
mod runs;
mod sequential;
pub mod tables;
mod text;
mod verdict;
mod write;

#[cfg(test)]
mod compare_tests;

pub use analysis::Outcomes;
pub use cells::adjustment;
pub use comparison::{Comparison, Figures, Metric, Named, Run, SCHEMA_VERSION, Sequential, Verdict, Versus};
pub use contender::Contender;
pub use design::{Design, DesignError, Request, Strategy};
pub use draw::draw;
pub use markdown::markdown;
pub use runs::{Batch, Stopped, run};
pub use sequential::{Plan, parse_width};
pub use text::table;
pub use write::{RUNS, write, write_drawn};
