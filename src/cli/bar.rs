//! A bar on standard error, with a message beside it.

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::io::{self, IsTerminal};

/// Columns that are left free at the right. A terminal writes `^C` where the cursor is; at the very end of a line that would begin
/// another, and the bar above could not be taken away any more.
const FREE: u16 = 3;
/// Drawings a second, at most.
const RATE: u8 = 20;

/// A bar that goes with its owner.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar, if `wanted` and there is a terminal to show it on.
    pub fn new(wanted: bool) -> Option<Bar> {
        (wanted && io::stderr().is_terminal()).then(|| {
            let style =
                ProgressStyle::with_template("{bar:24} {percent:>3} %  {wide_msg}").expect("the template is valid");
            let target = ProgressDrawTarget::term_like_with_hz(Box::new(Narrower(Term::buffered_stderr())), RATE);
            Bar(ProgressBar::with_draw_target(Some(1), target).with_style(style.progress_chars("━╸─")))
        })
    }

    /// Shows that `done` of `all` is done, and as much of the message as there is room for.
    pub fn show(&self, done: u64, all: u64, message: &str) {
        self.0.set_length(all);
        self.0.set_position(done);
        self.0.set_message(message.to_owned());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A terminal that seems a little narrower than it is.
#[derive(Debug)]
struct Narrower(Term);

impl TermLike for Narrower {
    fn width(&self) -> u16 {
        self.0.size().1.saturating_sub(FREE)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
