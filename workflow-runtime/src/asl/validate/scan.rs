//! Which variables a JSONata expression reads, found by its tokens alone.
//!
//! Strings, quoted names, regular expressions and comments hold no variables; what `$x := ..`, a function's parameters,
//! `@$x` and `#$x` bind is not free.

/// What an expression reads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads<'a> {
    /// Free variables in order of appearance, each once: name without `$`, and whether it is called.
    pub(crate) variables: Vec<(&'a str, bool)>,
    /// First fields of `$states`, each once.
    pub(crate) states_fields: Vec<&'a str>,
}

/// Reads an expression; for one that does not parse the answer is of no use, but there is one.
pub(crate) fn scan(text: &str) -> Reads<'_> {
    let tokens = tokens(text);
    let mut walk =
        Walk { tokens: &tokens, frames: vec![Frame { block: true, ..Frame::default() }], reads: Reads::default() };
    let mut at = 0;
    while at < tokens.len() {
        at = walk.step(at);
    }
    walk.reads
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// Without its `$`: empty for `$`, `$` for `$$`.
    Variable(&'a str),
    Name(&'a str),
    Literal,
    Bind,
    Open(char),
    Close,
    Symbol(char),
}

impl Token<'_> {
    /// Whether a value ends here, so that `/` divides and `(` calls.
    fn ends_operand(self) -> bool {
        matches!(self, Self::Variable(_) | Self::Name(_) | Self::Literal | Self::Close)
    }

    fn is_function(self) -> bool {
        matches!(self, Self::Name("function" | "λ"))
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let operand = tokens.last().is_some_and(|token| token.ends_operand());
        let (token, length) = token(rest, first, operand);
        tokens.extend(token);
        rest = rest.get(length.max(first.len_utf8())..).unwrap_or_default();
    }
    tokens
}

/// The token at the start of the text and its length in bytes; `None` for blanks and comments.
fn token(rest: &str, first: char, after_operand: bool) -> (Option<Token<'_>>, usize) {
    match first {
        c if c.is_whitespace() => (None, c.len_utf8()),
        '/' if rest.starts_with("/*") => (None, rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
        '/' if !after_operand => (Some(Token::Literal), regex_length(rest)),
        '"' | '\'' => (Some(Token::Literal), quoted_length(rest, first)),
        '`' => {
            let end = rest[1..].find('`').map_or(rest.len(), |end| end + 1);
            (Some(Token::Name(&rest[1..end])), end + 1)
        }
        '$' => {
            let name = &rest[1..];
            let name = &name[..name_length(name)];
            (Some(Token::Variable(name)), 1 + name.len())
        }
        '(' | '[' | '{' => (Some(Token::Open(first)), 1),
        ')' | ']' | '}' => (Some(Token::Close), 1),
        ':' if rest.starts_with(":=") => (Some(Token::Bind), 2),
        c if is_name(c) => {
            let name = &rest[..name_length(rest)];
            let token = match name {
                "and" | "or" | "in" if after_operand => Token::Symbol('&'),
                _ if c.is_ascii_digit() => Token::Literal,
                _ => Token::Name(name),
            };
            (Some(token), name.len())
        }
        c => (Some(Token::Symbol(c)), c.len_utf8()),
    }
}

fn is_name(c: char) -> bool {
    !c.is_whitespace() && !"()[]{}.,:;?+-*/%|=<>^&!~@#'\"`".contains(c)
}

/// `$$` is the name `$`; a name ends before whatever cannot stand in one.
fn name_length(text: &str) -> usize {
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn regex_length(rest: &str) -> usize {
    let (mut escaped, mut depth) = (false, 0_usize);
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                let flags = rest[at + 1..].find(|c| !matches!(c, 'g' | 'i' | 'm')).unwrap_or(rest.len() - at - 1);
                return at + 1 + flags;
            }
            _ => {}
        }
    }
    rest.len()
}

#[derive(Default)]
struct Frame<'a> {
    /// A `( .. )` block or a function's body, where bindings live.
    block: bool,
    bound: Vec<&'a str>,
    /// Bound from the next `;` on.
    pending: Vec<&'a str>,
}

struct Walk<'t, 'a> {
    tokens: &'t [Token<'a>],
    frames: Vec<Frame<'a>>,
    reads: Reads<'a>,
}

impl<'a> Walk<'_, 'a> {
    fn peek(&self, at: usize) -> Option<Token<'a>> {
        self.tokens.get(at).copied()
    }

    /// Takes the token at this place; yields the place to go on from.
    fn step(&mut self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|at| self.peek(at));
        match self.tokens[at] {
            token if token.is_function() && self.peek(at + 1) == Some(Token::Open('(')) => {
                return self.function(at + 2);
            }
            Token::Open(bracket) => {
                let called = before.is_some_and(Token::ends_operand);
                self.frames.push(Frame { block: bracket == '(' && !called, ..Frame::default() });
            }
            Token::Close if self.frames.len() > 1 => {
                self.frames.pop();
            }
            Token::Symbol(';') => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.bound.append(&mut frame.pending);
                }
            }
            Token::Variable(name) => self.variable(name, at, before),
            _ => {}
        }
        at + 1
    }

    /// Reads parameters up to the body's `{`, which opens their frame.
    fn function(&mut self, mut at: usize) -> usize {
        let mut frame = Frame { block: true, ..Frame::default() };
        while let Some(token) = self.peek(at) {
            at += 1;
            match token {
                Token::Variable(name) => frame.bound.push(name),
                Token::Open('{') => break,
                _ => {}
            }
        }
        self.frames.push(frame);
        at
    }

    fn variable(&mut self, name: &'a str, at: usize, before: Option<Token<'a>>) {
        if matches!(before, Some(Token::Symbol('@' | '#'))) {
            return self.block().bound.push(name);
        }
        if self.peek(at + 1) == Some(Token::Bind) {
            let recursive = self.peek(at + 2).is_some_and(Token::is_function);
            let block = self.block();
            if recursive {
                block.bound.push(name);
            } else {
                block.pending.push(name);
            }
            return;
        }
        if name.is_empty() || name == "$" || self.frames.iter().any(|frame| frame.bound.contains(&name)) {
            return;
        }
        if name == "states" {
            if let (Some(Token::Symbol('.')), Some(Token::Name(field))) = (self.peek(at + 1), self.peek(at + 2))
                && !self.reads.states_fields.contains(&field)
            {
                self.reads.states_fields.push(field);
            }
            return;
        }
        if !self.reads.variables.iter().any(|(known, _)| *known == name) {
            self.reads.variables.push((name, self.peek(at + 1) == Some(Token::Open('('))));
        }
    }

    /// The innermost frame that bindings live in.
    fn block(&mut self) -> &mut Frame<'a> {
        let at = self.frames.iter().rposition(|frame| frame.block).unwrap_or(0);
        &mut self.frames[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> String {
        scan(text)
            .variables
            .iter()
            .map(|(name, called)| if *called { format!("{name}()") } else { (*name).to_owned() })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn free_variables_are_found_and_nothing_else() {
        for (text, expected) in [
            ("$a + $b.c[$i]", "a b i"),
            ("'$x' & \"$y \\\" $z\" & `$w`", ""),
            ("/* $x */ $y", "y"),
            ("$match($s, /\\$x[/$y]/i)", "match() s"),
            ("$a / $b / $c", "a b c"),
            ("($x := $y; $x + $z)", "y z"),
            ("($x := $x; $x)", "x"),
            ("($f := function($n){ $n = 0 ? 1 : $n * $f($n - 1) }; $f($k))", "k"),
            ("$map($xs, function($v, $i){ $v + $i + $w }) + $v", "map() xs w v"),
            ("$map($xs, λ($v)<n:n>{ $v })", "map() xs"),
            ("$states.input.a@$x.b#$i.{'v': $x, 'i': $i, 'y': $y}", "y"),
            ("($x := 1; ($y := 2; $x + $y) + $y)", "y"),
            ("[$x][$y] ~> $sum", "x y sum"),
            ("a.b in $list and $ok", "list ok"),
            ("$states.input.items[price > $limit]", "limit"),
            ("$größe + $$ + $", "größe"),
            ("'unterminated $x", ""),
            ("$a.($b := $c; $b)", "a c"),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn fields_of_states_are_found() {
        let reads =
            scan("$states.input.result + $states.`errorOutput`.Cause & $states.context.Task.Token & $states.input");
        assert_eq!(reads.states_fields, ["input", "errorOutput", "context"]);
        assert!(reads.variables.is_empty());
    }
}
