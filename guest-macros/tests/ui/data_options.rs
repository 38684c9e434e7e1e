use aingle_wasm_guest::Data;

#[derive(Data)]
#[data]
struct Bare;

#[derive(Data)]
#[data(read_only, "text", write_only = true, crate)]
struct Unknown;

#[derive(Data)]
struct OnField {
    #[data(write_only)]
    x: u8,
}

#[derive(Data)]
enum OnVariant {
    #[data(write_only)]
    A,
}

fn main() {}
