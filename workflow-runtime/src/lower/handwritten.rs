//! JSONata that people wrote, with the names that it was given: how it becomes part of an expression.

use super::term::Term;

/// A text and what its free variables stand for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Handwritten {
    /// As it was written, trimmed.
    pub(super) text: String,
    /// Each variable without `$`, and its value.
    pub(super) bindings: Vec<(String, Term)>,
    /// It reads `$states.result` or `$states.errorOutput`.
    pub(super) reads_state: bool,
    /// What it must yield.
    pub(super) shape: Shape,
}

/// What a text is made to yield whatever JSONata makes of its sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Whatever it yields.
    Any,
    /// An array, also of one element or none.
    List,
    /// A value or `null`.
    Optional,
}

impl Handwritten {
    /// The text with its variables, each given as it is written here. The flag says that it holds together as one word.
    pub(super) fn write(&self, bindings: &[(String, bool)]) -> (String, bool) {
        let mut text = self.text.clone();
        let mut bound: Vec<(&str, &str)> = Vec::new();
        for ((name, _), (value, is_path)) in self.bindings.iter().zip(bindings) {
            if value.strip_prefix('$') == Some(name) {
                continue;
            }
            match is_path.then(|| replaced(&text, name, value)).flatten() {
                // A value that was put in may hold a `$` of its own that a later name must not meet.
                Some(with) if !self.bindings.iter().any(|(other, _)| mentions(value, other)) => text = with,
                _ => bound.push((name, value)),
            }
        }
        let (text, word) = match bound.as_slice() {
            [] => (text, false),
            bound if bound.iter().any(|(_, value)| bound.iter().any(|(name, _)| mentions(value, name))) => {
                // One value speaks of a variable that another name would hide.
                let names: Vec<String> = bound.iter().map(|(name, _)| format!("${name}")).collect();
                let values: Vec<&str> = bound.iter().map(|(_, value)| *value).collect();
                (format!("(function({}) {{ {text} }})({})", names.join(", "), values.join(", ")), true)
            }
            bound => {
                let bound: Vec<String> = bound.iter().map(|(name, value)| format!("${name} := {value}; ")).collect();
                (format!("( {}{text} )", bound.concat()), true)
            }
        };
        match self.shape {
            Shape::Any => (text, word),
            Shape::List if is_list(&text) => (text, true),
            Shape::List => (format!("[{text}]"), true),
            Shape::Optional => (format!("( $yielded := {text}; $exists($yielded) ? $yielded : null )"), true),
        }
    }

    /// Whether it yields something else each time.
    pub(super) fn is_volatile(&self) -> bool {
        ["random", "uuid", "now", "millis", "shuffle"].iter().any(|name| mentions(&self.text, name))
    }
}

/// Whether the whole text is one array constructor, which another would nest.
fn is_list(text: &str) -> bool {
    if !text.starts_with('[') {
        return false;
    }
    let mut depth = 0_u32;
    let mut code = Code::new(text);
    while let Some((at, letter)) = code.next_code() {
        match letter {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// Whether `$name` stands in the text.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    occurrences(text, name).is_none_or(|found| !found.is_empty())
}

/// Where `$name` stands as code; `None` where that cannot be told (a regular expression looks like a division).
fn occurrences(text: &str, name: &str) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    let mut code = Code::new(text);
    while let Some((at, letter)) = code.next_code() {
        if letter == '/' {
            return None;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        if letter == '$'
            && let Some(after) = rest.strip_prefix(name)
            && !after.starts_with(is_word)
        {
            found.push(at);
        }
    }
    Some(found)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// The text with a path in place of `$name`; `None` where the path would mean something else there.
fn replaced(text: &str, name: &str, path: &str) -> Option<String> {
    let found = occurrences(text, name)?;
    let mut replaced = String::new();
    let mut from = 0;
    for at in found {
        let before = text.get(..at)?.trim_end();
        let rest = text.get(at + 1 + name.len()..)?;
        let after = rest.trim_start();
        // Another step of a path, a parameter or a binding of its own, or something that is applied to the last step only.
        let inner = before.ends_with(['.', '@', '#'])
            || after.starts_with(['[', '(', '{', '^', '@', '#'])
            || after.starts_with(":=");
        if inner || is_parameter(before) {
            return None;
        }
        replaced.push_str(text.get(from..at)?);
        replaced.push_str(path);
        from = at + 1 + name.len();
    }
    replaced.push_str(text.get(from..)?);
    Some(replaced)
}

/// Whether what follows stands in the parameter list of a function.
fn is_parameter(before: &str) -> bool {
    let Some(open) = before.rfind('(') else { return false };
    let (head, list) = before.split_at(open);
    let head = head.trim_end();
    (head.ends_with("function") || head.ends_with('λ')) && !list.contains(')')
}

/// The letters of a text that are code: no strings, quoted names or comments.
struct Code<'t> {
    letters: std::iter::Peekable<std::str::CharIndices<'t>>,
}

impl<'t> Code<'t> {
    fn new(text: &'t str) -> Self {
        Self { letters: text.char_indices().peekable() }
    }

    fn next_code(&mut self) -> Option<(usize, char)> {
        loop {
            let (at, letter) = self.letters.next()?;
            match letter {
                '\'' | '"' | '`' => self.skip_quoted(letter),
                '/' if self.letters.peek().is_some_and(|(_, next)| *next == '*') => {
                    let mut star = false;
                    self.letters.next();
                    for (_, letter) in self.letters.by_ref() {
                        if star && letter == '/' {
                            break;
                        }
                        star = letter == '*';
                    }
                }
                _ => return Some((at, letter)),
            }
        }
    }

    fn skip_quoted(&mut self, quote: char) {
        while let Some((_, letter)) = self.letters.next() {
            if letter == '\\' && quote != '`' {
                self.letters.next();
            } else if letter == quote {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, bindings: &[(&str, &str, bool)], shape: Shape) -> String {
        let handwritten = Handwritten {
            text: text.to_owned(),
            bindings: bindings.iter().map(|(name, ..)| ((*name).to_owned(), Term::null())).collect(),
            reads_state: false,
            shape,
        };
        let values: Vec<(String, bool)> =
            bindings.iter().map(|(_, value, path)| ((*value).to_owned(), *path)).collect();
        handwritten.write(&values).0
    }

    #[test]
    fn a_path_stands_where_its_name_stood() {
        for (text, expected) in [
            ("$sum($items.cents)", "$sum($a.b.cents)"),
            ("$items", "$a.b"),
            ("$count($items) > 1 ? '$items' : $itemsOf", "$count($a.b) > 1 ? '$items' : $itemsOf"),
            // A position would be one of the path's last step.
            ("$items[0]", "( $items := $a.b; $items[0] )"),
            ("$map($x, function($items) { $items })", "( $items := $a.b; $map($x, function($items) { $items }) )"),
            ("($items := 1; $items)", "( $items := $a.b; ($items := 1; $items) )"),
            ("$items ~> /x/", "( $items := $a.b; $items ~> /x/ )"),
        ] {
            assert_eq!(written(text, &[("items", "$a.b", true)], Shape::Any), expected, "{text}");
        }
    }

    #[test]
    fn other_values_are_bound_and_none_hides_another() {
        assert_eq!(
            written("$a + $b", &[("a", "$a", true), ("b", "1 + 2", false)], Shape::Any),
            "( $b := 1 + 2; $a + $b )"
        );
        assert_eq!(
            written("$a - $b", &[("a", "$b", true), ("b", "$a", true)], Shape::Any),
            "(function($a, $b) { $a - $b })($b, $a)"
        );
    }

    #[test]
    fn lists_and_options_are_what_they_are_said_to_be() {
        assert_eq!(written("$x.y", &[], Shape::List), "[$x.y]");
        assert_eq!(written("[$x.y]", &[], Shape::List), "[$x.y]");
        assert_eq!(written("[1][0] & ']'", &[], Shape::List), "[[1][0] & ']']");
        assert_eq!(written("$x.y", &[], Shape::Optional), "( $yielded := $x.y; $exists($yielded) ? $yielded : null )");
    }
}
