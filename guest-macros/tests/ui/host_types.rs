use aingle_wasm_guest::host_externs;

struct Opaque;

host_externs! {
    fn argument(x: Opaque, y: u8);
    fn result(x: u8) -> Opaque;
    #[notify]
    fn notification(x: Opaque);
}

host_externs! { crate = nowhere; fn elsewhere(); }

fn main() {}
