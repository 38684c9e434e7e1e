use aingle_wasm_guest::Data;

#[derive(Data)]
struct Fields {
    size: usize,
    long: [u8; 33],
    map: std::collections::HashMap<u8, u8>,
    inside: Vec<Option<&'static f32>>,
}

#[derive(Data)]
struct Foreign {
    shared: std::rc::Rc<u8>,
    address: std::net::SocketAddrV6,
}

#[derive(Data)]
struct Node {
    value: u8,
    next: Option<Box<Node>>,
}

#[derive(Data)]
enum Tree {
    Leaf(u8),
    Branch(Vec<Self>),
}

#[derive(Data)]
struct Sized([u8; Self::LEN]);

impl Sized {
    const LEN: usize = 4;
}

#[derive(Data)]
struct TakenLifetime<'de>(&'de str);

#[derive(Data)]
struct AnyLength<const N: usize>([u8; N]);

#[derive(Data)]
union Either {
    a: u8,
    b: i8,
}

fn main() {}
