//! `#[derive(Data)]` by way of this crate, which is the only one that a host's types need.

use aingle_wasm_host::postcard_schema::schema::DataModelType;
use aingle_wasm_host::prelude::*;

#[derive(Debug, PartialEq, Data)]
struct Reading<'a, T> {
    station: &'a str,
    value: T,
}

#[derive(Debug, PartialEq, Data)]
enum Refusal {
    Unknown(u8),
    Busy,
}

#[test]
fn a_host_derives_data_without_another_crate() {
    let DataModelType::Struct(fields) = Reading::<u8>::TYPE.ty else { panic!("a struct") };
    assert_eq!(fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["station", "value"]);
    let mut functions = HostFunctions::<()>::new();
    let read = |_: &mut (), id: u8| if id == 0 { Err(Refusal::Unknown(id)) } else { Ok(Refusal::Busy) };
    functions.register("read", read).unwrap();
    functions.register("take", |_: &mut (), refusal: Refusal| refusal == Refusal::Busy).unwrap();
}
