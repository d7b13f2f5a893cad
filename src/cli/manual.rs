//! `swarmsim completions` and `swarmsim man`: what a shell and a reader of manuals want, made of the arguments themselves.

use super::args::{Cli, ManArgs};
use super::{Failure, terminal};
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The program's name.
const NAME: &str = "swarmsim";

/// Prints the completions for a shell.
pub fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    generate(shell, &mut Cli::command(), NAME, &mut text);
    terminal::print(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the manual page of the program, or of one command; or writes all of them into a folder.
pub fn man(args: &ManArgs) -> Result<ExitCode, Failure> {
    let mut root = Cli::command();
    root.build();
    let pages = pages(&root);
    if let Some(folder) = &args.out {
        return write(folder, &pages);
    }
    let wanted = [&[NAME.to_owned()], &args.command[..]].concat().join("-");
    let Some((_, page)) = pages.iter().find(|(name, _)| *name == wanted) else {
        let names: Vec<String> =
            pages.iter().skip(1).map(|(name, _)| name[NAME.len() + 1..].replace('-', " ")).collect();
        let typed = args.command.join(" ");
        let hint = crate::scenario::problem::did_you_mean(&typed, names.iter().map(String::as_str));
        let typed = crate::scenario::problem::shorten(&typed);
        return Err(Failure::BadInput(format!(
            "there is no command \"{typed}\"{hint}; accepted: {}",
            names.join(", ")
        )));
    };
    terminal::print(page)?;
    Ok(ExitCode::SUCCESS)
}

/// Every page by its name, that of the program itself first.
fn pages(root: &Command) -> Vec<(String, String)> {
    let mut all = Vec::new();
    add(NAME.to_owned(), root, &mut all);
    all
}

fn add(name: String, command: &Command, all: &mut Vec<(String, String)>) {
    let mut page = Vec::new();
    // What is written into memory is written.
    let _ = clap_mangen::Man::new(command.clone()).title(name.as_str()).render(&mut page);
    let below = command.get_subcommands().filter(|sub| sub.get_name() != "help");
    let below: Vec<(String, &Command)> = below.map(|sub| (format!("{name}-{}", sub.get_name()), sub)).collect();
    all.push((name, String::from_utf8_lossy(&page).into_owned()));
    below.into_iter().for_each(|(name, sub)| add(name, sub, all));
}

/// Writes a page a file; what is there of the same name is replaced.
fn write(folder: &Path, pages: &[(String, String)]) -> Result<ExitCode, Failure> {
    let shown = super::past::shown(folder);
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            Failure::BadInput(format!("{shown}: is no folder; accepted: a folder, which is made where there is none"))
        }
        _ => Failure::Failed(format!("{shown}: cannot be written to: {error}")),
    };
    fs::create_dir_all(folder).map_err(failed)?;
    for (name, page) in pages {
        fs::write(folder.join(format!("{name}.1")), page).map_err(failed)?;
    }
    terminal::print(&format!(
        "wrote {} manual pages to {shown}; read one with `man -l {shown}/{NAME}-run.1`\n",
        pages.len()
    ))?;
    Ok(ExitCode::SUCCESS)
}
