//! One part of a sweep, as engines start it: again and again, and perhaps twice at once. See [`Place`].

use super::super::{Failure, clock, interrupt, machine, terminal};
use super::{Work, batch, failure, tell};
use crate::experiment::sweep::{Place, Standing, check_name};
use crate::output::text::clean;
use crate::output::{IfThere, Purpose, RunFolder};
use std::process::ExitCode;

impl Work<'_> {
    /// Does the part unless it is there.
    pub(super) fn shard(&self) -> Result<ExitCode, Failure> {
        let place = Place::new(&self.whole, self.settings.shard);
        let folder = place.folder();
        let if_there = batch::if_there(&self.args.experiment);
        match place.standing(self.plan.digest()) {
            Standing::Whole if if_there != IfThere::Replace => {
                place.clear();
                return self.tell_whole(&place);
            }
            Standing::Other => RunFolder::check(&folder, Purpose::SWEEP, if_there, None)?,
            _ => RunFolder::check(&folder, Purpose::SWEEP, IfThere::Resume, None)?,
        }
        if if_there != IfThere::Replace {
            check_name(&folder, &self.plan.sweep().name)?;
        }
        let earlier = if if_there == IfThere::Replace { Vec::new() } else { place.earlier() };
        if if_there == IfThere::Replace {
            place.clear();
        }
        let work = place.work(&format!("{}-{}-{}", machine::host(), std::process::id(), clock::unix_s()));
        let own = RunFolder::prepare(&work, Purpose::SWEEP, IfThere::Resume, None)?;
        let report = match self.run(own, &earlier)? {
            Ok(report) => report,
            // Whoever else did it has cleared away what is ours.
            Err(_) if !interrupt::is_requested() && place.standing(self.plan.digest()) == Standing::Whole => {
                return self.tell_whole(&place);
            }
            Err(error) => return Err(failure(error, &work)),
        };
        if report.manifest.is_some() {
            if if_there == IfThere::Replace && place.standing(self.plan.digest()) == Standing::Whole {
                std::fs::remove_dir_all(&folder).map_err(crate::output::OutputError::io("remove", &folder))?;
            }
            place.publish(&work, self.plan)?;
        }
        if report.is_complete() {
            place.clear();
        }
        tell(self, &report, &folder)
    }

    /// Says that there is nothing to do.
    fn tell_whole(&self, place: &Place) -> Result<ExitCode, Failure> {
        let folder = place.folder();
        if self.args.experiment.json {
            let manifest = crate::output::ExperimentManifest::read(&folder, Purpose::SWEEP.kind)?;
            terminal::print(&crate::output::json_text(&manifest))?;
        } else if !self.args.experiment.show.quiet {
            let (part, folder) = (self.settings.shard, clean(&folder.display().to_string()));
            terminal::print(&format!(
                "{}: part {part} is there already\nresults in {folder}\n",
                clean(&self.plan.sweep().name)
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
