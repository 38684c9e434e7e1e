use aingle_wasm_guest::Data;

#[derive(Data)]
#[serde(rename(serialize = "A", deserialize = "B"))]
struct TwoNames {
    #[serde(rename(serialize = "a", deserialize = "b"))]
    x: u8,
    #[serde(rename)]
    y: u8,
}

#[derive(Data)]
#[serde(rename_all(serialize = "camelCase"))]
struct TwoRules {
    x: u8,
}

#[derive(Data)]
struct LooksLikeTwo {
    #[serde(rename = "a: u8, b")]
    x: u8,
    #[serde(rename = "")]
    y: u8,
}

#[derive(Data)]
#[serde(rename_all = "Camel_Case")]
struct NoSuchRule {
    x: u8,
}

fn main() {}
