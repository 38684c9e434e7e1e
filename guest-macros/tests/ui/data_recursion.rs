use aingle_wasm_guest::{Data, export};

#[derive(Data)]
struct Tree {
    children: Vec<Tree>,
}

#[derive(Data)]
struct Folder {
    entries: Vec<Entry>,
}

#[derive(Data)]
enum Entry {
    File(String),
    Folder(Folder),
}

type Items = Vec<Item>;

#[derive(Data)]
struct Item {
    items: Items,
}

#[export]
fn grow(tree: Tree, folder: Folder, item: Item) {
    let _ = (tree, folder, item);
}

fn main() {}
