//! The macro compiler behind `workflow-runtime`, which re-exports and documents every macro.
