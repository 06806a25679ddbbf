//! What constructs of the language become: each test shows the machine that a person would have written.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::struct_field_names,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::needless_raw_string_hashes,
    reason = "the steps are never run, and snapshots are written by a tool"
)]
#![allow(clippy::too_many_lines, clippy::used_underscore_binding, dead_code, reason = "workflows as people write them")]

mod shop;
mod support;

mod blobs;
mod bounds;
mod calls;
mod choices;
mod compensate;
mod distributed;
mod expression_table;
mod expressions;
mod external;
mod failures;
mod groups;
mod inner_calls;
mod loop_refusals;
mod loops;
mod map_bodies;
mod map_refusals;
mod maps;
mod merged_choices;
mod more_refusals;
mod nested;
mod nested_places;
mod positional;
mod raw;
mod refusals;
mod saga_stacks;
mod sagas;
mod stability;
mod structure;
