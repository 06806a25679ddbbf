//! What children have yielded, put back into the order of the items, and what becomes of it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::batch::bytes;
use super::child::{Ended, Family, tolerated};
use super::writer::{WriteError, Writer, Written};
use crate::engine::{ExecutionStatus, MapRunMark, PAYLOAD_BYTES_MAX, Transformation};

/// Results on their way.
pub(super) struct Results {
    /// Up to where everything has ended.
    pub(super) mark: MapRunMark,
    /// From the first that has not ended; gaps are children that run.
    ended: VecDeque<Option<Ended>>,
    /// Since the last mark that was told; of what goes to files, the blobs that it names.
    fresh: Vec<Arc<Value>>,
    writer: Option<Writer>,
    transformation: Transformation,
    /// The most that a state's result may have.
    bytes_max: u64,
}

/// Taken while results are made durable.
pub(super) struct Settled {
    pub(super) mark: MapRunMark,
    pub(super) results: Vec<Arc<Value>>,
}

impl Results {
    pub(super) fn new(mark: MapRunMark, writer: Option<Writer>, transformation: Transformation) -> Self {
        let bytes_max = PAYLOAD_BYTES_MAX as u64;
        Self { mark, ended: VecDeque::new(), fresh: Vec::new(), writer, transformation, bytes_max }
    }

    /// As it is, with this limit.
    pub(super) fn at_most(self, bytes_max: usize) -> Self {
        Self { bytes_max: bytes_max as u64, ..self }
    }

    /// Whether results go to files.
    pub(super) fn writes(&self) -> bool {
        self.writer.is_some()
    }

    /// Takes a child's end, and everything that it held up.
    pub(super) fn take(&mut self, ended: Ended, family: &Family) -> Result<(), WriteError> {
        let place = usize::try_from(ended.child.index.saturating_sub(self.mark.children)).unwrap_or(usize::MAX);
        if self.ended.len() <= place {
            self.ended.resize_with(place + 1, || None);
        }
        if let Some(gap) = self.ended.get_mut(place) {
            *gap = Some(ended);
        }
        while let Some(Some(ended)) = self.ended.front_mut().map(Option::take) {
            self.ended.pop_front();
            self.mark.children += 1;
            self.mark.items += ended.child.items;
            self.keep(&ended, family)?;
        }
        Ok(())
    }

    fn keep(&mut self, ended: &Ended, family: &Family) -> Result<(), WriteError> {
        let outcome = &ended.outcome;
        let good = outcome.status == ExecutionStatus::Succeeded;
        if !good {
            self.mark.failed_children += 1;
            self.mark.failed_items += ended.child.items;
        }
        if let Some(writer) = &mut self.writer {
            if !good {
                return writer.failed(&family.description(ended));
            }
            if self.transformation == Transformation::None {
                return writer.succeeded(&Written::Description(&family.description(ended)));
            }
            let output = outcome.output.as_deref().unwrap_or(&Value::Null);
            return writer.succeeded(&Written::Output(output));
        }
        if self.mark.overflow {
            return Ok(());
        }
        match (&outcome.output, self.transformation) {
            (Some(output), Transformation::Compact) if good => self.add(Arc::clone(output)),
            (Some(output), Transformation::Flatten) if good => match &**output {
                Value::Array(parts) => parts.iter().for_each(|part| self.add(Arc::new(part.clone()))),
                _ => self.add(Arc::clone(output)),
            },
            _ if good => self.add(Arc::new(family.description(ended))),
            _ => self.add(Arc::new(tolerated(outcome))),
        }
        Ok(())
    }

    fn add(&mut self, result: Arc<Value>) {
        self.mark.bytes += bytes(&result) + 1;
        // Brackets around, no comma before the first.
        if self.mark.bytes + 1 > self.bytes_max {
            self.mark.overflow = true;
            self.fresh = Vec::new();
        } else {
            self.fresh.push(result);
        }
    }

    /// Makes durable what was written. Blocks.
    pub(super) fn settle(&mut self) -> Result<Settled, WriteError> {
        if let Some(writer) = &mut self.writer {
            [self.mark.succeeded_file, self.mark.failed_file] = writer.marks()?;
            self.fresh.extend(writer.take_named().map(Arc::new));
        }
        Ok(Settled { mark: self.mark, results: std::mem::take(&mut self.fresh) })
    }

    /// What has ended behind a child that never will: a map run that fails still writes it.
    pub(super) fn give_up(&mut self, family: &Family) -> Result<(), WriteError> {
        while let Some(ended) = self.ended.pop_front() {
            if let Some(ended) = ended {
                self.keep(&ended, family)?;
            }
        }
        Ok(())
    }

    /// Ends the files and gives them their names: of what is in them, a record says so. Blocks.
    pub(super) fn finish(&mut self, map_run_arn: &str) -> Result<Option<Value>, WriteError> {
        self.writer.take().map(|writer| writer.finish(map_run_arn)).transpose()
    }
}
