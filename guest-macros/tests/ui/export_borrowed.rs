use aingle_wasm_guest::{Data, HostCallError, export};

#[derive(Data)]
struct Reading<'a> {
    station: &'a str,
}

#[export]
fn items(readings: &[Reading<'_>]) {
    let _ = readings;
}

#[export]
fn inside_an_option(readings: Option<&[f32]>) {
    let _ = readings;
}

#[derive(Data)]
struct Series<'a> {
    values: &'a [f32],
}

#[export]
fn not_an_error() -> Result<u8, HostCallError> {
    Ok(1)
}

fn main() {}
