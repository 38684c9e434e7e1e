//! What to do with bytes that are no guest of this ABI, in one sentence each.

use aingle_wasm_host_core::{Import, Module};

/// How many imports an error lists by name.
pub(super) const LISTED: usize = 5;

/// Returns the first few of some imports, each as `module.name`, and how many more there are.
pub(super) fn imports(module: Module<'_>, which: impl Fn(&Import<'_>) -> bool) -> (Vec<String>, usize) {
    let mut imports = module.imports().filter(which);
    let listed = imports.by_ref().take(LISTED).map(|import| format!("{}.{}", import.module, import.name));
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
