//! The codes of what the workflow compiler refuses; `docs/errors/` has a page for each.

/// The function itself: `async`, one parameter, `Result`.
pub(crate) const SIGNATURE: &str = "WF1001";
/// An option of the workflow or an attribute in it that is unknown or misshapen.
pub(crate) const ATTRIBUTE: &str = "WF1002";
/// Rust that has no state machine.
pub(crate) const OUTSIDE: &str = "WF1004";
/// More state transitions than `max_transitions`.
pub(crate) const MAX_TRANSITIONS: &str = "WF1420";
/// A workflow's timeout that is shorter than what is in it.
pub(crate) const TIMEOUT_TOO_SHORT: &str = "WF1421";
/// A step's call or `async {}` without `.await`.
pub(crate) const AWAIT_MISSING: &str = "WF1005";
/// `.await` on something that does not wait.
pub(crate) const AWAIT_TOO_MANY: &str = "WF1006";
/// Two states of one name.
pub(crate) const DUPLICATE_STATE: &str = "WF1007";
/// A state's name that ASL does not take.
pub(crate) const STATE_NAME: &str = "WF1008";
/// A statement or arm that is never reached.
pub(crate) const UNREACHABLE: &str = "WF1009";
/// A duration below a second, or none at all.
pub(crate) const DURATION: &str = "WF1010";
/// A heartbeat that is not shorter than the timeout.
pub(crate) const HEARTBEAT: &str = "WF1011";
/// An attribute where there is no state that it could mean.
pub(crate) const ATTRIBUTE_PLACE: &str = "WF1012";
/// `#[compensate(..)]` in a place where it cannot stand.
pub(crate) const COMPENSATE: &str = "WF1013";
/// `compensate().await` in a workflow that registers no undo.
pub(crate) const NOTHING_TO_UNDO: &str = "WF1050";
/// A retry on a group that does not say which errors are meant.
pub(crate) const GROUP_RETRY: &str = "WF1052";
/// `compensate()` in another form.
pub(crate) const COMPENSATE_CALL: &str = "WF1051";
/// A pattern that no catcher can express.
pub(crate) const PATTERN: &str = "WF1014";
/// A step's call inside an expression.
pub(crate) const NESTED_CALL: &str = "WF1015";
/// A `Result` that nobody handles.
pub(crate) const RESULT_KEPT: &str = "WF1016";
/// `try_join!` without branches.
pub(crate) const EMPTY_JOIN: &str = "WF1017";
/// `Ok(..)` or `Err(..)` where nothing returns.
pub(crate) const RESULT_PLACE: &str = "WF1018";
/// Nothing says what a text of JSONata or a state written by hand yields.
pub(crate) const FOREIGN_TYPE: &str = "WF1070";
/// The type of a state written by hand.
pub(crate) const RAW_TYPE: &str = "WF1071";
/// A field of a state written by hand.
pub(crate) const RAW_FIELD: &str = "WF1072";
/// JSON that is none.
pub(crate) const JSON: &str = "WF1073";
/// `name = value` in `jsonata!` and `raw_state!`.
pub(crate) const BINDING: &str = "WF1074";
/// The form of `jsonata!`.
pub(crate) const FOREIGN_FORM: &str = "WF1075";
/// `task_token()` where no step is called.
pub(crate) const TOKEN_PLACE: &str = "WF1076";
/// `spawn` of something that is no workflow's call.
pub(crate) const SPAWN: &str = "WF1055";
/// `is` without the error enum.
pub(crate) const FAILURE_IS: &str = "WF1057";
/// What an Express workflow has no time for.
pub(crate) const EXPRESS_TIME: &str = "WF1056";
/// A format that JSONata cannot write.
pub(crate) const FORMAT_SPEC: &str = "WF1080";
/// What `collect` cannot make.
pub(crate) const COLLECTION: &str = "WF1081";
/// What `parse` cannot read.
pub(crate) const PARSE: &str = "WF1082";
/// A function of the language's with the wrong number of arguments, or without its type.
pub(crate) const WORD: &str = "WF1083";
/// What does not fit JSONata's numbers.
pub(crate) const NUMBER: &str = "WF1019";
/// `try_map` without an `async` closure of one parameter.
pub(crate) const MAP_CLOSURE: &str = "WF1040";
/// An attribute of maps on something that is none, or on the wrong kind of map.
pub(crate) const MAP_ATTRIBUTE: &str = "WF1041";
/// A source of items where none can stand, or one that is misshapen.
pub(crate) const MAP_SOURCE: &str = "WF1042";
/// `break` or `continue` out of a group or branch.
pub(crate) const LEAVES_GROUP: &str = "WF1030";
/// A branch or closure that changes a variable from outside of it.
pub(crate) const CHANGES_OUTSIDE: &str = "WF1031";
/// A loop that never ends and never waits.
pub(crate) const ENDLESS: &str = "WF1032";
/// An assignment to something that is no variable and no field of one.
pub(crate) const ASSIGN_TARGET: &str = "WF1033";
/// A change of a variable inside an expression.
pub(crate) const CHANGE_PLACE: &str = "WF1034";
/// A pattern that no condition can express.
pub(crate) const VALUE_PATTERN: &str = "WF1020";
/// `let` in a place that is no condition.
pub(crate) const LET_PLACE: &str = "WF1021";
/// `let .. else` whose `else` goes on.
pub(crate) const LET_ELSE: &str = "WF1022";
