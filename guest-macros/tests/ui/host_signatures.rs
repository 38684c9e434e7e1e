use aingle_wasm_guest::host_externs;

host_externs! {
    async fn asynchronous() -> u8;
    unsafe fn contract();
    extern "C" fn abi();
    const fn constant() -> u8;
    fn generic<T>(x: T);
    fn sized<const N: usize>(x: [u8; N]);
    fn changed(x: &mut u8);
    fn argument(x: impl Into<u8>);
    fn result() -> impl Into<u8>;
    fn tuple((x, y): (u8, u8));
    fn wild(_: u8);
    fn conditional(#[cfg(any())] x: u8);
    fn all<T>(x: &mut T, (a, b): (u8, u8)) -> impl Sized;
}

host_externs! {
    fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8);
}

fn main() {
    // What was refused keeps its signature, so that nothing is said about these.
    contract_is_unsafe();
    abi().unwrap();
    constant().unwrap();
    generic(5).unwrap();
    tuple((1, 2)).unwrap();
}

fn contract_is_unsafe() {
    unsafe { contract().unwrap() }
}
