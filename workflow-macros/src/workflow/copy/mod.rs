//! The checked copy: the body as a synchronous function that rustc type-checks and nothing runs.
//!
//! Every token bears a user's span, so that rustc's own words stand on the user's own tokens. What a construct becomes is
//! said at its arm; `__wf` is the runtime's `__private` module.

mod choice;
mod function;
mod map;
mod repeat;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::token::{Brace, Paren};

use self::repeat::{assign, looped};
use super::build::TAKES_SELF;
use super::foreign::raw_of;
use super::model::{
    Attributes, Block, Call, Conversion, ErrReturn, Expr, ExprKind, Failing, FailureIs, Fields, Format, Let, Method,
    Pattern, Statement, Workflow,
};
use super::walk;
use crate::hygiene;
use crate::step::retry;

/// `fn order_flow(order: Order) -> Result<Receipt> { .. }`
pub(crate) fn function(workflow: &Workflow) -> TokenStream {
    let Workflow { lints, output, returns, body, .. } = workflow;
    let name = hygiene::beside(&workflow.function);
    let input = workflow.input.as_ref().map(|input| {
        let (pattern, ty) = (pattern(&input.pattern), &input.ty);
        quote!(#pattern: #ty)
    });
    // The user's own `Result` may be an alias of another error; it is used once, so that its import is.
    let span = returns.span();
    let result = quote_spanned!(span=> __wf::Result<#output, __wf::WorkflowError>);
    let body = block(body, true);
    let express = express_checks(workflow);
    quote! {
        #(#lints)*
        #[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        fn #name(#input) -> #result #body
        let _ = #name;
        #(#express)*
        let _: ::core::option::Option<#returns> = ::core::option::Option::None;
    }
}

/// What an Express workflow calls must be able to run in one; said where it is called.
fn express_checks(workflow: &Workflow) -> Vec<TokenStream> {
    let mut checks = Vec::new();
    if workflow.express {
        walk::block(&workflow.body, &mut |expr| {
            if let ExprKind::Call(call) = &expr.kind
                && call.spawn.is_none()
            {
                let path = &call.path;
                checks.push(quote_spanned!(expr.span=> let _ = __wf::in_express::<#path>;));
            }
        });
    }
    checks
}

/// `{ .. }`; `result` where its tail ends a workflow, group or branch.
fn block(block: &Block, result: bool) -> TokenStream {
    let statements = block.statements.iter().map(statement);
    let tail = block.tail.as_deref().map(|tail| if result { in_result(tail) } else { value(tail) });
    braces(quote!(#(#statements)* #tail), block.span)
}

fn braces(inside: TokenStream, span: Span) -> TokenStream {
    group(Delimiter::Brace, inside, span)
}

fn parens(inside: TokenStream, span: Span) -> TokenStream {
    group(Delimiter::Parenthesis, inside, span)
}

fn group(delimiter: Delimiter, inside: TokenStream, span: Span) -> TokenStream {
    let mut group = Group::new(delimiter, inside);
    group.set_span(span);
    TokenTree::from(group).into()
}

/// Around arguments, with the span of the user's own parentheses.
pub(super) fn surround(paren: Paren, inside: TokenStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    paren.surround(&mut tokens, |tokens| tokens.extend(inside));
    tokens
}

/// Around fields and arms, with the span of the user's own braces.
fn surround_brace(brace: Brace, inside: TokenStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    brace.surround(&mut tokens, |tokens| tokens.extend(inside));
    tokens
}

fn statement(statement: &Statement) -> TokenStream {
    match statement {
        Statement::Let(made) => let_statement(made),
        Statement::Declare { keyword, pattern, ty } => {
            let (pattern, ty) = (self::pattern(pattern), ty.as_ref().map(|ty| quote!(: #ty)));
            quote!(#keyword #pattern #ty;)
        }
        Statement::LetElse(made) => choice::let_else(made),
        Statement::Expr(expr, semi) => {
            let expr = value(expr);
            quote!(#expr #semi)
        }
    }
}

fn let_statement(made: &Let) -> TokenStream {
    let Let { keyword, ty, .. } = made;
    let pattern = pattern(&made.pattern);
    let ty = ty.as_ref().map(|ty| quote!(: #ty));
    let value = value(&made.value);
    // The undo sees what the `let` bound.
    let undo = made.compensate.as_ref().map(|undo| {
        let undo = self::value(undo);
        quote!(let _ = #undo;)
    });
    quote!(#keyword #pattern #ty = #value; #undo)
}

fn pattern(pattern: &Pattern) -> TokenStream {
    match pattern {
        Pattern::Bind(name) => name.to_token_stream(),
        Pattern::Mutable(keyword, name) => quote!(#keyword #name),
        Pattern::Wildcard(span) => quote_spanned!(*span=> _),
        Pattern::Reference(and, inner) => {
            let inner = self::pattern(inner);
            quote!(#and #inner)
        }
        Pattern::Tuple(parts, paren) => {
            let parts = parts.iter().map(self::pattern);
            surround(*paren, quote!(#(#parts,)*))
        }
        Pattern::Struct { path, fields, rest } => {
            let fields = fields.iter().map(|(name, pattern)| match pattern {
                Pattern::Bind(bound) if bound == name => bound.to_token_stream(),
                Pattern::Mutable(keyword, bound) if bound == name => quote!(#keyword #bound),
                pattern => {
                    let pattern = self::pattern(pattern);
                    quote!(#name: #pattern)
                }
            });
            let rest = rest.then(|| quote!(..));
            quote!(#path { #(#fields,)* #rest })
        }
    }
}

/// Where a `Result<T, WorkflowError>` is due: a bare call becomes `Ok(call?)`, since its own error is another one.
fn in_result(expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Call(made) => {
            let call = call(made);
            quote_spanned!(made.end=> __wf::Result::<_, __wf::WorkflowError>::Ok(#call?))
        }
        ExprKind::Paren(inner, _) => in_result(inner),
        ExprKind::Foreign(_) if let Some(raw) = raw_of(expr) => {
            let call = value(expr);
            quote_spanned!(raw.end=> __wf::Result::<_, __wf::WorkflowError>::Ok(#call?))
        }
        ExprKind::Block(inner) => block(inner, true),
        ExprKind::If { .. } => choice::choice(expr, true),
        ExprKind::Match(made) => choice::match_result(made, true),
        ExprKind::MatchValue(made) => choice::match_value(made, true),
        ExprKind::Loop(made) => looped(made, true),
        _ => value(expr),
    }
}

/// Where a value is taken: a variable is copied, since it may be used again.
pub(super) fn value(expr: &Expr) -> TokenStream {
    if !expr.is_place() {
        return place(expr);
    }
    let inner = place(expr);
    let span = root(expr);
    let reference = quote_spanned!(span=> &#inner);
    let arguments = parens(reference, span);
    // From the place's first token to its last, which is all that rustc underlines.
    let last = quote_spanned!(end(expr)=> .0);
    quote_spanned!(span=> __wf::dup #arguments #last)
}

/// The span of a place's last token.
fn end(expr: &Expr) -> Span {
    match &expr.kind {
        ExprKind::Index(.., bracket) => bracket.span.close(),
        ExprKind::Paren(_, paren) => paren.span.close(),
        _ => expr.span,
    }
}

/// The span of a place's first token.
fn root(expr: &Expr) -> Span {
    match &expr.kind {
        ExprKind::Field(base, _) | ExprKind::TupleField(base, _) | ExprKind::Index(base, ..) => root(base),
        ExprKind::Paren(inner, _) => root(inner),
        _ => expr.span,
    }
}

fn values(exprs: &[Expr]) -> TokenStream {
    let exprs = exprs.iter().map(value);
    quote!(#(#exprs),*)
}

/// An expression as it was written, without a copy of the place that it may be.
pub(super) fn place(expr: &Expr) -> TokenStream {
    let span = expr.span;
    match &expr.kind {
        ExprKind::Poison => TokenStream::new(),
        ExprKind::Unit => quote_spanned!(span=> ()),
        ExprKind::Literal(literal) => literal.to_token_stream(),
        ExprKind::Variable(name) => name.to_token_stream(),
        ExprKind::Constant(path) | ExprKind::None(path) => path.to_token_stream(),
        ExprKind::Paren(inner, paren) => surround(*paren, place(inner)),
        ExprKind::Field(base, name) => {
            let base = place(base);
            quote_spanned!(span=> #base.#name)
        }
        ExprKind::TupleField(base, index) => {
            let base = place(base);
            quote_spanned!(span=> #base.#index)
        }
        ExprKind::Index(base, index, bracket) => {
            let (mut base, index) = (place(base), place(index));
            bracket.surround(&mut base, |tokens| tokens.extend(index));
            base
        }
        ExprKind::FailureIs(made) => {
            let FailureIs { failure, name, turbofish, paren, .. } = &**made;
            let (failure, empty) = (place(failure), surround(*paren, TokenStream::new()));
            quote_spanned!(span=> #failure.#name #turbofish #empty)
        }
        ExprKind::Unary(op, inner) => {
            let inner = place(inner);
            quote!(#op #inner)
        }
        ExprKind::Reference(inner) => {
            let inner = place(inner);
            quote_spanned!(span=> &#inner)
        }
        ExprKind::Binary(left, op, right) => {
            // `+` takes the text that it adds to.
            let left = if matches!(op, syn::BinOp::Add(_)) { value(left) } else { place(left) };
            let right = place(right);
            quote!(#left #op #right)
        }
        ExprKind::Cast(inner, ty) => {
            let inner = place(inner);
            quote_spanned!(span=> #inner as #ty)
        }
        ExprKind::Tuple(parts, paren) => {
            let parts = parts.iter().map(value);
            surround(*paren, quote!(#(#parts,)*))
        }
        ExprKind::Closure { parameters, body } => {
            let body = value(body);
            let parameters = parameters.iter().map(|(parameter, ty)| {
                let (parameter, ty) = (pattern(parameter), ty.as_ref().map(|ty| quote!(: #ty)));
                quote!(#parameter #ty)
            });
            quote_spanned!(span=> |#(#parameters),*| #body)
        }
        _ => compound(expr),
    }
}

/// The expressions that have parts of their own.
#[expect(clippy::too_many_lines, reason = "one arm for each kind")]
fn compound(expr: &Expr) -> TokenStream {
    let span = expr.span;
    match &expr.kind {
        ExprKind::If { .. } => choice::choice(expr, false),
        ExprKind::Block(inner) => block(inner, false),
        ExprKind::Struct { path, fields, base, brace } => {
            let fields = named(fields);
            let base = base.as_deref().map(|base| {
                let base = value(base);
                quote!(..#base)
            });
            let fields = surround_brace(*brace, quote!(#fields #base));
            travelling(path, &quote!(#path #fields))
        }
        ExprKind::Variant { path, fields } => travelling(path, &variant(path, fields)),
        ExprKind::List(elements, name) => {
            let elements = group(Delimiter::Bracket, values(elements), span);
            match name {
                Some(name) => quote_spanned!(span=> #name! #elements),
                None => elements,
            }
        }
        ExprKind::Range(..) | ExprKind::Repeat(..) | ExprKind::Function(_) => function::expression(expr),
        ExprKind::Some(path, inner, paren) | ExprKind::Ok(path, inner, paren) => {
            let inner = surround(*paren, value(inner));
            quote!(#path #inner)
        }
        ExprKind::Format(made) => format(made),
        ExprKind::Method(made) => method(made),
        ExprKind::Context(path, field) => quote_spanned!(field.span()=> #path().#field),
        ExprKind::Call(made) => call(made),
        // Closures infer where `async {}` blocks do not.
        ExprKind::TryJoin { branches, .. } => {
            let branches = branches.iter().map(|branch| {
                let branch = value(branch);
                quote_spanned!(span=> #branch?)
            });
            quote_spanned!(span=> (|| -> __wf::Result<_, __wf::WorkflowError> { ::core::result::Result::Ok((#(#branches,)*)) })())
        }
        ExprKind::Group { body, .. } => {
            let body = block(body, true);
            quote_spanned!(span=> (|| -> __wf::Result<_, __wf::WorkflowError> #body)())
        }
        ExprKind::Map(made) => map::call(made),
        ExprKind::Sleep { path, unit_path, amount, .. } => {
            let amount = value(amount);
            quote_spanned!(span=> <#path>::__sleep(#unit_path(#amount)))
        }
        ExprKind::SleepUntil { path, until, .. } => {
            let until = value(until);
            quote_spanned!(span=> <#path>::__sleep(#until))
        }
        ExprKind::Compensate(path, paren) => {
            let empty = surround(*paren, TokenStream::new());
            quote_spanned!(span=> <#path>::__compensate #empty)
        }
        ExprKind::Try(inner, question) => {
            let inner = value(inner);
            quote!(#inner #question)
        }
        ExprKind::Err(made) => err(made),
        ExprKind::Return(keyword, inner) => {
            let inner = inner.as_deref().map(in_result);
            quote!(#keyword #inner)
        }
        ExprKind::Match(made) => choice::match_result(made, false),
        ExprKind::MatchValue(made) => choice::match_value(made, false),
        ExprKind::Let(made) => choice::let_condition(made),
        ExprKind::Matches(made) => choice::matches(made),
        ExprKind::Loop(made) => looped(made, false),
        ExprKind::Break(keyword, label, inner) => {
            // Where a plain value is due, no bare call stands.
            let inner = inner.as_deref().map(in_result);
            quote!(#keyword #label #inner)
        }
        ExprKind::Continue(keyword, label) => quote!(#keyword #label),
        ExprKind::Assign(made) => assign(made),
        ExprKind::Foreign(made) => made.copy(span),
        _ => TokenStream::new(),
    }
}

/// `<validate_order>::__call(order)`
fn call(made: &Call) -> TokenStream {
    let Call { path, arguments, paren, attributes, spawn, .. } = made;
    let arguments = surround(*paren, values(arguments));
    let last = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    let call = quote_spanned!(last=> <#path>::__call);
    let checks = retry_checks(path, attributes);
    let call = match spawn {
        None => quote!(#call #arguments),
        Some(spawn) => {
            let called = parens(quote!(#call #arguments), paren.span.join());
            quote_spanned!(last=> <#spawn>::__started::<#path, _, _> #called)
        }
    };
    if checks.is_empty() { call } else { quote!({ #checks #call }) }
}

/// A retry on a variant that the step does not have is rustc's to report.
fn retry_checks(path: &syn::Path, attributes: &Attributes) -> TokenStream {
    retry::variant_checks(&attributes.retry, &quote!(__wf), &path.to_token_stream())
}

/// A value of the user's type, which must be a `Payload`.
fn travelling(path: &syn::Path, value: &TokenStream) -> TokenStream {
    let last = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    quote_spanned!(last=> __wf::travelling(#value))
}

fn named(fields: &[(syn::Ident, Expr)]) -> TokenStream {
    let fields = fields.iter().map(|(name, field)| {
        let field = value(field);
        quote!(#name: #field,)
    });
    quote!(#(#fields)*)
}

fn variant(path: &syn::Path, fields: &Fields) -> TokenStream {
    match fields {
        Fields::Unit => path.to_token_stream(),
        Fields::Tuple(parts, paren) => {
            let parts = surround(*paren, values(parts));
            quote!(#path #parts)
        }
        Fields::Struct(fields, brace) => {
            let fields = surround_brace(*brace, named(fields));
            quote!(#path #fields)
        }
    }
}

fn err(made: &ErrReturn) -> TokenStream {
    let failure = match &made.failure {
        Failing::Variable(name) => {
            let variable = Expr::new(ExprKind::Variable(name.clone()), name.span());
            value(&variable)
        }
        Failing::Value { path, fields } => variant(path, fields),
        Failing::Poison => TokenStream::new(),
    };
    let converted = match &made.conversion {
        Conversion::None => failure,
        Conversion::Into(into, paren) => {
            let empty = surround(*paren, TokenStream::new());
            quote_spanned!(into.span()=> #failure.#into #empty)
        }
        Conversion::From(from, paren) => {
            let failure = surround(*paren, failure);
            quote!(#from #failure)
        }
    };
    let path = &made.path;
    let inside = surround(made.paren, converted);
    quote!(#path #inside)
}

fn format(made: &Format) -> TokenStream {
    let Format { path, text, arguments, .. } = made;
    let arguments = arguments.iter().map(|(name, argument)| {
        let argument = place(argument);
        let name = name.as_ref().map(|name| quote!(#name =));
        quote!(, #name #argument)
    });
    quote_spanned!(path.span()=> #path!(#text #(#arguments)*))
}

fn method(made: &Method) -> TokenStream {
    let Method { receiver, name, turbofish, arguments, paren, implied } = made;
    if *implied {
        return value(receiver);
    }
    let takes = TAKES_SELF.contains(&hygiene::plain(name).as_str());
    let receiver = if takes { value(receiver) } else { place(receiver) };
    if name == "into" {
        // Only what JSON does not tell apart: text that is borrowed or owned.
        return quote_spanned!(name.span()=> __wf::IntoText::into_text(#receiver));
    }
    let arguments = surround(*paren, values(arguments));
    let call = quote_spanned!(name.span()=> #receiver.#name #turbofish #arguments);
    if name == "collect" && turbofish.is_none() {
        // What it makes is not seen where nothing says it: a list.
        return quote_spanned!(name.span()=> __wf::collected(#call));
    }
    call
}
