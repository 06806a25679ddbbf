//! The files of blobs in a folder: each under its id, in a folder of that one's first two digits; beside it, where it names others,
//! a list of these.

use super::BlobId;

/// Ends the name of a file that lists names.
pub(crate) const NAMES: &str = ".names";
/// Ends such a list: one that was cut off lacks it.
const END: &str = "\nend\n";

/// Where the content is, in the folder.
pub(crate) fn file(id: BlobId) -> String {
    let name = id.to_string();
    format!("{}/{name}", name.get(..2).unwrap_or_default())
}

/// Where the list of what it names is.
pub(crate) fn names_file(id: BlobId) -> String {
    file(id) + NAMES
}

/// The text of such a list.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a BlobId>) -> String {
    let lines: Vec<String> = names.into_iter().map(ToString::to_string).collect();
    lines.join("\n") + END
}

/// What such a list names; `None` where the text is none. Nobody writes an empty one.
pub(crate) fn listed(text: &str) -> Option<Vec<BlobId>> {
    let names: Option<Vec<BlobId>> = text.strip_suffix(END)?.lines().map(|line| line.parse().ok()).collect();
    names.filter(|names| !names.is_empty())
}
