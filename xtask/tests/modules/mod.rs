//! The files of a crate, and which of them imports what from which.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

/// A crate's files and imports. Tests are left out.
#[derive(Default)]
pub struct Crate {
    /// Their paths from the project's root.
    pub files: Vec<String>,
    pub imports: Vec<Import>,
}

/// One file's import from another.
pub struct Import {
    pub from: usize,
    pub to: usize,
    pub path: String,
}

type Names = Vec<String>;

/// A module: its file, and what its `use` items name.
#[derive(Default)]
struct Module {
    file: usize,
    /// Under which name it has what other path.
    uses: BTreeMap<String, Names>,
    /// All paths that it names.
    paths: Vec<Names>,
}

/// The most `use` items that one name is followed through.
const HOPS: usize = 8;

#[derive(Default)]
struct Tree {
    modules: BTreeMap<Names, Module>,
    files: Vec<String>,
}

impl Crate {
    /// Reads the crate in this folder of the project.
    pub fn read(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let src = root.join(folder).join("src");
        let entry = ["lib.rs", "main.rs"].map(|name| src.join(name));
        let entry = entry.iter().find(|path| path.exists()).expect("a crate has `lib.rs` or `main.rs`");
        let mut tree = Tree::default();
        tree.read_file(&root, entry, &src, &Vec::new());
        let mut imports = Vec::new();
        for (name, module) in &tree.modules {
            for path in &module.paths {
                if let Some(to) = tree.file_of(name, path, 0).filter(|to| *to != module.file) {
                    imports.push(Import { from: module.file, to, path: path.join("::") });
                }
            }
        }
        Self { files: tree.files, imports }
    }
}

impl Tree {
    /// Reads a file, which is the module `name`; files of modules within lie in `folder`.
    fn read_file(&mut self, root: &Path, path: &Path, folder: &Path, name: &Names) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = self.files.len();
        self.files.push(path.strip_prefix(root).expect("a file of the project").display().to_string());
        self.read_items(root, &syntax.items, file, folder, name);
    }

    fn read_items(&mut self, root: &Path, items: &[Item], file: usize, folder: &Path, name: &Names) {
        let mut visitor = Visitor::default();
        items.iter().for_each(|item| visitor.visit_item(item));
        self.modules.insert(name.clone(), Module { file, uses: visitor.uses, paths: visitor.paths });
        for module in visitor.modules {
            let ident = module.ident.to_string();
            let inner: Names = name.iter().cloned().chain([ident.clone()]).collect();
            let inner_folder = folder.join(&ident);
            match &module.content {
                Some((_, items)) => self.read_items(root, items, file, &inner_folder, &inner),
                None => {
                    let usual = [folder.join(format!("{ident}.rs")), inner_folder.join("mod.rs")];
                    let path = given_path(&module.attrs).map(|path| folder.join(path));
                    let path = path.or_else(|| usual.into_iter().find(|path| path.exists()));
                    let path =
                        path.unwrap_or_else(|| panic!("no file for the module `{}`", inner.join("::")));
                    // The files of a `mod.rs` lie beside it, wherever it is.
                    let beside =
                        path.ends_with("mod.rs").then(|| path.parent().expect("a folder").to_owned());
                    self.read_file(root, &path, &beside.unwrap_or(inner_folder), &inner);
                }
            }
        }
    }

    /// The file that defines what this path names, if it is one of this crate.
    fn file_of(&self, module: &Names, path: &Names, hops: usize) -> Option<usize> {
        let (mut at, rest) = self.begin(module, path)?;
        for (place, name) in rest.iter().enumerate() {
            let inner: Names = at.iter().cloned().chain([name.clone()]).collect();
            if self.modules.contains_key(&inner) {
                at = inner;
                continue;
            }
            // What no `use` brings is the module's own.
            let Some(used) = self.modules[&at].uses.get(name).filter(|_| hops < HOPS) else { break };
            let further: Names = used.iter().chain(&rest[place + 1..]).cloned().collect();
            return self.file_of(&at, &further, hops + 1);
        }
        Some(self.modules[&at].file)
    }

    /// The module that a path begins in, and the rest of the path.
    fn begin<'p>(&self, module: &Names, path: &'p Names) -> Option<(Names, &'p [String])> {
        let mut at = module.clone();
        let mut rest = path.as_slice();
        match rest.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop()?;
                    rest = &rest[1..];
                }
            }
            first => {
                let inner: Names = at.iter().cloned().chain([first.to_owned()]).collect();
                self.modules.contains_key(&inner).then_some(())?;
            }
        }
        Some((at, rest))
    }
}

#[derive(Default)]
struct Visitor {
    uses: BTreeMap<String, Names>,
    paths: Vec<Names>,
    modules: Vec<ItemMod>,
}

impl<'a> Visit<'a> for Visitor {
    fn visit_item(&mut self, item: &'a Item) {
        if !attributes(item).iter().any(is_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        self.modules.push(module.clone());
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        follow(&item.tree, &mut Vec::new(), &mut |name, path| {
            self.paths.push(path.clone());
            self.uses.insert(name, path);
        });
    }

    /// Who may see something is no import.
    fn visit_vis_restricted(&mut self, _: &'a syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.paths.push(names);
        }
        visit::visit_path(self, path);
    }
}

fn follow(tree: &UseTree, before: &mut Names, each: &mut impl FnMut(String, Names)) {
    let with = |name: String| before.iter().cloned().chain([name]).collect::<Names>();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            follow(&path.tree, before, each);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            each(before.last().cloned().unwrap_or_default(), before.clone());
        }
        UseTree::Name(name) => each(name.ident.to_string(), with(name.ident.to_string())),
        UseTree::Rename(rename) if rename.ident == "self" => each(rename.rename.to_string(), before.clone()),
        UseTree::Rename(rename) => each(rename.rename.to_string(), with(rename.ident.to_string())),
        UseTree::Glob(_) => each(format!("{}::*", before.join("::")), before.clone()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| follow(tree, before, each)),
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
}

fn given_path(attributes: &[Attribute]) -> Option<PathBuf> {
    let found = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Meta::NameValue(pair) = &found.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    Some(PathBuf::from(text.value()))
}
