//! Every plot on every kind of run: whole, legible, small, the same each time.

use super::canvas::HEIGHT;
use super::data::RunData;
use super::legible::{assert_legible, texts};
use super::{Drawn, draw_all};
use crate::output::sample::{Run, Shape, run};
use crate::output::tables::{self, CopiesRow, EndedRow, ProgressRow, TimeRow};
use std::path::PathBuf;

/// The run as its files would read.
fn data(run: &Run) -> RunData {
    let mut data = RunData::new(serde_json::to_value(&run.summary).expect("plain data"), run.scenario.clone());
    data.samples = run.tables.samples.iter().map(TimeRow::from).collect();
    data.copies = run.tables.availability.iter().map(CopiesRow::from).collect();
    let sessions = &run.tables.sessions;
    let peers = sessions.iter().map(|row| row.peer).max().expect("at least the origin");
    let mut reading = data.reading(peers, data.chunks().expect("copies"));
    run.tables.expiries.iter().for_each(|row| reading.expiry(&EndedRow::from(row)));
    for (row, session) in tables::peer_rows(sessions, &run.groups).zip(sessions) {
        reading.session(&row, Some(&ProgressRow::from(session)));
    }
    reading.end(&mut data);
    data
}

fn all() -> Vec<(&'static str, Vec<Drawn>)> {
    Shape::all().into_iter().map(|(case, shape)| (case, draw_all(&data(&run(&shape))))).collect()
}

/// A document whose tags nest and whose text holds no markup.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        assert!(!text.contains(['"', '\'']), "unescaped: {text}");
        let name = tag.split([' ', '/']).find(|name| !name.is_empty()).expect("a tag has a name");
        assert!(["svg", "title", "rect", "path", "circle", "text"].contains(&name), "a foreign element: {tag}");
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes: {tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_string()));
        } else if !tag.ends_with('/') {
            open.push(name.to_string());
        }
    }
    assert!(open.is_empty());
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "a control character");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "a number that is none");
}

#[test]
fn every_plot_of_every_run_is_whole_and_small() {
    for (case, plots) in all() {
        for plot in plots {
            let svg = plot.svg();
            assert_well_formed(&svg);
            assert!(svg.len() < 150_000, "{case}/{} takes {} bytes", plot.stem, svg.len());
        }
    }
}

#[test]
fn no_text_is_cut_off_or_covers_another() {
    for (case, plots) in all() {
        for plot in plots {
            assert_eq!(plot.drawing.height, HEIGHT, "{case}/{}", plot.stem);
            assert_legible(case, &plot);
        }
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let run = run(&Shape::flash_crowd());
    let svgs = || draw_all(&data(&run)).iter().map(Drawn::svg).collect::<Vec<_>>();
    assert_eq!(svgs(), svgs());
}

#[test]
fn an_empty_plot_says_why() {
    let shape = Shape { completes: false, leaves: false, ..Shape::flash_crowd() };
    let plots = draw_all(&data(&run(&shape)));
    let says = |stem: &str, words: &str| {
        let plot = plots.iter().find(|plot| plot.stem == stem).expect("a plot of this name");
        assert!(texts(plot).iter().any(|text| text.text == words), "{stem} does not say {words:?}");
    };
    says("completion", "No peer completed its download");
    says("detection-lag", "No entry of a departed peer expired");
}

/// `SWARMSIM_GALLERY=folder cargo test gallery -- --ignored` draws every case for the eye.
#[test]
#[ignore = "draws pictures to look at"]
fn gallery() {
    let folder = PathBuf::from(std::env::var_os("SWARMSIM_GALLERY").expect("SWARMSIM_GALLERY names a folder"));
    for (case, plots) in all() {
        for plot in plots {
            let path = folder.join(format!("{case}-{}", plot.stem));
            plot.write_png(&path.with_extension("png")).expect("written");
            std::fs::write(path.with_extension("svg"), plot.svg()).expect("written");
        }
    }
}
