//! What to do with bytes that are no guest of this ABI, in one sentence each.

/// How many imports an error lists by name.
pub(super) const LISTED: usize = 5;

/// Returns the first few of some imports, each as `module.name`, and how many more there are.
pub(super) fn listed<'m>(mut imports: impl Iterator<Item = (&'m str, &'m str)>) -> (Vec<String>, usize) {
    let listed = imports.by_ref().take(LISTED).map(|(module, name)| format!("{module}.{name}"));
    let listed = listed.collect();
    (listed, imports.count())
}

/// Returns the listed imports in words: `env.abort, env.seed and 3 more`.
pub(super) fn in_words(imports: &[String], more: usize) -> String {
    match (imports, more) {
        ([], _) => "nothing".into(),
        (_, 0) => imports.join(", "),
        (_, more) => format!("{} and {more} more", imports.join(", ")),
    }
}
