use aingle_wasm_guest::Data;

#[derive(Data)]
struct OnFields {
    #[serde(default)]
    a: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<u8>,
    #[serde(skip)]
    c: u8,
    #[serde(skip_serializing)]
    d: u8,
    #[serde(skip_deserializing)]
    e: u8,
    #[serde(with = "module")]
    f: u8,
    #[serde(serialize_with = "function", deserialize_with = "function")]
    g: u8,
    #[serde(flatten)]
    h: Inner,
    #[serde(alias = "j")]
    i: u8,
    #[serde(bound = "")]
    k: u8,
    #[serde(getter = "function")]
    l: u8,
    #[serde(no_such_attribute)]
    m: u8,
}

#[derive(Data)]
struct Inner {
    x: u8,
}

#[derive(Data)]
enum OnVariants {
    A,
    #[serde(skip)]
    B,
    #[serde(skip_serializing)]
    C,
    #[serde(skip_deserializing)]
    D,
    #[serde(other)]
    E,
    #[serde(untagged)]
    F(u8),
    #[serde(with = "module")]
    G(u8),
    #[serde(alias = "I")]
    H,
    J {
        #[serde(default)]
        x: u8,
    },
}

#[derive(Data)]
#[serde(into = "u8", from = "u8")]
struct Into(u8);

#[derive(Data)]
#[serde(try_from = "u8")]
struct TryFrom(u8);

#[derive(Data)]
#[serde(transparent)]
struct Transparent {
    x: u8,
}

#[derive(Data)]
#[serde(default)]
#[serde(deny_unknown_fields, expecting = "a value", bound = "", crate = "serde", remote = "Other")]
struct OnStruct {
    x: u8,
}

#[derive(Data)]
#[serde(tag = "type", content = "value")]
enum Tagged {
    A,
}

#[derive(Data)]
#[serde(untagged)]
enum Untagged {
    A,
}

#[derive(Data)]
#[serde(variant_identifier)]
enum Identifier {
    A,
}

#[derive(Data)]
#[serde(field_identifier)]
enum FieldIdentifier {
    A,
}

#[derive(Data)]
struct Conditional {
    #[cfg_attr(all(), serde(default))]
    x: u8,
}

// Types that were refused make no further errors where they are used.
#[aingle_wasm_guest::export]
fn uses(fields: OnFields) -> OnVariants {
    let _ = fields;
    OnVariants::A
}

fn main() {}
