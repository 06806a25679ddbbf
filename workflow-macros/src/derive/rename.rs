//! serde's `rename_all` rules.

/// A rule of `rename_all`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rule {
    /// As Rust has it.
    #[default]
    Keep,
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Rule {
    /// serde's name of it; an unknown one is serde's to report.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// A field's name, which Rust writes in snake case.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Self::Keep | Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Pascal => pascal(name),
            Self::Camel => first_lower(&pascal(name)),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// A variant's name, which Rust writes in upper camel case.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Self::Keep | Self::Pascal => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Camel => first_lower(name),
            Self::Snake => snake(name),
            Self::ScreamingSnake => snake(name).to_ascii_uppercase(),
            Self::Kebab => snake(name).replace('_', "-"),
            Self::ScreamingKebab => snake(name).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(name: &str) -> String {
    let mut out = String::new();
    let mut start = true;
    for letter in name.chars() {
        if letter == '_' {
            start = true;
        } else {
            out.push(if start { letter.to_ascii_uppercase() } else { letter });
            start = false;
        }
    }
    out
}

fn first_lower(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn rules_rename_as_serde_does() {
        for (rule, field, variant) in [
            ("lowercase", "order_id", "verytasty"),
            ("UPPERCASE", "ORDER_ID", "VERYTASTY"),
            ("PascalCase", "OrderId", "VeryTasty"),
            ("camelCase", "orderId", "veryTasty"),
            ("snake_case", "order_id", "very_tasty"),
            ("SCREAMING_SNAKE_CASE", "ORDER_ID", "VERY_TASTY"),
            ("kebab-case", "order-id", "very-tasty"),
            ("SCREAMING-KEBAB-CASE", "ORDER-ID", "VERY-TASTY"),
        ] {
            let rule = Rule::parse(rule).unwrap();
            assert_eq!((rule.field("order_id").as_str(), rule.variant("VeryTasty").as_str()), (field, variant));
        }
        assert_eq!(Rule::parse("Camel"), None);
    }
}
