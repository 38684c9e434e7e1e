use aingle_wasm_guest::export;

struct Sensor;

impl Sensor {
    #[export]
    fn read(id: u8) -> u8 {
        id
    }

    #[export]
    fn calibrate(&self, by: u8) -> u8 {
        by
    }
}

mod free {
    use aingle_wasm_guest::export;

    #[export]
    fn indented(id: u8) -> u8 {
        id
    }
}

fn main() {}
