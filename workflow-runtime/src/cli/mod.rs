//! The command line of every workflow program: `App`.
