//! Tokens to syntax tree, by operator precedence; the whole grammar of JSONata 2.0.6, so `??` and `?:` are no part of it.

use super::ast::{Ast, Op};
use super::lexer::{Lexer, Token};

/// Deeper trees are refused: whoever walks one does so on the native stack. Step Functions evaluates 100 levels.
const HEIGHT_MAX: usize = 200;

/// Longer texts are refused: names are looked up one by one. A definition has at most 1 MiB.
const LENGTH_MAX: usize = 256 << 10;

/// A tree and its height.
type Tree = (Ast, usize);
type Parse<T> = Result<T, String>;

/// Parses a whole expression; the error is the reference parser's text without its code.
pub(super) fn parse(source: &str) -> Parse<Ast> {
    if source.len() > LENGTH_MAX {
        return Err(format!("The expression has more than {LENGTH_MAX} characters"));
    }
    let mut parser = Parser { lexer: Lexer::new(source), token: Token::End, nesting: 0 };
    parser.advance(false)?;
    let (tree, _) = parser.expression(0)?;
    if parser.token != Token::End {
        return Err(format!("Syntax error: {}", shown(&parser.token)));
    }
    Ok(tree)
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    token: Token,
    nesting: usize,
}

/// How strongly an operator binds what stands left of it.
fn binding(token: &Token) -> u8 {
    let Token::Operator(symbol) = token else { return 0 };
    match *symbol {
        "." => 75,
        "[" | "(" | "@" | "#" => 80,
        "{" => 70,
        "*" | "/" | "%" | "**" => 60,
        "+" | "-" | "&" => 50,
        "=" | "<" | ">" | "^" | "!=" | "<=" | ">=" | "~>" | "in" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(text) | Token::Variable(text) | Token::Text(text) => format!("\"{text}\""),
        Token::Operator(symbol) => format!("\"{symbol}\""),
        Token::Number(number) => number.to_text(),
        Token::Regex { pattern, .. } => format!("/{pattern}/"),
        Token::True => "true".to_owned(),
        Token::False => "false".to_owned(),
        Token::Null => "null".to_owned(),
        Token::End => "\"(end)\"".to_owned(),
    }
}

fn boxed(tree: Tree, height: &mut usize) -> Box<Ast> {
    *height = (*height).max(tree.1);
    Box::new(tree.0)
}

impl Parser<'_> {
    /// Steps to the next token; `infix` where an operand has just ended.
    fn advance(&mut self, infix: bool) -> Parse<Token> {
        let next = self.lexer.next(infix)?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn at(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Operator(at) if at == symbol)
    }

    fn expect(&mut self, symbol: &str, infix: bool) -> Parse<()> {
        if self.at(symbol) {
            self.advance(infix)?;
            return Ok(());
        }
        Err(match &self.token {
            Token::End => format!("Expected \"{symbol}\" before end of expression"),
            other => format!("Expected \"{symbol}\", got {}", shown(other)),
        })
    }

    fn expression(&mut self, strength: u8) -> Parse<Tree> {
        self.nesting += 1;
        if self.nesting > HEIGHT_MAX {
            return Err(format!("The expression is nested more than {HEIGHT_MAX} levels deep"));
        }
        let mut left = self.prefix()?;
        while strength < binding(&self.token) {
            left = self.infix(left)?;
            if left.1 > HEIGHT_MAX {
                return Err(format!("The expression is nested more than {HEIGHT_MAX} levels deep"));
            }
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Parse<Tree> {
        let token = self.advance(true)?;
        let leaf = match token {
            Token::Name(name) => Ast::Name(name),
            Token::Variable(name) => Ast::Variable(name),
            Token::Text(text) => Ast::Text(text),
            Token::Number(number) => Ast::Number(number),
            Token::True => Ast::Bool(true),
            Token::False => Ast::Bool(false),
            Token::Null => Ast::Null,
            Token::Regex { pattern, flags } => Ast::Regex { pattern, flags },
            Token::End => return Err("Unexpected end of expression".to_owned()),
            Token::Operator(symbol) => return self.prefix_operator(symbol),
        };
        Ok((leaf, 1))
    }

    fn prefix_operator(&mut self, symbol: &'static str) -> Parse<Tree> {
        let mut height = 0;
        let ast = match symbol {
            "and" | "or" | "in" => Ast::Name(symbol.to_owned()),
            "*" | "**" | "%" => Ast::Wild,
            "-" => match self.expression(70)? {
                (Ast::Number(number), _) => Ast::Number(number.negated()),
                tree => Ast::Negate(boxed(tree, &mut height)),
            },
            "(" => {
                let mut expressions = Vec::new();
                while !self.at(")") {
                    expressions.push(*boxed(self.expression(0)?, &mut height));
                    if !self.at(";") {
                        break;
                    }
                    self.advance(false)?;
                }
                self.expect(")", true)?;
                Ast::Block(expressions)
            }
            "[" => {
                let items = self.items(&mut height)?;
                self.expect("]", true)?;
                Ast::Array(items)
            }
            "{" => Ast::Object(self.pairs(&mut height)?),
            "|" => {
                let pattern = boxed(self.expression(0)?, &mut height);
                self.expect("|", false)?;
                let update = boxed(self.expression(0)?, &mut height);
                let mut delete = None;
                if self.at(",") {
                    self.advance(false)?;
                    delete = Some(boxed(self.expression(0)?, &mut height));
                }
                self.expect("|", false)?;
                Ast::Transform(pattern, update, delete)
            }
            other => return Err(format!("The symbol \"{other}\" cannot be used as a unary operator")),
        };
        Ok((ast, height + 1))
    }

    fn items(&mut self, height: &mut usize) -> Parse<Vec<Ast>> {
        let mut items = Vec::new();
        if self.at("]") {
            return Ok(items);
        }
        loop {
            let mut item = self.expression(0)?;
            if self.at("..") {
                self.advance(false)?;
                let end = self.expression(0)?;
                let tall = item.1.max(end.1) + 1;
                item = (Ast::Range(Box::new(item.0), Box::new(end.0)), tall);
            }
            items.push(*boxed(item, height));
            if !self.at(",") {
                return Ok(items);
            }
            self.advance(false)?;
        }
    }

    fn pairs(&mut self, height: &mut usize) -> Parse<Vec<(Ast, Ast)>> {
        let mut pairs = Vec::new();
        while !self.at("}") || !pairs.is_empty() {
            let key = *boxed(self.expression(0)?, height);
            self.expect(":", false)?;
            pairs.push((key, *boxed(self.expression(0)?, height)));
            if !self.at(",") {
                break;
            }
            self.advance(false)?;
        }
        self.expect("}", true)?;
        Ok(pairs)
    }

    fn infix(&mut self, left: Tree) -> Parse<Tree> {
        let strength = binding(&self.token);
        let Token::Operator(symbol) = self.advance(false)? else { return Ok(left) };
        if symbol == "[" && self.at("]") {
            // As in the reference, a `/` right behind `[]` opens a regex.
            self.advance(false)?;
            return Ok((keep_array(left.0), left.1 + 1));
        }
        let mut height = 0;
        let target = boxed(left, &mut height);
        if let Some(op) = Op::from_symbol(symbol) {
            let right = boxed(self.expression(strength)?, &mut height);
            return Ok((Ast::Binary(op, target, right), height + 1));
        }
        let ast = match symbol {
            "." => Ast::Dot(target, boxed(self.expression(strength)?, &mut height)),
            "[" => {
                let predicate = boxed(self.expression(0)?, &mut height);
                self.expect("]", true)?;
                Ast::Filter(target, predicate)
            }
            "(" => return self.call(*target, height),
            "{" => Ast::Group(target, self.pairs(&mut height)?),
            "^" => Ast::Sort(target, self.terms(&mut height)?),
            "@" | "#" => match self.expression(strength)?.0 {
                Ast::Variable(name) => Ast::Focus(target, name),
                _ => return Err(format!("The right side of \"{symbol}\" must be a variable name (start with $)")),
            },
            ":=" => match *target {
                Ast::Variable(name) => Ast::Bind(name, boxed(self.expression(strength - 1)?, &mut height)),
                _ => return Err("The left side of := must be a variable name (start with $)".to_owned()),
            },
            "~>" => Ast::Chain(target, boxed(self.expression(strength)?, &mut height)),
            "?" => {
                let then = boxed(self.expression(0)?, &mut height);
                let mut otherwise = None;
                if self.at(":") {
                    self.advance(false)?;
                    otherwise = Some(boxed(self.expression(0)?, &mut height));
                }
                Ast::Condition(target, then, otherwise)
            }
            other => return Err(format!("Syntax error: \"{other}\"")),
        };
        Ok((ast, height + 1))
    }

    fn terms(&mut self, height: &mut usize) -> Parse<Vec<Ast>> {
        self.expect("(", false)?;
        let mut terms = Vec::new();
        loop {
            if self.at("<") || self.at(">") {
                self.advance(false)?;
            }
            terms.push(*boxed(self.expression(0)?, height));
            if !self.at(",") {
                break;
            }
            self.advance(false)?;
        }
        self.expect(")", true)?;
        Ok(terms)
    }

    fn call(&mut self, callee: Ast, mut height: usize) -> Parse<Tree> {
        let (mut arguments, mut partial) = (Vec::new(), false);
        while !self.at(")") || partial || !arguments.is_empty() {
            if self.at("?") {
                self.advance(true)?;
                partial = true;
            } else {
                arguments.push(*boxed(self.expression(0)?, &mut height));
            }
            if !self.at(",") {
                break;
            }
            self.advance(false)?;
        }
        self.expect(")", true)?;
        if matches!(&callee, Ast::Name(name) if name == "function" || name == "\u{3bb}") {
            return self.lambda(arguments);
        }
        let ast =
            if partial { Ast::Partial(Box::new(callee), arguments) } else { Ast::Call(Box::new(callee), arguments) };
        Ok((ast, height + 1))
    }

    fn lambda(&mut self, arguments: Vec<Ast>) -> Parse<Tree> {
        let mut params = Vec::new();
        for (at, argument) in arguments.into_iter().enumerate() {
            let Ast::Variable(name) = argument else {
                return Err(format!(
                    "Parameter {} of function definition must be a variable name (start with $)",
                    at + 1
                ));
            };
            params.push(name);
        }
        let signature = self.at("<");
        if signature {
            let mut depth = 0;
            while !self.at("{") && self.token != Token::End {
                depth += i32::from(self.at("<")) - i32::from(self.at(">"));
                self.advance(true)?;
                if depth == 0 {
                    break;
                }
            }
        }
        self.expect("{", false)?;
        let mut height = 0;
        let body = boxed(self.expression(0)?, &mut height);
        self.expect("}", true)?;
        Ok((Ast::Lambda { params, signature, body }, height + 1))
    }
}

/// `a[b][]` keeps the array at `a`, below its filters.
fn keep_array(ast: Ast) -> Ast {
    match ast {
        Ast::Filter(base, predicate) => Ast::Filter(Box::new(keep_array(*base)), predicate),
        kept @ Ast::Keep(_) => kept,
        other => Ast::Keep(Box::new(other)),
    }
}
