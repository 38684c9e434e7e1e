//! The memory of the board, and the image.

#[path = "../../../firmware/memory_layout.rs"]
mod memory_layout;

fn main() {
    memory_layout::link("../stm32f100.x");
    println!("cargo::rerun-if-env-changed=COUNTS_IMAGE");
    if let Ok(image) = std::env::var("COUNTS_IMAGE") {
        println!("cargo::rerun-if-changed={image}");
    }
}
