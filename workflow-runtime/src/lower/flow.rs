//! Ways that part and meet: `if`, `match`, groups, joins, compensation.

use super::build::{ALL, Builder, Frame, Want};
use super::graph::{ContainerId, EdgeRef, FailName, Kind, NodeId, Target};
use super::ir::{
    Arm, At, Attributes, Block, ErrorOf, Expr, ExprKind, FailurePattern, Pattern, ResultPattern, VariantFields,
};
use super::term::{Term, VarId};
use super::typed::{Typed, enum_variants, read_field};
use crate::asl::Retrier;
use crate::payload::{Content, Representation, Type};
use crate::step::{ErrorShape, MessagePiece, RetryOn, RetrySpec};

const TIMEOUT: [&str; 2] = ["States.Timeout", "Sandbox.Timedout"];
const HEARTBEAT: &str = "States.HeartbeatTimeout";

impl Builder<'_> {
    /// `if` whose ways hold states, or end.
    pub(super) fn choice(
        &mut self,
        condition: &'static Expr,
        then: &'static Block,
        otherwise: Option<&'static Expr>,
        attributes: &'static Attributes,
        want: Want,
        at: At,
    ) -> Typed {
        let value = self.eval(condition);
        let condition = self.settle(value).defined();
        let node = self.add(Kind::Choice(Vec::new()), attributes, at);
        self.conditional += 1;
        let mut ends = Vec::new();
        self.rule(node, condition, then, want, &mut ends);
        let mut rest = otherwise;
        loop {
            self.open = vec![EdgeRef::Next(node)];
            match rest.map(|rest| &rest.kind) {
                // `else if` is a further rule of the same Choice, unless its condition needs a state of its own.
                Some(ExprKind::If { condition, then, otherwise, attributes })
                    if !self.has_states(condition) && attributes.state.is_none() =>
                {
                    let condition = self.eval(condition).defined();
                    self.rule(node, condition, then, want, &mut ends);
                    rest = *otherwise;
                }
                Some(_) => {
                    let value = rest.map_or_else(Typed::unit, |rest| self.want(rest, want));
                    ends.push((std::mem::take(&mut self.open), value));
                    break;
                }
                None => {
                    ends.push((std::mem::take(&mut self.open), Typed::unit()));
                    break;
                }
            }
        }
        self.conditional -= 1;
        self.merge(ends)
    }

    fn rule(
        &mut self,
        node: NodeId,
        condition: Term,
        then: &'static Block,
        want: Want,
        ends: &mut Vec<(Vec<EdgeRef>, Typed)>,
    ) {
        if let Kind::Choice(rules) = &mut self.graph.nodes[node.0].kind {
            rules.push((condition, super::graph::Edge::default()));
            self.open = vec![EdgeRef::Rule(node, rules.len() - 1)];
        }
        let value = self.block(then, want);
        ends.push((std::mem::take(&mut self.open), value));
    }

    /// `async { .. }.await`: its value; failures go to `handler`, or outwards.
    pub(super) fn group(&mut self, body: &'static Block, handler: Option<VarId>) -> Typed {
        let (value, _) = self.grouped(body, handler);
        value
    }

    /// A group whose failures are caught: its value, and the ways that failed with the failure in `var`.
    pub(super) fn caught_group(&mut self, body: &'static Block, var: VarId) -> (Typed, Vec<EdgeRef>) {
        self.grouped(body, Some(var))
    }

    fn grouped(&mut self, body: &'static Block, handler: Option<VarId>) -> (Typed, Vec<EdgeRef>) {
        self.frames.push(Frame::Group { exits: Vec::new(), handler: handler.map(|var| (var, Vec::new())) });
        let value = self.body(body);
        self.exit(value);
        let Some(Frame::Group { exits, handler }) = self.frames.pop() else { return (Typed::poison(), Vec::new()) };
        let value = self.merge(exits);
        (value, handler.map(|(_, failed)| failed).unwrap_or_default())
    }

    /// `try_join!`: a Parallel and the type of its results.
    pub(super) fn join(
        &mut self,
        branches: &'static [Expr],
        attributes: &'static Attributes,
        at: At,
    ) -> (NodeId, Type) {
        let containers: Vec<ContainerId> = branches.iter().map(|_| self.graph.container()).collect();
        let node = self.add(Kind::Parallel(containers.clone()), attributes, at);
        let mut types = Vec::new();
        for (branch, container) in branches.iter().zip(containers) {
            let outer = (
                std::mem::replace(&mut self.open, vec![EdgeRef::Start(container)]),
                std::mem::replace(&mut self.container, container),
            );
            let frames = std::mem::replace(
                &mut self.frames,
                vec![
                    Frame::Body { undos: Vec::new(), failed: Vec::new(), error: None },
                    Frame::Group { exits: Vec::new(), handler: None },
                ],
            );
            let value = match &branch.kind {
                ExprKind::Group { body, .. } => self.body(body),
                _ => self.want(branch, Want::Success),
            };
            self.exit(value);
            let exits = match self.frames.pop() {
                Some(Frame::Group { exits, .. }) => exits,
                _ => Vec::new(),
            };
            let mut ty = Type::Unit;
            for (index, (edges, value)) in exits.into_iter().enumerate() {
                ty = if index == 0 { value.ty.clone() } else { self.common_type(&ty, &value.ty) };
                let term = value.defined();
                for edge in edges {
                    self.graph.edge_mut(edge).target = Target::End(term.clone());
                }
            }
            types.push(ty);
            self.frames = frames;
            (self.open, self.container) = outer;
        }
        (node, Type::Tuple(types))
    }

    // ---- match on a result

    pub(super) fn match_result(&mut self, scrutinee: &'static Expr, arms: &'static [Arm], want: Want) -> Typed {
        self.conditional += 1;
        let mut ends = Vec::new();
        match &scrutinee.kind {
            ExprKind::Call { step, arguments, attributes } => {
                let node = self.call(*step, arguments, attributes, scrutinee.at);
                let value = self.result_of(node);
                let shape = step().error;
                self.ok_arm(arms, value, want, &mut ends);
                self.error_arms(node, arms, &shape, want, &mut ends);
            }
            ExprKind::TryJoin { branches, attributes } => {
                let (node, ty) = self.join(branches, attributes, scrutinee.at);
                self.ok_arm(arms, Typed::new(Term::Result, ty), want, &mut ends);
                self.error_arms(
                    node,
                    arms,
                    &ErrorShape { name: "", variants: Vec::new(), ty: Type::Unit },
                    want,
                    &mut ends,
                );
            }
            ExprKind::Group { body, .. } => {
                let var = self.graph.var(failure_name(arms), "failure");
                let (value, failed) = self.caught_group(body, var);
                self.ok_arm(arms, value, want, &mut ends);
                self.open = failed;
                if !self.open.is_empty() {
                    self.group_arm(arms, var, want, &mut ends);
                }
            }
            _ => self.fault("WF1310", scrutinee.at, "`match` takes the `Result` of a call, a group or `try_join!`"),
        }
        self.conditional -= 1;
        self.merge(ends)
    }

    fn ok_arm(&mut self, arms: &'static [Arm], value: Typed, want: Want, ends: &mut Vec<(Vec<EdgeRef>, Typed)>) {
        let arm = arms.iter().find(|arm| matches!(arm.pattern, ResultPattern::Ok(_) | ResultPattern::Any));
        let Some(arm) = arm else { return };
        self.scopes.push(Vec::new());
        if let ResultPattern::Ok(pattern) = &arm.pattern {
            self.bind(pattern, value);
        }
        let value = self.want(&arm.body, want);
        self.scopes.pop();
        ends.push((std::mem::take(&mut self.open), value));
    }

    fn group_arm(&mut self, arms: &'static [Arm], var: VarId, want: Want, ends: &mut Vec<(Vec<EdgeRef>, Typed)>) {
        for arm in arms {
            let bound = match &arm.pattern {
                ResultPattern::Err([FailurePattern::All(bound)]) => *bound,
                ResultPattern::Any => None,
                ResultPattern::Ok(_) => continue,
                ResultPattern::Err(_) => {
                    self.fault(
                        "WF1310",
                        arm.at,
                        "a group's failure has no declared names: only `Err(failure)` and `Err(_)`",
                    );
                    continue;
                }
            };
            self.scopes.push(Vec::new());
            if let (Some(name), Some(scope)) = (bound, self.scopes.last_mut()) {
                scope.push((name, Typed::failure(Term::Var(var))));
            }
            let value = self.want(&arm.body, want);
            self.scopes.pop();
            ends.push((std::mem::take(&mut self.open), value));
            return;
        }
    }

    fn error_arms(
        &mut self,
        node: NodeId,
        arms: &'static [Arm],
        shape: &ErrorShape,
        want: Want,
        ends: &mut Vec<(Vec<EdgeRef>, Typed)>,
    ) {
        let heartbeat = matches!(&self.graph.nodes[node.0].kind, Kind::Task(task) if task.heartbeat_seconds.is_some());
        let mut taken: Vec<&'static str> = Vec::new();
        // Names in the order of the arms; what takes everything else comes last, as ASL wants it.
        let mut caught: Vec<(Vec<String>, &'static Arm)> = Vec::new();
        let mut all: Option<&'static Arm> = None;
        for arm in arms {
            let patterns: &'static [FailurePattern] = match &arm.pattern {
                ResultPattern::Err(patterns) => patterns,
                ResultPattern::Any => &[FailurePattern::All(None)],
                ResultPattern::Ok(_) => continue,
            };
            let mut names: Vec<String> = Vec::new();
            for pattern in patterns {
                match pattern {
                    FailurePattern::Variant { error, variant, .. } => {
                        let found = error().variants.into_iter().find(|found| found.ident == *variant);
                        names.extend(
                            found.filter(|found| !taken.contains(&found.name)).map(|found| found.name.to_owned()),
                        );
                        taken.extend(found.map(|found| found.name));
                    }
                    FailurePattern::Failed(_) => {
                        names.extend(
                            shape.variants.iter().filter(|it| !taken.contains(&it.name)).map(|it| it.name.to_owned()),
                        );
                        taken.extend(shape.variants.iter().map(|it| it.name));
                    }
                    FailurePattern::TimedOut => names.extend(TIMEOUT.map(str::to_owned)),
                    FailurePattern::HeartbeatTimedOut => names.push(HEARTBEAT.to_owned()),
                    FailurePattern::Other(_) | FailurePattern::All(_) => {
                        all.get_or_insert(arm);
                    }
                }
            }
            if !names.is_empty() {
                caught.push((names, arm));
            }
        }
        // A missed heartbeat is a timeout too on the wire: its own catcher stands first.
        if heartbeat && !caught.iter().any(|(names, _)| names.iter().any(|name| name == HEARTBEAT)) {
            if let Some(all) = all {
                caught.insert(0, (vec![HEARTBEAT.to_owned()], all));
            }
        } else {
            caught.sort_by_key(|(names, _)| !names.iter().any(|name| name == HEARTBEAT));
        }
        caught.extend(all.map(|arm| (vec![ALL.to_owned()], arm)));
        // What only hands the failure on needs no catcher, unless one after it would take it.
        if self.frames.iter().all(|frame| {
            matches!(frame, Frame::Body { undos, .. } if undos.is_empty())
                || matches!(frame, Frame::Group { handler: None, .. })
        }) {
            while caught.last().is_some_and(|(_, arm)| hands_on(arm)) {
                caught.pop();
            }
        }
        for (names, arm) in caught {
            self.error_arm(node, names, arm, want, ends);
        }
    }

    fn error_arm(
        &mut self,
        node: NodeId,
        names: Vec<String>,
        arm: &'static Arm,
        want: Want,
        ends: &mut Vec<(Vec<EdgeRef>, Typed)>,
    ) {
        let edge = self.catch(node, names);
        self.open = vec![edge];
        self.scopes.push(Vec::new());
        if let ResultPattern::Err([pattern]) = &arm.pattern {
            self.bind_failure(pattern);
        }
        let value = self.want(&arm.body, want);
        self.scopes.pop();
        ends.push((std::mem::take(&mut self.open), value));
    }

    fn bind_failure(&mut self, pattern: &'static FailurePattern) {
        match pattern {
            FailurePattern::Variant { error, variant, fields } => self.bind_variant(*error, variant, fields),
            FailurePattern::Failed(Some(name))
            | FailurePattern::Other(Some(name))
            | FailurePattern::All(Some(name)) => {
                let var = self.graph.var(Some(name), *name);
                self.assign_open(var, Term::ErrorOutput);
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push((name, Typed::failure(Term::Var(var))));
                }
            }
            _ => {}
        }
    }

    /// Data of a variant, out of the cause.
    fn bind_variant(&mut self, error: ErrorOf, variant: &'static str, fields: &'static VariantFields<Pattern>) {
        let shape = error();
        let Some((representation, variants)) = enum_variants(&shape.ty) else { return };
        let Some(found) = variants.into_iter().find(|found| found.ident == variant) else { return };
        let parse = |term: Term| Term::Call("parse", vec![term]);
        let message = parse(Term::ErrorOutput.field("Cause")).field("errorMessage");
        let value = parse(message).field("error");
        let inside = match representation {
            Representation::External => value.field(found.key),
            Representation::Adjacent { content, .. } => value.field(content),
            Representation::Internal { .. } | Representation::Untagged => value,
        };
        match (fields, &found.content) {
            (VariantFields::Tuple([pattern]), Content::Newtype(ty)) => {
                self.bind(pattern, Typed::new(inside, ty.clone()));
            }
            (VariantFields::Tuple(patterns), Content::Tuple(types)) => {
                for ((index, pattern), ty) in (0..).zip(*patterns).zip(types) {
                    self.bind(pattern, Typed::new(inside.clone().item(index), ty.clone()));
                }
            }
            (VariantFields::Struct(patterns), Content::Struct(declared)) => {
                for (name, pattern) in *patterns {
                    if let Some(field) = declared.iter().find(|field| field.ident == *name) {
                        self.bind(pattern, read_field(inside.clone(), field, false));
                    }
                }
            }
            _ => {}
        }
    }

    // ---- errors of the workflow's own

    /// Name and cause, as a step would have sent them.
    pub(super) fn error_value(
        &mut self,
        error: ErrorOf,
        variant: &'static str,
        fields: &'static VariantFields<Expr>,
        expr: &Expr,
    ) -> Option<(&'static str, Term)> {
        let shape = error();
        let named = shape.variants.iter().find(|found| found.ident == variant)?;
        let Some(pieces) = named.message else {
            self.fault("WF1312", expr.at, format!("the text of `{}::{variant}` is not known while compiling\nhelp: give the variant `#[error(\"..\")]` with plain `{{field}}` places, or raise it from a `#[step]`", shape.name));
            return None;
        };
        let data = self.variant_data(&shape, variant, fields)?;
        let text = self.message(pieces, &shape, variant, fields, expr);
        let cause = |message: Term| {
            Term::Object(vec![("errorType".to_owned(), Term::string(named.name)), ("errorMessage".to_owned(), message)])
        };
        let inner = Term::Object(vec![("message".to_owned(), text), ("error".to_owned(), data)]);
        let string = |term: Term| match term.literal() {
            Some(value) => Term::string(value.to_string()),
            None => Term::Call("string", vec![term]),
        };
        Some((named.name, string(cause(string(inner)))))
    }

    fn variant_data(
        &mut self,
        shape: &ErrorShape,
        variant: &'static str,
        fields: &'static VariantFields<Expr>,
    ) -> Option<Term> {
        let (representation, variants) = enum_variants(&shape.ty)?;
        let found = variants.into_iter().find(|found| found.ident == variant)?;
        let content = self.content(&found.content, fields);
        let key = found.key.to_owned();
        Some(match (representation, content) {
            (Representation::External, None) => Term::string(key),
            (Representation::External, Some(content)) => Term::Object(vec![(key, content)]),
            (Representation::Internal { tag }, Some(Term::Object(fields))) => {
                Term::Object([(tag.to_owned(), Term::string(key))].into_iter().chain(fields).collect())
            }
            (Representation::Internal { tag }, _) => Term::Object(vec![(tag.to_owned(), Term::string(key))]),
            (Representation::Adjacent { tag, content: inside }, content) => {
                let content = content.map(|content| (inside.to_owned(), content));
                Term::Object([(tag.to_owned(), Term::string(key))].into_iter().chain(content).collect())
            }
            (Representation::Untagged, content) => content.unwrap_or_else(Term::null),
        })
    }

    fn message(
        &mut self,
        pieces: &'static [MessagePiece],
        shape: &ErrorShape,
        variant: &str,
        fields: &'static VariantFields<Expr>,
        expr: &Expr,
    ) -> Term {
        let mut terms = Vec::new();
        for piece in pieces {
            match piece {
                MessagePiece::Literal("") => {}
                MessagePiece::Literal(text) => terms.push(Term::string(*text)),
                MessagePiece::Field(name) => {
                    let value = match fields {
                        VariantFields::Tuple(parts) => name.parse::<usize>().ok().and_then(|index| parts.get(index)),
                        VariantFields::Struct(parts) => {
                            parts.iter().find(|(field, _)| field == name).map(|(_, value)| value)
                        }
                        VariantFields::Unit => None,
                    };
                    let Some(value) = value else { continue };
                    let mut typed = self.eval(value);
                    if let Some(ty) = field_type(shape, variant, name) {
                        typed.ty = ty;
                    }
                    terms.push(self.shown(typed, None, expr));
                }
            }
        }
        let joined = terms.into_iter().reduce(|left, right| match (&left, &right) {
            (Term::Literal(a), Term::Literal(b)) => {
                Term::string(format!("{}{}", a.as_str().unwrap_or_default(), b.as_str().unwrap_or_default()))
            }
            _ => Term::binary("&", left, right),
        });
        joined.unwrap_or_else(|| Term::string(""))
    }

    // ---- retriers

    pub(super) fn retriers(&self, specs: &'static [RetrySpec], shape: &ErrorShape) -> Vec<Retrier> {
        let mut retriers: Vec<Retrier> = specs.iter().map(|spec| retrier(spec, shape)).collect();
        let transient = [
            "Lambda.ClientExecutionTimeoutException",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.TooManyRequestsException",
        ];
        let lambda = Retrier {
            error_equals: transient.map(str::to_owned).to_vec(),
            interval_seconds: Some(2),
            max_attempts: Some(6),
            backoff_rate: Some(2.0),
            ..Retrier::default()
        };
        // `States.ALL` stands last.
        let at = retriers
            .iter()
            .position(|retrier| retrier.error_equals.iter().any(|name| name == ALL))
            .unwrap_or(retriers.len());
        retriers.insert(at, lambda);
        retriers
    }

    // ---- compensation

    /// The chain of undos: a failure after n compensated steps enters it at the n-th, and it ends in the first error.
    pub(super) fn undo_chain(&mut self) {
        let Some(Frame::Body { undos, failed, error: Some(error) }) = self.frames.pop() else { return };
        self.frames.push(Frame::Body { undos: Vec::new(), failed: Vec::new(), error: None });
        let first_late = self.graph.nodes.len();
        let mut open: Vec<EdgeRef> = Vec::new();
        for (undo, edges) in undos.into_iter().zip(failed).rev() {
            open.extend(edges);
            if open.is_empty() {
                continue;
            }
            self.open = std::mem::take(&mut open);
            self.scopes = undo.scopes;
            let mut passed = Vec::new();
            if let Some(guard) = undo.guard {
                let exists = Term::Call("exists", vec![Term::Var(guard)]);
                let choice = self.add(
                    Kind::Choice(vec![(exists, super::graph::Edge::default())]),
                    &Attributes::NONE,
                    undo.call.at,
                );
                self.open = vec![EdgeRef::Rule(choice, 0)];
                passed.push(EdgeRef::Next(choice));
            }
            if let ExprKind::Call { step, arguments, attributes } = &undo.call.kind {
                let node = self.call(*step, arguments, attributes, undo.call.at);
                passed.push(self.catch(node, vec![ALL.to_owned()]));
                passed.push(EdgeRef::Next(node));
            }
            open = passed;
        }
        self.open = open;
        if !self.open.is_empty() {
            let raw = Term::Var(error);
            let (name, cause) = (raw.clone().field("Error"), raw.field("Cause"));
            self.add(
                Kind::Fail { error: name, cause, names: FailName::HandsOn(error) },
                &Attributes::NONE,
                At::default(),
            );
            self.open.clear();
        }
        for node in &mut self.graph.nodes[first_late..] {
            node.late = true;
        }
    }
}

fn retrier(spec: &RetrySpec, shape: &ErrorShape) -> Retrier {
    let mut names: Vec<String> = Vec::new();
    for on in spec.on {
        match on {
            RetryOn::Variant(error, variant) => names.extend(
                error().variants.iter().find(|found| found.ident == *variant).map(|found| found.name.to_owned()),
            ),
            RetryOn::Failed => names.extend(shape.variants.iter().map(|variant| variant.name.to_owned())),
            RetryOn::TimedOut => names.extend(TIMEOUT.map(str::to_owned)),
            RetryOn::HeartbeatTimedOut => names.push(HEARTBEAT.to_owned()),
            RetryOn::All => names.push(ALL.to_owned()),
            RetryOn::Name(name) => names.push((*name).to_owned()),
        }
    }
    Retrier {
        error_equals: names,
        interval_seconds: spec.interval_seconds,
        max_attempts: spec.max_attempts,
        backoff_rate: spec.backoff_rate,
        max_delay_seconds: spec.max_delay_seconds,
        jitter_strategy: spec.jitter.then(|| "FULL".to_owned()),
        comment: None,
    }
}

fn field_type(shape: &ErrorShape, variant: &str, name: &str) -> Option<Type> {
    let (_, variants) = enum_variants(&shape.ty)?;
    match variants.into_iter().find(|found| found.ident == variant)?.content {
        Content::Unit => None,
        Content::Newtype(ty) => Some(ty),
        Content::Tuple(types) => types.into_iter().nth(name.parse().ok()?),
        Content::Struct(fields) => fields.into_iter().find(|field| field.ident == name).map(|field| field.ty),
    }
}

/// What the program calls a group's failure.
fn failure_name(arms: &'static [Arm]) -> Option<&'static str> {
    arms.iter().find_map(|arm| match &arm.pattern {
        ResultPattern::Err([FailurePattern::All(name)]) => *name,
        _ => None,
    })
}

/// `Err(failure) => return Err(failure.into())`, `Err(failure) => Err(failure.into())`
fn hands_on(arm: &Arm) -> bool {
    let ResultPattern::Err(
        [FailurePattern::All(Some(name)) | FailurePattern::Other(Some(name)) | FailurePattern::Failed(Some(name))],
    ) = &arm.pattern
    else {
        return false;
    };
    raises(&arm.body, name)
}

fn raises(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::Return(Some(value)) => raises(value, name),
        ExprKind::Err { failure, attributes } => {
            matches!(failure.kind, ExprKind::Variable(found) if found == name) && attributes.state.is_none()
        }
        ExprKind::Block(Block { statements: [], tail: Some(tail) }) => raises(tail, name),
        ExprKind::Block(Block { statements: [super::ir::Statement::Expr(only)], tail: None }) => raises(only, name),
        _ => false,
    }
}
