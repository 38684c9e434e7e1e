//! The source of a whole module.

use super::function::{function, rust_signature};
use super::plan::Plan;
use crate::error::AotError;
use crate::graph::Graph;
use crate::module::Module;
use crate::prelude::{COUNTED, PLAIN, inner};
use std::fmt::Write;
use wasmparser::{FuncType, ValType};

/// Where the pointer that functions pass on points to in the block: to the memory, so that an access without offset is the sum of two
/// registers. ARMv6-M has no negative offsets for the globals before it: there it points to the head.
const PLACES: &str = "const BASE: usize = if cfg!(thumb1) { 0 } else { M };
const OFF: usize = M - BASE;
const G: isize = FIXED as isize - BASE as isize;
";

/// What a module is emitted as.
pub struct Source<'m> {
    pub module: &'m Module<'m>,
    pub graph: &'m Graph,
    /// The size of the memory, in bytes.
    pub memory: u32,
    /// The globals that hold fuel and depth.
    pub counters: Option<(u32, u32)>,
    /// Whether limits that were merged in here end every recursion. Then no function checks the stack.
    pub limited: bool,
}

/// The signature of entry points and of host functions.
pub const ENTRY: (usize, bool) = (2, true);

/// The signatures by which a host calls functions: how many parameters, and whether there is a result.
#[must_use]
pub fn signature_of(ty: &FuncType) -> Option<(usize, bool)> {
    use ValType::{I32, I64};
    match (ty.params(), ty.results()) {
        ([I32, I32], [I64]) => Some(ENTRY),
        ([I32, I32], []) => Some((2, false)),
        ([I32], [I32]) => Some((1, true)),
        ([], [I32]) => Some((0, true)),
        ([], []) => Some((0, false)),
        _ => None,
    }
}

impl<'m> Source<'m> {
    /// The source of an image: the module's functions, and the function `dispatch`, which calls `callable` by their places.
    ///
    /// # Errors
    /// [`AotError::Unsupported`] for what is not translated.
    pub fn image(&self, callable: &[u32]) -> Result<String, AotError> {
        let mut text = self.functions(false)?;
        text.push_str(
            "unsafe extern \"C\" fn dispatch(i: I, f: u32, a: u32, b: u32) -> u64 { unsafe { let i = i.add(BASE);\n",
        );
        text.push_str(self.begin());
        text.push_str("let result = match f {\n");
        for (at, function) in callable.iter().enumerate() {
            let Some((params, result)) = signature_of(self.module.function_type(*function)) else { continue };
            let arguments = [", a", ", b"][..params].concat();
            let call = self.target(*function, &arguments);
            let _ = match result {
                true => writeln!(text, "{at} => {call} as u64,"),
                false => writeln!(text, "{at} => {{ {call}; 0 }}"),
            };
        }
        let _ = write!(text, "_ => trap(i.sub(BASE), UNREACHABLE), }};\n{} result }} }}\n", self.end());
        Ok(text)
    }

    /// What is done with the fuel when the code is entered.
    fn begin(&self) -> &'static str {
        if self.counters.is_some() { "split(i);" } else { "" }
    }

    /// What is done with the fuel when a call returns.
    fn end(&self) -> &'static str {
        if self.counters.is_some() { "join(i);" } else { "" }
    }

    /// The source for a test program: all arguments and results go through an array of words.
    ///
    /// # Errors
    /// As [`Source::image`].
    pub fn program(&self, callable: &[u32]) -> Result<String, AotError> {
        let mut text = self.functions(true)?;
        text.push_str("unsafe extern \"C\" fn dispatch(i: I, f: u32, _: u32, _: u32) -> u64 { unsafe { let p = words(i); let i = i.add(BASE);\n");
        text.push_str(self.begin());
        text.push_str("match f {\n");
        for (at, function) in callable.iter().enumerate() {
            let ty = self.module.function_type(*function);
            let argument = |(at, ty): (usize, &ValType)| match ty {
                ValType::I32 => format!(", p.add({at}).read() as u32"),
                ValType::I64 => format!(", p.add({at}).read()"),
                ValType::F32 => format!(", f32::from_bits(p.add({at}).read() as u32)"),
                _ => format!(", f64::from_bits(p.add({at}).read())"),
            };
            let arguments: String = ty.params().iter().enumerate().map(argument).collect();
            let bits = |ty: &ValType| match ty {
                ValType::I32 | ValType::I64 => " as u64",
                _ => ".to_bits() as u64",
            };
            let store = match ty.results() {
                [] => String::new(),
                [one] => format!("p.write(r{});", bits(one)),
                many => many
                    .iter()
                    .enumerate()
                    .map(|(at, ty)| format!("p.add({at}).write(r.{at}{});", bits(ty)))
                    .collect(),
            };
            let _ = writeln!(text, "{at} => {{ let r = {}; {store} }}", self.target(*function, &arguments));
        }
        let _ = write!(text, "_ => trap(i.sub(BASE), UNREACHABLE), }}\n{} 0 }} }}\n", self.end());
        Ok(text)
    }

    fn functions(&self, program: bool) -> Result<String, AotError> {
        let (module, memory, graph, limited) = (self.module, self.memory, self.graph, self.limited);
        let counters = self.counters;
        let mut plan = Plan { module, memory, graph, counters, leaving: Vec::new(), limited, program };
        plan.leaving = plan.leaving()?;
        let mut text = format!("const M: usize = FIXED + {};\n{PLACES}", module.globals.len());
        let fuel = counters.and_then(|(fuel, _)| module.globals.get(fuel)?.place);
        match fuel {
            Some(place) => {
                let _ = writeln!(text, "const FUEL: isize = G + {place};");
                text.push_str(&inner(COUNTED));
            }
            None => text.push_str(&inner(PLAIN)),
        }
        for (at, body) in module.bodies.iter().enumerate() {
            text.push_str(&function(&plan, module.imported() + at as u32, body)?);
        }
        for ty in 0..module.types.len() as u32 {
            if module.canonical_type(ty) == ty && plan.numbers(ty) {
                self.indirect(&mut text, ty, program);
            }
        }
        Ok(text)
    }

    /// The function that calls through the table: an arm for each element of the type.
    fn indirect(&self, text: &mut String, ty: u32, program: bool) {
        let mut elements = self.module.elements(ty).peekable();
        if elements.peek().is_none() {
            return;
        }
        let signature = &self.module.types[ty as usize];
        let arguments: String = (0..signature.params().len()).map(|at| format!(", l{at}")).collect();
        let head = rust_signature(signature);
        let _ = writeln!(
            text,
            "unsafe fn indirect{ty}{} {{ unsafe {{ match element {{",
            head.replacen("i: I", "i: I, element: u32", 1)
        );
        for (element, function) in elements {
            if function < self.module.imported() && signature_of(signature) != Some(ENTRY) {
                // Of a test program: an import that prints.
                let _ = if program { writeln!(text, "{element} => {{}}") } else { Ok(()) };
                continue;
            }
            let _ = writeln!(text, "{element} => {},", self.target(function, &arguments));
        }
        text.push_str("_ => trap(i.sub(BASE), INDIRECT_CALL), } } }\n");
    }

    fn target(&self, function: u32, arguments: &str) -> String {
        match function < self.module.imported() {
            true => format!("host(i.sub(BASE), {function}{arguments})"),
            false => format!("f{function}(i{arguments})"),
        }
    }
}
