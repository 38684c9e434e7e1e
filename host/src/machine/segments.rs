//! Which segment of a module lies outside its memory or table.
//!
//! Wasmer says that one does, not which; this finds it. It runs only when a module was refused.

use wasmer::sys::wasmparser::{ConstExpr, DataKind, ElementItems, ElementKind, Operator, Parser, Payload};

/// The first active segment that reaches beyond the initial memory or table, data and elements
/// counted each from zero. Offsets other than constants are not looked at.
pub(super) fn outside(wasm: &[u8]) -> Option<u32> {
    let (mut memory, mut tables) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::MemorySection(section) => memory = section.into_iter().next()?.ok()?.initial * 65_536,
            Payload::TableSection(section) => {
                tables = section.into_iter().flatten().map(|table| table.ty.initial).collect();
            }
            Payload::ElementSection(section) => {
                let mut elements = section.into_iter().flatten().map(|element| match element.kind {
                    ElementKind::Active { table_index, offset_expr } => {
                        let table = tables.get(table_index.unwrap_or(0) as usize).copied();
                        beyond(&offset_expr, items(&element.items), table.unwrap_or(0))
                    }
                    _ => false,
                });
                if let Some(index) = elements.position(|outside| outside) {
                    return Some(index as u32);
                }
            }
            Payload::DataSection(section) => {
                let mut data = section.into_iter().flatten().map(|data| match data.kind {
                    DataKind::Active { offset_expr, .. } => {
                        beyond(&offset_expr, data.data.len() as u64, memory)
                    }
                    DataKind::Passive => false,
                });
                return data.position(|outside| outside).map(|index| index as u32);
            }
            _ => {}
        }
    }
    None
}

fn items(items: &ElementItems<'_>) -> u64 {
    match items {
        ElementItems::Functions(functions) => u64::from(functions.count()),
        ElementItems::Expressions(_, expressions) => u64::from(expressions.count()),
    }
}

fn beyond(offset: &ConstExpr<'_>, len: u64, end: u64) -> bool {
    match offset.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => u64::from(value.cast_unsigned()) + len > end,
        _ => false,
    }
}
