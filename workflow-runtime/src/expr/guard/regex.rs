//! How much a regular expression repeats, and what no automaton matches.

/// Atoms, each as often as the counts around it say. An estimate from the text alone: whether it is a regular expression at all
/// is for the library to say.
pub(in super::super) fn weight(pattern: &str) -> usize {
    let mut chars = pattern.chars().peekable();
    // Of each open group: what stands in it so far, and its last atom.
    let mut groups: Vec<(usize, usize)> = vec![(0, 0)];
    while let Some(char) = chars.next() {
        if char == '(' {
            groups.push((0, 0));
            continue;
        }
        let ended = if char == ')' && groups.len() > 1 { groups.pop() } else { None };
        let Some(group) = groups.last_mut() else { break };
        if let Some((sum, last)) = ended {
            *group = (group.0.saturating_add(group.1), sum.saturating_add(last).max(1));
            continue;
        }
        match char {
            '{' => {
                let mut counts = String::new();
                while let Some(next) = chars.next_if(|next| next.is_ascii_digit() || *next == ',') {
                    counts.push(next);
                }
                let most =
                    counts.split(',').map(|count| count.parse::<usize>().unwrap_or(usize::from(!count.is_empty())));
                group.1 = group.1.saturating_mul(most.max().unwrap_or(1).max(1));
            }
            '}' | '*' | '+' | '?' | '|' | '^' | '$' => {}
            '[' => {
                let mut escaped = false;
                for next in chars.by_ref() {
                    if next == ']' && !escaped {
                        break;
                    }
                    escaped = next == '\\' && !escaped;
                }
                *group = (group.0.saturating_add(group.1), 1);
            }
            '\\' => {
                chars.next();
                *group = (group.0.saturating_add(group.1), 1);
            }
            _ => *group = (group.0.saturating_add(group.1), 1),
        }
    }
    groups.into_iter().fold(0_usize, |sum, (inner, last)| sum.saturating_add(inner).saturating_add(last))
}

/// What the library has not, since it matches in linear time: its name.
pub(in super::super) fn beyond(pattern: &str) -> Option<&'static str> {
    let mut class = false;
    let mut rest = pattern;
    while let Some(char) = rest.chars().next() {
        let next = &rest[char.len_utf8()..];
        match char {
            '\\' => {
                let Some(escaped) = next.chars().next() else { break };
                if !class && (escaped.is_ascii_digit() && escaped != '0' || next.starts_with("k<")) {
                    return Some("a back reference");
                }
                rest = &next[escaped.len_utf8()..];
                continue;
            }
            '[' => class = true,
            ']' => class = false,
            '(' if !class && ["?=", "?!", "?<=", "?<!"].iter().any(|sign| next.starts_with(sign)) => {
                return Some("a look ahead or behind");
            }
            _ => {}
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{beyond, weight};

    #[test]
    fn what_needs_backtracking_is_named() {
        for (pattern, what) in [
            ("a(?=b)", Some("a look ahead or behind")),
            ("(?<!a)b", Some("a look ahead or behind")),
            (r"(a)\1", Some("a back reference")),
            (r"(?<x>a)\k<x>", Some("a back reference")),
            (r"(?:a)(?<x>b)\d\\1[(?=\1]\(?=", None),
        ] {
            assert_eq!(beyond(pattern), what, "{pattern}");
        }
    }

    #[test]
    fn counts_multiply_what_they_repeat() {
        assert_eq!(weight("abc"), 3);
        assert_eq!(weight(r"\d{4}-\d{2}-\d{2}"), 10);
        assert_eq!(weight("[0-9a-f]{8}-[0-9a-f]{4}"), 13);
        assert_eq!(weight("(a{10}b){10}"), 110);
        assert_eq!(weight("(a+)+$"), 1);
        assert!(weight("((a{1000}){1000}){1000}") > 1_000_000);
        assert!(weight("a{99999999999999999999999}") >= 1);
    }
}
