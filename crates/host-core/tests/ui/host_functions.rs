use aingle_wasm_host_core::HostFunctions;

fn main() {
    let mut functions = HostFunctions::<()>::new();
    let _ = functions.register("untyped", |_, k: u8| k);
    let _ = functions.register("untyped_argument", |_: &mut (), k| k);
    let _ = functions.register("text", |_: &mut (), text: &str| text.len() as u32);
    let _ = functions.register("no_state", |id: u8| id);
    let _ = functions.register("size", |_: &mut (), id: usize| id);
    let _ = functions.register("result", |_: &mut ()| std::rc::Rc::new(1));
}
