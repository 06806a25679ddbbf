//! `try_map` and `try_map_distributed`.

use super::call::declared_retriers;
use super::saga::Undos;
use super::tolerate::is_tolerant;
use super::{Builder, Fails, Frame, Mode, Returns};
use crate::lower::carry::Nesting;
use crate::lower::codes;
use crate::lower::graph::{ContainerId, EdgeRef, Kind, NodeId, WaitFor};
use crate::lower::ir::{At, Attributes, Block, Expr, Items, Map, MapOptions, Pattern, SourceKind, TypeOf};
use crate::lower::map::{Distributed, MapNode, MapSource};
use crate::lower::term::{Element, Term, VarId};
use crate::lower::typed::{self, Typed};
use crate::payload::{Payload, Type};
use crate::source::MapRunResult;
use crate::step::RetryOn;

/// The edge of a body that runs for each item.
#[derive(Clone)]
pub(super) struct Boundary {
    /// The names outside of it.
    names: usize,
    distributed: bool,
    /// What was read from outside through a variable of its own: by name, what it is outside and inside.
    crossed: Vec<(usize, VarId, Term, Typed)>,
}

/// A `try_map`, or a `for` whose rounds do not depend on each other.
pub(super) struct Each<'a> {
    pub(super) items: &'a Items,
    pub(super) parameter: &'a Pattern,
    pub(super) ty: Option<TypeOf>,
    pub(super) body: &'a Block,
    pub(super) options: &'a MapOptions,
    pub(super) attributes: &'a Attributes,
    pub(super) distributed: bool,
    /// `for`: one after the other, and nobody asks what they yield.
    pub(super) sequential: bool,
}

/// How many failed items are tolerated, and what percentage of all.
type Tolerance = (Option<Term>, Option<Term>);

/// What a map goes over, and what an iteration is given of it.
struct Over {
    source: MapSource,
    item: Type,
    external: bool,
    poison: bool,
    enumerated: bool,
}

impl Builder<'_> {
    /// A Map; control leaves it by its success, a failure goes where failures go here.
    pub(super) fn map(&mut self, map: &Map, at: At) -> Option<Typed> {
        let Map { items, parameter, ty, body, distributed, options, attributes } = map;
        let (ty, distributed) = (*ty, *distributed);
        self.map_each(&Each { items, parameter, ty, body, options, attributes, distributed, sequential: false }, at)
    }

    pub(super) fn map_each(&mut self, map: &Each<'_>, at: At) -> Option<Typed> {
        let over = self.over(map.items, map.options, at)?;
        let max_concurrency = if map.sequential {
            Some(Term::Literal(1.into()))
        } else {
            self.option(map.options.max_concurrency.as_ref())?
        };
        let distributed = if map.distributed { Some(Box::new(self.distributed(map.options)?)) } else { None };
        let tolerance: Tolerance = if map.distributed {
            (None, None)
        } else {
            let options = map.options;
            let count = self.option(options.tolerated_failure_count.as_ref())?;
            (count, self.option(options.tolerated_failure_percentage.as_ref())?)
        };
        let before = self.open.clone();
        let processor = self.graph.container();
        let item = self.graph.var(None, "item");
        let index = over.enumerated.then(|| self.graph.var(None, "index"));
        let batched = map.options.batch.is_some();
        let node = MapNode {
            processor,
            source: over.source,
            item,
            index,
            passed: Vec::new(),
            max_concurrency,
            retry: declared_retriers(map.options.retry, &retried_in_group),
            distributed,
        };
        let id = self.graph.node(self.container, Kind::Map(Box::new(node)), map.attributes, at);
        self.enter(id);
        let ty = if batched { Type::List(Box::new(over.item)) } else { over.item };
        let ty = map.ty.map_or(ty, |annotated| annotated());
        let given = Typed { external: over.external, poison: over.poison, ..Typed::new(Term::Var(item), ty) };
        let given = index.map_or_else(|| given.clone(), |index| enumerated(index, &given));

        self.maps.push(Boundary { names: self.names.len(), distributed: map.distributed, crossed: Vec::new() });
        if self.map_settles(map, at) {
            let settled = self.settle_items(processor, map, |builder| builder.iteration_body(map, &given));
            self.leave_map(id, before);
            return Some(self.settled_results(id, processor, settled, at));
        }
        let value = self.iteration(map, processor, &given);
        if map.options.express {
            self.fits_express(processor, at);
        }
        self.leave_map(id, before);

        self.failure_leaves(id);
        if map.sequential {
            return Some(Typed::unit());
        }
        let (ty, external) = match value {
            Some(value) if value.poison => return Some(Typed::poison()),
            Some(value) => (value.ty, value.external),
            None => (Type::Json, false),
        };
        Some(self.results(id, map, ty, external, tolerance, at))
    }

    /// The body, in a container of its own.
    fn iteration(&mut self, map: &Each<'_>, processor: ContainerId, given: &Typed) -> Option<Typed> {
        let frame = Frame { returns: Returns::End, fails: Fails::Leave, undo: Undos::NONE };
        let outer = (
            std::mem::replace(&mut self.container, processor),
            std::mem::replace(&mut self.frame, frame),
            std::mem::replace(&mut self.open, vec![EdgeRef::Start(processor)]),
        );
        let scope = self.names.len();
        self.bind(map.parameter, given.clone());
        let value = match (is_tolerant(map.options), map.distributed) {
            (true, false) => self.settled(map.body),
            (true, true) => self.wrapped(map.body),
            (false, _) => {
                let value = if map.sequential {
                    self.block(map.body, Mode::Value).map(|_| Typed::unit())
                } else {
                    self.group(map.body)
                };
                if let Some(value) = value.clone() {
                    self.deliver(value);
                }
                value
            }
        };
        self.names.truncate(scope);
        (self.container, self.frame, self.open) = outer;
        value
    }

    fn iteration_body(&mut self, map: &Each<'_>, given: &Typed) -> Option<Typed> {
        let scope = self.names.len();
        self.bind(map.parameter, given.clone());
        let value = self.group(map.body);
        self.names.truncate(scope);
        value
    }

    /// An Express execution ends after five minutes, and nobody can answer it later.
    fn fits_express(&mut self, processor: ContainerId, at: At) {
        let nesting = Nesting::of(&self.graph);
        let inside = self.graph.node_ids().filter(|id| nesting.around(&self.graph, *id).contains(&processor));
        let refused: Vec<String> = inside
            .filter_map(|id| match &self.graph.nodes[id.0].kind {
                Kind::Task(task) if task.callback => Some(format!("`{}` waits for an answer", task.ident)),
                Kind::Wait(WaitFor::Seconds(Term::Literal(seconds))) if seconds.as_u64().is_some_and(|it| it > 300) => {
                    Some(format!("a wait of {seconds} seconds is longer"))
                }
                Kind::Map(map) if map.distributed.is_some() => Some("a distributed map cannot stand in one".to_owned()),
                _ => None,
            })
            .collect();
        for what in refused {
            let message = format!("`#[express]` makes executions that live for five minutes, and {what}: leave it out");
            self.fault(codes::MAP_OPTION, at, message);
        }
    }

    /// What the Map yields.
    fn results(&mut self, id: NodeId, map: &Each<'_>, ty: Type, external: bool, tolerance: Tolerance, at: At) -> Typed {
        let var = self.graph.var(None, "results");
        let tolerant = is_tolerant(map.options);
        let term = if tolerant && map.distributed { self.results_of_run() } else { Term::Result };
        self.graph.edge_mut(EdgeRef::Next(id)).assigns.push((var, term));
        if tolerant && !map.distributed {
            self.tolerate(var, tolerance.0, tolerance.1, at);
        }
        let ty = match (map.options.result_writer.is_some(), tolerant) {
            (true, _) => MapRunResult::ty(),
            (false, true) => Type::List(Box::new(Type::Result(Box::new(ty)))),
            (false, false) => Type::List(Box::new(ty)),
        };
        Typed { external, ..Typed::new(Term::Var(var), ty) }
    }

    fn over(&mut self, items: &Items, options: &MapOptions, at: At) -> Option<Over> {
        match items {
            Items::List { list, enumerated } => {
                let value = self.eval(list, Mode::Value)?;
                let value = self.gone_through(value, list.at);
                let item = match typed::resolve(&value.ty) {
                    _ if value.poison => Type::Json,
                    Type::List(item) => *item,
                    other => {
                        let message = format!(
                            "a map goes over a list, and this is a `{}`: make it a `Vec` in a `#[step]`",
                            typed::type_name(&other)
                        );
                        self.fault(codes::MAP_ITEMS, list.at, message);
                        Type::Json
                    }
                };
                let (external, poison) =
                    (value.external, value.poison || !matches!(typed::resolve(&value.ty), Type::List(_)));
                let source = MapSource::List(value.defined());
                Some(Over { source, item, external, poison, enumerated: *enumerated })
            }
            Items::Source { kind, item, arguments } => {
                let item = item();
                self.check_source(*kind, &item, at);
                let [bucket, key] = arguments else { return None };
                let (bucket, key) = (self.eval(bucket, Mode::Value)?, self.eval(key, Mode::Value)?);
                let max_items = self.option(options.max_items.as_ref())?;
                let source =
                    MapSource::Objects { kind: *kind, bucket: bucket.defined(), key: key.defined(), max_items };
                Some(Over { source, item, external: true, poison: false, enumerated: false })
            }
        }
    }

    /// A CSV file holds text and nothing else.
    fn check_source(&mut self, kind: SourceKind, item: &Type, at: At) {
        if kind != SourceKind::Csv {
            return;
        }
        let Some(fields) = typed::struct_fields(item) else {
            let message = format!(
                "a row of a CSV file is a struct with a field for each column, and this is a `{}`",
                typed::type_name(item)
            );
            self.fault(codes::MAP_SOURCE, at, message);
            return;
        };
        for field in fields.iter().filter(|field| !field.skipped) {
            let text = match typed::resolve(&field.ty) {
                Type::String => true,
                Type::Option(inner) => matches!(typed::resolve(&inner), Type::String),
                _ => false,
            };
            if !text {
                let message = format!(
                    "a CSV file's fields are text, and `{}` is a `{}`: make it a `String`, and parse it in the step",
                    field.ident,
                    typed::type_name(&field.ty)
                );
                self.fault(codes::MAP_SOURCE, at, message);
            }
        }
    }

    /// An attribute's value: nothing where the attribute is missing.
    #[expect(clippy::option_option, reason = "no value, or control never comes here")]
    fn option(&mut self, value: Option<&Expr>) -> Option<Option<Term>> {
        match value {
            Some(value) => self.eval(value, Mode::Value).map(|value| Some(value.defined())),
            None => Some(None),
        }
    }

    fn distributed(&mut self, options: &MapOptions) -> Option<Distributed> {
        let batch = match &options.batch {
            Some(batch) => Some((self.option(batch.max_items.as_ref())?, self.option(batch.max_bytes.as_ref())?)),
            None => None,
        };
        let writer = match &options.result_writer {
            Some((bucket, prefix)) => {
                let (bucket, prefix) = (self.eval(bucket, Mode::Value)?, self.eval(prefix, Mode::Value)?);
                Some((bucket.defined(), prefix.defined()))
            }
            None => None,
        };
        Some(Distributed {
            express: options.express,
            label: options.label,
            tolerated_percentage: self.option(options.tolerated_failure_percentage.as_ref())?,
            tolerated_count: self.option(options.tolerated_failure_count.as_ref())?,
            batch,
            writer,
        })
    }

    /// A value from outside of maps as their bodies read it: children that are executions of their own are given it, and what
    /// takes long to compute is computed once, before the map.
    pub(super) fn across_maps(&mut self, position: usize, name: &'static str, value: Typed) -> Typed {
        let mut value = value;
        for depth in 0..self.maps.len() {
            if position >= self.maps[depth].names || value.poison {
                continue;
            }
            let needed = if self.maps[depth].distributed {
                !matches!(value.term, Term::Literal(_)) || value.failure.is_some()
            } else {
                value.term.is_heavy() || value.term.is_volatile()
            };
            if !needed {
                continue;
            }
            if let Some((.., known)) = self.maps[depth].crossed.iter().find(|(known, ..)| *known == position) {
                value = known.clone();
                continue;
            }
            let var = self.graph.var(Some(name), name);
            let failure = value.failure.clone();
            let outside = failure.clone().unwrap_or_else(|| value.clone().defined());
            let inside = Typed {
                term: Term::Var(var),
                missing: false,
                flattened: false,
                hint: crate::lower::typed::Hint::None,
                failure: failure.map(|_| Term::Var(var)),
                ..value.clone()
            };
            self.maps[depth].crossed.push((position, var, outside, inside.clone()));
            value = inside;
        }
        value
    }

    /// Gives the Map what its body read from outside.
    fn leave_map(&mut self, id: NodeId, before: Vec<EdgeRef>) {
        let Some(boundary) = self.maps.pop() else { return };
        let mut ahead = Vec::new();
        for (_, var, outside, _) in boundary.crossed {
            if !boundary.distributed {
                ahead.push((var, outside));
                continue;
            }
            let outside = if outside.is_heavy() || outside.is_volatile() {
                // Once, and not for each item.
                let name = self.graph.vars[var.0].name;
                let once = self.graph.var(name, "given");
                ahead.push((once, outside));
                Term::Var(once)
            } else {
                outside
            };
            if let Kind::Map(map) = &mut self.graph.nodes[id.0].kind {
                map.passed.push((var, outside));
            }
        }
        if ahead.is_empty() {
            return;
        }
        let after = std::mem::replace(&mut self.open, before);
        for (var, outside) in ahead {
            self.assign(var, &outside);
        }
        self.enter(id);
        self.open = after;
    }
}

/// What a retry on a whole map, join or group matches: the errors that are raised in it.
pub(super) fn retried_in_group(on: &[RetryOn]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for on in on {
        match on {
            RetryOn::All => return vec!["States.ALL".to_owned()],
            RetryOn::Variant(shape, ident) => {
                let variants = shape().variants;
                names.extend(variants.iter().filter(|it| it.ident == *ident).map(|it| it.name.to_owned()));
            }
            // Refused by the macro: there is no one error type.
            RetryOn::Failed => {}
            RetryOn::TimedOut => names.extend(["States.Timeout", "Sandbox.Timedout"].map(str::to_owned)),
            RetryOn::HeartbeatTimedOut => names.push("States.HeartbeatTimeout".to_owned()),
            RetryOn::Name(name) => names.push((*name).to_owned()),
        }
    }
    names
}

/// `(index, item)`
fn enumerated(index: VarId, item: &Typed) -> Typed {
    let position = Builder::usize_type();
    let list = item.is_list();
    let elements = vec![Element { term: Term::Var(index), list: false }, Element { term: item.term.clone(), list }];
    item.part(Term::Array(elements), Type::Tuple(vec![position, item.ty.clone()]))
}
