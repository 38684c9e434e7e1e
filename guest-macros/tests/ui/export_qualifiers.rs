use aingle_wasm_guest::export;

#[export]
async fn asynchronous(x: u8) -> u8 {
    x
}

#[export]
unsafe fn contract(x: u8) -> u8 {
    x
}

#[export]
extern "C" fn abi(x: u8) -> u8 {
    x
}

// All mistakes of one function are reported at once, and the function is still there.
#[export(name = "__aingle_all")]
pub async unsafe extern "C" fn all<T>(x: &mut T) -> impl Sized {}

fn main() {
    let _ = unsafe { contract(abi(1)) };
    drop(asynchronous(1));
}
