//! The memory of the board, and the blob.

#[path = "../../firmware/memory_layout.rs"]
mod memory_layout;

fn main() {
    memory_layout::link("../mps2-an385.x");
    println!("cargo::rerun-if-env-changed=BLOB");
}
