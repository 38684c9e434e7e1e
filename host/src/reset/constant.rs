//! Whether anything but memory and globals of a module's instances can change.

use wasmer::sys::wasmparser::{FunctionBody, Operator, Parser, Payload};

/// Whether a valid module has no instruction that changes a table or drops a segment.
pub(crate) fn only_memory_and_globals(wasm: &[u8]) -> bool {
    Parser::new(0).parse_all(wasm).all(|payload| match payload {
        Ok(Payload::CodeSectionEntry(body)) => only_harmless(&body),
        Ok(_) => true,
        Err(_) => false,
    })
}

fn only_harmless(body: &FunctionBody<'_>) -> bool {
    let Ok(operators) = body.get_operators_reader() else { return false };
    operators.into_iter().all(|operator| {
        operator.is_ok_and(|operator| {
            !matches!(
                operator,
                Operator::TableSet { .. }
                    | Operator::TableGrow { .. }
                    | Operator::TableFill { .. }
                    | Operator::TableCopy { .. }
                    | Operator::TableInit { .. }
                    | Operator::ElemDrop { .. }
                    | Operator::DataDrop { .. }
            )
        })
    })
}
