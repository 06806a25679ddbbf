//! One JSON document whose array or object holds the items. It is read as a stream, so that it may be larger than memory.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Pages, Stop};

pub(super) fn read(from: impl BufRead, pointer: &str, pages: &mut Pages) -> Result<(), Stop> {
    let path: Vec<String> = if pointer.is_empty() {
        Vec::new()
    } else {
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
    };
    let mut stop = None;
    let mut found = false;
    let mut deserializer = serde_json::Deserializer::from_reader(from);
    let walk = Walk { path: &path, pages, stop: &mut stop, found: &mut found };
    let walked = deserializer.deserialize_any(walk).and_then(|()| deserializer.end());
    if let Some(stop) = stop {
        return Err(stop);
    }
    walked.map_err(|error| Some(format!("it is no JSON with a list of items: {error}")))?;
    if found { Ok(()) } else { Err(Some(format!("there is nothing at `{pointer}`"))) }
}

/// Goes down the path, and takes what it finds there item by item.
struct Walk<'a> {
    path: &'a [String],
    pages: &'a mut Pages,
    /// Why it ends before the end; serde only knows that it does.
    stop: &'a mut Option<Stop>,
    found: &'a mut bool,
}

impl Walk<'_> {
    fn take<E: serde::de::Error>(&mut self, taken: Result<(), Stop>) -> Result<(), E> {
        taken.map_err(|stop| {
            *self.stop = Some(stop);
            E::custom("ended before the end")
        })
    }

    fn item<'de, A: Item<'de>>(&mut self, key: Option<&str>, access: &mut A) -> Result<(), A::Error> {
        let passes = match self.pages.passes() {
            Ok(passes) => passes,
            Err(stop) => return self.take(Err(stop)),
        };
        if passes {
            return access.skip();
        }
        let value = access.value()?;
        let taken = self.pages.push(key, value);
        self.take(taken)
    }
}

/// The next value of an array or an object.
trait Item<'de> {
    type Error: serde::de::Error;
    fn value(&mut self) -> Result<Value, Self::Error>;
    fn skip(&mut self) -> Result<(), Self::Error>;
}

struct Field<A>(A);

impl<'de, A: MapAccess<'de>> Item<'de> for Field<A> {
    type Error = A::Error;
    fn value(&mut self) -> Result<Value, A::Error> {
        self.0.next_value()
    }
    fn skip(&mut self) -> Result<(), A::Error> {
        self.0.next_value::<IgnoredAny>().map(drop)
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// An element that is read only if it is wanted.
struct Element<'w, 'a>(&'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut element = Once(Some(deserializer), std::marker::PhantomData);
        self.0.item(None, &mut element)?;
        match element.0 {
            // Not wanted any more.
            Some(deserializer) => deserializer.deserialize_ignored_any(IgnoredAny).map(drop),
            None => Ok(()),
        }
    }
}

struct Once<'de, D>(Option<D>, std::marker::PhantomData<&'de ()>);

impl<'de, D: serde::Deserializer<'de>> Item<'de> for Once<'de, D> {
    type Error = D::Error;
    fn value(&mut self) -> Result<Value, D::Error> {
        let deserializer = self.0.take().ok_or_else(|| D::Error::custom("read twice"))?;
        serde::Deserialize::deserialize(deserializer)
    }
    fn skip(&mut self) -> Result<(), D::Error> {
        let deserializer = self.0.take().ok_or_else(|| D::Error::custom("read twice"))?;
        deserializer.deserialize_ignored_any(IgnoredAny).map(drop)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.path.is_empty() {
            "an array or an object of items"
        } else {
            "an object on the way to the items"
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        if let Some((name, rest)) = self.path.split_first() {
            // An array on the way, by index.
            let wanted: Option<usize> = name.parse().ok();
            for place in 0_usize.. {
                if Some(place) == wanted {
                    let Walk { pages, stop, found, .. } = &mut self;
                    let walk = Walk { path: rest, pages, stop, found };
                    if elements.next_element_seed(walk)?.is_none() {
                        return Ok(());
                    }
                } else if elements.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(());
                }
            }
            return Ok(());
        }
        *self.found = true;
        while elements.next_element_seed(Element(&mut self))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        if let Some((name, rest)) = self.path.split_first() {
            while let Some(key) = fields.next_key::<String>()? {
                if key == *name {
                    let Walk { pages, stop, found, .. } = &mut self;
                    fields.next_value_seed(Walk { path: rest, pages, stop, found })?;
                } else {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
            return Ok(());
        }
        *self.found = true;
        let mut fields = Field(fields);
        while let Some(key) = fields.0.next_key::<String>()? {
            self.item(Some(&key), &mut fields)?;
        }
        Ok(())
    }
}
