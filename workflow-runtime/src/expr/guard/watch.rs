//! What the guards measure.

use std::cell::Cell;
use std::rc::Rc;

use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::value::JValue;

use super::super::fallback::failed;
use super::super::thrown::{Run, Thrown};
use super::super::value::TEXT_MAX;

/// Measures any value and hands it on.
pub(super) const ANY: &str = "wf any";
/// A text that is short enough to be matched.
pub(super) const SHORT: &str = "wf short";
/// A list that is short enough to be compared with itself.
pub(super) const FEW: &str = "wf few";
/// A text that will stand as often as there are items or places in what was measured before.
pub(super) const SEPARATOR: &str = "wf separator";
/// How wide a text is to become.
pub(super) const WIDTH: &str = "wf width";
/// Where a range begins or ends.
pub(super) const END: &str = "wf end";
/// A text that may be the picture of a time.
pub(super) const PICTURE: &str = "wf picture";
/// A function is entered.
pub(super) const TICK: &str = "wf tick";

/// Levels of a value.
const HEIGHT_MAX: usize = 100;
/// Values and sixteens of bytes that one value may hold, each counted as often as it stands there.
const WEIGHT_MAX: usize = 4_000_000;
/// What may be measured in all: a measure of time that is no clock.
const FUEL: usize = 20_000_000;
/// Bytes of text that may be made in all.
const MADE_MAX: usize = 256 << 20;
/// Bytes of a text that is matched: a match for each of its characters fits into memory.
const SHORT_MAX: usize = 256 << 10;
/// Items that are compared with each other.
const FEW_MAX: usize = 10_000;
/// Functions that may be entered.
const TICKS_MAX: usize = 250_000;
/// Either end of a range: beyond it numbers have no neighbours.
const END_MAX: f64 = 9_007_199_254_740_992.0;
/// Characters that `$pad` fills.
const WIDTH_MAX: f64 = 4_194_304.0;
/// Bytes that repeating one text may make before the result is measured.
const REPEATED_MAX: usize = 64 << 20;

/// One evaluation's measurements.
#[derive(Clone, Debug)]
pub(in super::super) struct Watch(Rc<Counters>);

#[derive(Debug)]
struct Counters {
    fuel: Cell<usize>,
    made: Cell<usize>,
    ticks: Cell<usize>,
    /// The greatest number of items or bytes that was measured.
    places: Cell<usize>,
}

impl Watch {
    pub(in super::super) fn new() -> Self {
        Self(Rc::new(Counters { fuel: Cell::new(FUEL), made: Cell::new(0), ticks: Cell::new(0), places: Cell::new(0) }))
    }

    /// Makes the guards known to an evaluator.
    pub(in super::super) fn register(&self, evaluator: &mut Evaluator) -> Result<(), EvaluatorError> {
        type Check = fn(&Counters, &JValue) -> Run<()>;
        let checks: [(&str, Check); 7] = [
            (ANY, Counters::any),
            (SHORT, Counters::short),
            (FEW, Counters::few),
            (SEPARATOR, Counters::separator),
            (WIDTH, Counters::width),
            (PICTURE, Counters::picture),
            (END, Counters::end),
        ];
        for (name, check) in checks {
            let counters = Rc::clone(&self.0);
            evaluator.register_fn(name, move |arguments: &[JValue]| {
                let value = arguments.first().cloned().unwrap_or(JValue::Undefined);
                check(&counters, &value).map_err(|thrown| failed(&thrown))?;
                Ok(value)
            })?;
        }
        let counters = Rc::clone(&self.0);
        evaluator.register_fn(TICK, move |_: &[JValue]| {
            counters.tick().map_err(|thrown| failed(&thrown))?;
            Ok(JValue::Undefined)
        })
    }
}

impl Counters {
    fn tick(&self) -> Run<()> {
        self.ticks.set(self.ticks.get() + 1);
        if self.ticks.get() > TICKS_MAX { Err(Thrown::time()) } else { Ok(()) }
    }

    fn any(&self, value: &JValue) -> Run<()> {
        match value {
            JValue::String(text) => {
                if text.len() >= TEXT_MAX {
                    return Err(Thrown::memory());
                }
                self.place(text.len());
                self.made.set(self.made.get().saturating_add(text.len()));
                if self.made.get() > MADE_MAX { Err(Thrown::memory()) } else { Ok(()) }
            }
            JValue::Array(items) => {
                self.place(items.len());
                self.weigh(value)
            }
            JValue::Object(_) => self.weigh(value),
            _ => Ok(()),
        }
    }

    fn place(&self, places: usize) {
        self.places.set(self.places.get().max(places));
    }

    fn weigh(&self, value: &JValue) -> Run<()> {
        let mut left = WEIGHT_MAX.min(self.fuel.get());
        let before = left;
        let fits = visit(value, 0, &mut left);
        self.fuel.set(self.fuel.get().saturating_sub(before - left));
        fits
    }

    fn short(&self, value: &JValue) -> Run<()> {
        self.any(value)?;
        match value {
            JValue::String(text) if text.len() > SHORT_MAX => Err(Thrown::plain(format!(
                "Expression evaluation memory limit exceeded: a regular expression is matched against at most {SHORT_MAX} bytes"
            ))),
            _ => Ok(()),
        }
    }

    fn few(&self, value: &JValue) -> Run<()> {
        self.any(value)?;
        match value {
            JValue::Array(items) if items.len() > FEW_MAX => Err(Thrown::time()),
            _ => Ok(()),
        }
    }

    fn separator(&self, value: &JValue) -> Run<()> {
        self.any(value)?;
        match value {
            JValue::String(text) if text.len().saturating_mul(self.places.get()) > REPEATED_MAX => {
                Err(Thrown::memory())
            }
            _ => Ok(()),
        }
    }

    fn picture(&self, value: &JValue) -> Run<()> {
        self.any(value)?;
        match value {
            JValue::String(text) => super::check_picture(text),
            _ => Ok(()),
        }
    }

    /// The difference of two greater ones would overflow where it is measured.
    fn end(&self, value: &JValue) -> Run<()> {
        match value {
            JValue::Number(end) if end.abs() > END_MAX => Err(Thrown::memory()),
            _ => self.any(value),
        }
    }

    fn width(&self, value: &JValue) -> Run<()> {
        match value {
            JValue::Number(width) if width.abs() > WIDTH_MAX => Err(Thrown::memory()),
            _ => self.any(value),
        }
    }
}

fn visit(value: &JValue, height: usize, left: &mut usize) -> Run<()> {
    let mut burn = |units: usize| match left.checked_sub(units) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(Thrown::memory()),
    };
    burn(1)?;
    match value {
        JValue::String(text) => burn(text.len() / 16),
        JValue::Array(_) | JValue::Object(_) if height >= HEIGHT_MAX => Err(Thrown::height()),
        JValue::Array(items) => items.iter().try_for_each(|item| visit(item, height + 1, left)),
        JValue::Object(fields) => fields.iter().try_for_each(|(key, field)| {
            if let Some(rest) = left.checked_sub(key.len() / 16) {
                *left = rest;
            }
            visit(field, height + 1, left)
        }),
        _ => Ok(()),
    }
}
