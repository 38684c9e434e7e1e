//! Which boards a module fits on, as far as is known before it runs.
//!
//! The boards and their figures are those of `docs/ENGINES.md`, and a test compares them with it.

use crate::engines::ENGINES;
use aingle_wasm_module::Foreign;
use serde_json::{Value, json};
use wasmparser::{DataKind, Operator, Parser, Payload};

/// Board that the example firmware is built for.
pub struct Board {
    /// Its name, as QEMU has it.
    pub name: &'static str,
    /// Bytes of RAM.
    pub ram: u32,
    /// Bytes of flash.
    pub flash: u32,
    /// The engines of its firmware.
    pub engines: [&'static str; 2],
}

/// The boards.
pub const BOARDS: [Board; 2] = [
    Board { name: "lm3s6965evb", ram: 64 << 10, flash: 256 << 10, engines: ["wasm3", "spacewasm"] },
    Board { name: "netduinoplus2", ram: 128 << 10, flash: 1 << 20, engines: ["wasm3", "spacewasm"] },
];

impl Board {
    /// Returns why a module does not fit on the board, or `None` if nothing is known that speaks against it.
    #[must_use]
    pub fn refuses(&self, wasm: &[u8]) -> Option<String> {
        if let Some(foreign @ (Foreign::Component | Foreign::Wasi)) = Foreign::of(wasm) {
            return Some(format!("it is {foreign}"));
        }
        if wasm.len() > self.flash as usize {
            return Some(format!("it has {} bytes, and the board {} of flash", wasm.len(), self.flash));
        }
        let own = ENGINES.iter().filter(|engine| self.engines.contains(&engine.name));
        let reasons: Vec<Option<String>> =
            own.map(|engine| Some(format!("{}: {}", engine.name, engine.refuses(wasm)?))).collect();
        if let Some(all) = reasons.into_iter().collect::<Option<Vec<String>>>() {
            return Some(all.join("; "));
        }
        let (end, offset) = farthest(wasm)?;
        (end > u64::from(self.ram)).then(|| {
            let ram = self.ram;
            format!(
                "its data reaches to byte {end} of memory, and the board has {ram} of RAM (at byte {offset})"
            )
        })
    }

    /// Returns whether a module fits on the board, as an item of a list.
    #[must_use]
    pub fn item(&self, wasm: &[u8]) -> (String, Value) {
        let Self { name, ram, flash, .. } = self;
        let known = json!({ "name": name, "ram": ram, "flash": flash });
        let (line, fits) = match self.refuses(wasm) {
            None => (
                format!("{name}: not ruled out, {ram} bytes of RAM and {flash} of flash"),
                json!({ "fits": true }),
            ),
            Some(reason) => (format!("{name}: no, {reason}"), json!({ "fits": false, "reason": reason })),
        };
        let both = known.as_object().into_iter().chain(fits.as_object()).flatten();
        (line, both.map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

/// Returns where the data of a module ends that reaches farthest, and the offset of its segment in the file.
fn farthest(wasm: &[u8]) -> Option<(u64, u64)> {
    let mut farthest = None;
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::DataSection(segments) = payload.ok()? else { continue };
        for segment in segments.into_iter().filter_map(Result::ok) {
            let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
            let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else {
                continue;
            };
            let end = u64::from(value.cast_unsigned()) + segment.data.len() as u64;
            farthest = farthest.max(Some((end, segment.range.start)));
        }
    }
    farthest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_the_page() {
        let page = include_str!("../../../docs/ENGINES.md");
        for Board { name, ram, flash, engines } in BOARDS {
            let row =
                format!("| {name} | {} KiB | {} KiB | {} |", ram >> 10, flash >> 10, engines.join(", "));
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn a_board_refuses_what_is_too_large_and_what_none_of_its_engines_takes() {
        let refuses =
            |text: &str| BOARDS.each_ref().map(|board| board.refuses(&wat::parse_str(text).unwrap()));
        assert_eq!(refuses("(module (memory 1))"), [None, None]);
        // wasm3 has it, and spacewasm does not.
        assert_eq!(refuses("(module (func (drop (i32.extend8_s (i32.const 1)))))"), [None, None]);
        let [small, large] = refuses(r#"(module (memory 2) (data (i32.const 70000) "xyz"))"#);
        assert!(large.is_none());
        assert_eq!(
            small.unwrap(),
            "its data reaches to byte 70003 of memory, and the board has 65536 of RAM (at byte 16)"
        );
        let [vectors, _] = refuses("(module (func (drop (v128.const i64x2 1 2))))");
        assert!(vectors.unwrap().starts_with("wasm3: SIMD support is not enabled (at byte "));
        let data = format!(r#"(module (memory 1) (data "{}"))"#, "x".repeat(300_000));
        let [small, large] = refuses(&data);
        assert!(small.unwrap().contains("262144 of flash") && large.is_some(), "it is a passive segment");
    }
}
