//! `#[max_concurrency(5)]`, `#[batch(max_items = 100)]` and the other attributes of maps.

use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Lit, Meta, MetaNameValue, Token};

use super::super::codes;
use super::super::model::{Attributes, Expr, ExprKind, MapAttribute, MapOption};
use super::refuse::shown;
use super::{Builder, start};
use crate::step::retry::Selector;

/// Every attribute that belongs to maps.
pub(super) const ATTRIBUTES: [&str; 8] = [
    "batch",
    "express",
    "label",
    "max_concurrency",
    "max_items",
    "result_writer",
    "tolerated_failure_count",
    "tolerated_failure_percentage",
];

/// The longest label that Step Functions takes.
const LABEL_MAX: usize = 40;

impl Builder {
    /// One attribute; none where it was refused.
    pub(super) fn map_attribute(&mut self, attribute: &Attribute, name: &str) -> Vec<MapAttribute> {
        let span = start(attribute.path());
        let option = match name {
            "batch" => self.batch(attribute),
            "result_writer" => self.result_writer(attribute),
            "express" => match &attribute.meta {
                Meta::Path(_) => Some(MapOption::Express),
                _ => self.misshapen(attribute, "express"),
            },
            "label" => self.label(attribute),
            _ => self.number(attribute, name),
        };
        option.map(|option| MapAttribute { option, span }).into_iter().collect()
    }

    fn misshapen<T>(&self, attribute: &Attribute, form: &str) -> Option<T> {
        let name = shown(attribute.path());
        self.fault(&attribute.meta, codes::ATTRIBUTE, format!("`#[{name}]` has another form"))
            .help(format!("write `#[{form}]`"));
        None
    }

    /// `#[max_concurrency(5)]`, `#[max_concurrency = 5]`, also with an expression.
    fn number(&mut self, attribute: &Attribute, name: &str) -> Option<MapOption> {
        let read = match &attribute.meta {
            Meta::NameValue(pair) => Some(pair.value.clone()),
            Meta::List(list) => syn::parse2::<syn::Expr>(list.tokens.clone()).ok(),
            Meta::Path(_) => None,
        };
        let Some(read) = read else { return self.misshapen(attribute, &format!("{name}(5)")) };
        let value = self.pure(&read);
        self.in_range(&value, name)?;
        Some(match name {
            "max_concurrency" => MapOption::MaxConcurrency(value),
            "tolerated_failure_percentage" => MapOption::ToleratedFailurePercentage(value),
            "tolerated_failure_count" => MapOption::ToleratedFailureCount(value),
            _ => MapOption::MaxItems(value),
        })
    }

    /// A literal that says nothing, or too much.
    fn in_range(&self, value: &Expr, name: &str) -> Option<()> {
        let ExprKind::Literal(literal) = &value.kind else { return Some(()) };
        let number = match literal {
            Lit::Int(number) => number.base10_parse::<f64>().ok()?,
            Lit::Float(number) => number.base10_parse::<f64>().ok()?,
            _ => return Some(()),
        };
        let percentage = name == "tolerated_failure_percentage";
        let refused = if number <= 0.0 && name == "max_concurrency" {
            "0 is no limit: leave the attribute out"
        } else if number <= 0.0 {
            "0 is the same as no attribute: leave it out"
        } else if percentage && number > 100.0 {
            "a percentage is at most 100"
        } else {
            return Some(());
        };
        self.fault(literal, codes::ATTRIBUTE, format!("`#[{name}({})]` cannot stand here", literal.to_token_stream()))
            .help(refused);
        None
    }

    /// `#[batch(max_items = 100, max_bytes = 65_536)]`
    fn batch(&mut self, attribute: &Attribute) -> Option<MapOption> {
        const FORM: &str = "batch(max_items = 100)";
        let mut pairs = self.pairs(attribute, &["max_items", "max_bytes"], FORM)?;
        if pairs.is_empty() {
            return self.misshapen(attribute, FORM);
        }
        let mut take = |name: &str| {
            let index = pairs.iter().position(|(known, _)| known == name)?;
            Some(pairs.swap_remove(index).1)
        };
        let (max_items, max_bytes) = (take("max_items"), take("max_bytes"));
        for value in max_items.iter().chain(&max_bytes) {
            self.in_range(value, "batch")?;
        }
        Some(MapOption::Batch { max_items, max_bytes })
    }

    /// `#[result_writer(bucket = "orders", prefix = "results")]`
    fn result_writer(&mut self, attribute: &Attribute) -> Option<MapOption> {
        const FORM: &str = "result_writer(bucket = \"orders\", prefix = \"results\")";
        let pairs = self.pairs(attribute, &["bucket", "prefix"], FORM)?;
        let mut values = ["bucket", "prefix"].map(|name| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        });
        match (values[0].take(), values[1].take()) {
            (Some(bucket), Some(prefix)) => Some(MapOption::ResultWriter { bucket, prefix }),
            _ => self.misshapen(attribute, FORM),
        }
    }

    fn pairs(&mut self, attribute: &Attribute, names: &[&str], form: &str) -> Option<Vec<(String, Expr)>> {
        let Meta::List(list) = &attribute.meta else { return self.misshapen(attribute, form) };
        let parser = Punctuated::<MetaNameValue, Token![,]>::parse_terminated;
        let Ok(read) = parser.parse2(list.tokens.clone()) else { return self.misshapen(attribute, form) };
        let mut pairs = Vec::new();
        for pair in &read {
            let name = shown(&pair.path);
            let twice = pairs.iter().any(|(known, _)| *known == name);
            if !names.contains(&name.as_str()) || twice {
                return self.misshapen(attribute, form);
            }
            pairs.push((name, self.pure(&pair.value)));
        }
        Some(pairs)
    }

    fn label(&self, attribute: &Attribute) -> Option<MapOption> {
        let label = self.text(attribute, "label = \"orders\"")?;
        let text = label.value();
        let wrong =
            text.chars().find(|c| c.is_whitespace() || c.is_control() || "?*<>{}[]:;,\\|^~$#%&`\"".contains(*c));
        let fault = match wrong {
            Some(wrong) => Some(format!("the label contains `{}`", wrong.escape_default())),
            None if text.is_empty() => Some(String::from("the label is empty")),
            None if text.chars().count() > LABEL_MAX => Some(format!("the label has more than {LABEL_MAX} characters")),
            None => None,
        };
        if let Some(fault) = fault {
            self.fault(&label, codes::STATE_NAME, fault).help("write a short name such as `orders`: it stands in ARNs");
            return None;
        }
        Some(MapOption::Label(label))
    }

    /// Whether the attributes belong to what they stand on.
    pub(super) fn map_attributes_fit(&self, attributes: &Attributes, map: Option<bool>) {
        let failed =
            attributes.retry.iter().flat_map(|retry| &retry.on).find(|on| matches!(on.selector, Selector::Failed));
        if let (Some(_), Some(failed)) = (map, failed) {
            self.fault(
                &failed.tokens,
                codes::MAP_ATTRIBUTE,
                "`Failed` does not say which errors of the iterations are meant",
            )
            .help("name them, `on(OrderError::Unavailable)`, or write `on(All)`");
        }
        for MapAttribute { option, span } in &attributes.map {
            let name = option.name();
            match map {
                None => {
                    self.fault_at(
                        *span,
                        codes::MAP_ATTRIBUTE,
                        format!("`#[{name}]` stands on something that maps nothing"),
                    )
                    .help("put it on `try_map(..).await?`");
                }
                Some(false) if option.is_distributed() => {
                    self.fault_at(*span, codes::MAP_ATTRIBUTE, format!("`#[{name}]` stands on `try_map`"))
                        .help("write `try_map_distributed(..)`, whose items are executions of their own, or remove it");
                }
                Some(_) => {}
            }
        }
    }

    /// Those of a statement and its call together.
    pub(super) fn merge_map_attributes(&self, inner: &[MapAttribute], outer: Vec<MapAttribute>) -> Vec<MapAttribute> {
        let mut all = inner.to_vec();
        for attribute in outer {
            let name = attribute.option.name();
            if all.iter().any(|known| known.option.name() == name) {
                self.fault_at(attribute.span, codes::ATTRIBUTE, format!("`#[{name}]` stands there twice"))
                    .help("keep one of them");
            } else {
                all.push(attribute);
            }
        }
        all
    }
}
