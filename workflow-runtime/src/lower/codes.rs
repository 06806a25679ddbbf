//! The codes of what lowering refuses; `docs/errors/` has a page for each.

/// A state's name: used twice, empty or over 80 characters.
pub(super) const STATE_NAME: &str = "WF1301";
/// `/` or `%` on integers by something that may be zero.
pub(super) const DIVISION: &str = "WF1302";
/// A literal beyond 2^53 - 1, or `*` on 64-bit integers.
pub(super) const WIDE_NUMBER: &str = "WF1303";
/// `a - b` on unsigned integers.
pub(super) const UNSIGNED_MINUS: &str = "WF1304";
/// `as` that may change the value.
pub(super) const CAST: &str = "WF1305";
/// `format!` or `to_string` of something that JSONata writes otherwise.
pub(super) const FORMAT: &str = "WF1306";
/// `<` on what JSONata orders otherwise, or not at all.
pub(super) const ORDER: &str = "WF1307";
/// An operation or method that JSONata has no exact form of.
pub(super) const NO_FORM: &str = "WF1310";
/// An error whose `Display` text only running code could tell.
pub(super) const ERROR_TEXT: &str = "WF1312";
/// A step's call that Rust may skip or repeat.
pub(super) const CALL_PLACE: &str = "WF1313";
/// An undo's argument that may fail.
pub(super) const UNDO_ARGUMENT: &str = "WF1315";
/// A heartbeat that is not shorter than the timeout.
pub(super) const HEARTBEAT: &str = "WF1316";
/// A duration that is no whole number of seconds in AWS's range.
pub(super) const DURATION: &str = "WF1317";
/// A field that may be missing and is no `Option`, or never in the JSON.
pub(super) const MAY_BE_MISSING: &str = "WF1318";
/// A type whose JSON cannot be told apart.
pub(super) const AMBIGUOUS_JSON: &str = "WF1319";
/// More state transitions than `max_transitions`.
pub(super) const MAX_TRANSITIONS: &str = "WF1420";
/// A workflow's timeout that is shorter than what is in it.
pub(super) const TIMEOUT_TOO_SHORT: &str = "WF1421";
/// A bound that hangs on a number nobody knows.
pub(super) const NO_BOUND: &str = "WF1422";
/// `assume(..)` of something that nothing hangs on.
pub(super) const ASSUMPTION: &str = "WF1423";
/// Parameters that an integration does not take.
pub(super) const PARAMETERS: &str = "WF1380";
/// Nobody is given the task token.
pub(super) const NO_TOKEN: &str = "WF1381";
/// `task_token()` where no task waits for an answer.
pub(super) const TOKEN_PLACE: &str = "WF1382";
/// Data in an error that an integration raises.
pub(super) const ERROR_DATA: &str = "WF1383";
/// A state written by hand that Step Functions refuses.
pub(super) const RAW_STATE: &str = "WF1384";
/// A text that is no JSONata of Step Functions.
pub(super) const JSONATA: &str = "WF1385";
/// A name in JSONata that is not known, not used or taken.
pub(super) const JSONATA_NAME: &str = "WF1386";
/// A sign of life that nobody gives.
pub(super) const NESTED_HEARTBEAT: &str = "WF1370";
/// A workflow that calls itself and waits.
pub(super) const NESTED_RECURSION: &str = "WF1371";
/// The end of an Express workflow.
pub(super) const NESTED_EXPRESS: &str = "WF1372";
/// A retry on one error of a child.
pub(super) const NESTED_RETRY: &str = "WF1373";
/// An execution's input that is no object.
pub(super) const NESTED_INPUT: &str = "WF1375";
/// A state that no Express machine has.
pub(super) const EXPRESS: &str = "WF1374";
/// A program that the macro should not have written.
pub(super) const UNEXPECTED: &str = "WF1320";
/// A map over what is no list.
pub(super) const MAP_ITEMS: &str = "WF1350";
/// A source whose items have another form than the file can hold.
pub(super) const MAP_SOURCE: &str = "WF1351";
/// A number or combination of attributes that no Map takes.
pub(super) const MAP_OPTION: &str = "WF1352";
/// A loop whose rounds surely pass the limit of events.
pub(super) const TOO_MANY_EVENTS: &str = "WF1340";
/// Arithmetic on an integer whose type is nowhere written.
pub(super) const UNKNOWN_INTEGER: &str = "WF1341";
/// A loop that no state can leave and in which none waits.
pub(super) const ENDLESS: &str = "WF1342";
/// A branch that changes a variable from outside of it.
pub(super) const CHANGES_OUTSIDE: &str = "WF1343";
/// A pattern on a value whose JSON has no known parts.
pub(super) const UNTOLD: &str = "WF1330";
/// A constant with parts as a pattern.
pub(super) const CONSTANT_PATTERN: &str = "WF1331";
/// A range of characters that JSONata orders otherwise.
pub(super) const CHAR_RANGE: &str = "WF1332";
/// What an internally tagged newtype variant carries, as a value of its own.
pub(super) const BESIDE_TAG: &str = "WF1333";
/// Arithmetic, formatting or a cast of `f32`.
pub(super) const SINGLE_PRECISION: &str = "WF1390";
/// Characters of a text one by one.
pub(super) const CHARACTERS: &str = "WF1391";
/// `==` on values whose JSON may differ where they are equal.
pub(super) const COMPARISON: &str = "WF1392";
/// A time less a time, or a format of times that JSONata does not have.
pub(super) const TIME: &str = "WF1393";
/// The JSON text of a value that may hold floats.
pub(super) const JSON_TEXT: &str = "WF1394";
/// Undos in what is retried as a whole.
pub(super) const UNDO_RETRIED: &str = "WF1360";
/// Undos in a map whose results nobody reads.
pub(super) const UNDO_RESULTS: &str = "WF1361";
/// Undos in a map that tolerates failures.
pub(super) const UNDO_TOLERATED: &str = "WF1362";
/// An undo whose payload holds the task token inside of an expression.
pub(super) const UNDO_TOKEN: &str = "WF1363";
