//! What is read of a linked file: functions, and where their code is. The linker made it, so what is missing is left out.

/// A function in a linked file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// The address, without the bit of Thumb code.
    pub address: u32,
    /// The bytes from the first instruction to the end.
    pub size: u32,
    /// The code, without constants between its instructions: address and bytes of each piece.
    pub code: Vec<(u32, Vec<u8>)>,
}

/// The functions of an ELF file of 32 bits, little-endian.
#[must_use]
pub fn functions(elf: &[u8]) -> Vec<Function> {
    let sections = sections(elf);
    let Some(table) = sections.iter().find(|section| section.kind == SYMBOLS) else { return Vec::new() };
    let names = sections.get(table.link as usize).copied().unwrap_or_default();
    let symbols: Vec<Symbol> = table.bytes(elf).chunks_exact(16).map(Symbol::of).collect();
    let name = |symbol: &Symbol| {
        let bytes = names.bytes(elf).get(symbol.name as usize..).unwrap_or_default();
        let len = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..len]).into_owned()
    };
    // Marks between code and constants, by address: whether code follows.
    let mark = |symbol: &Symbol| match &name(symbol)[..] {
        text if text.starts_with("$d") => Some((symbol.value & !1, false)),
        text if text.starts_with("$t") || text.starts_with("$x") => Some((symbol.value & !1, true)),
        _ => None,
    };
    let mut marks: Vec<(u32, bool)> = symbols.iter().filter_map(mark).collect();
    marks.sort_unstable();
    let functions = symbols.iter().filter(|symbol| symbol.kind == FUNCTION && symbol.size > 0);
    let function = |symbol: &Symbol| {
        let section = sections.get(usize::from(symbol.section)).copied().unwrap_or_default();
        let (start, end) = (symbol.value & !1, (symbol.value & !1) + symbol.size);
        let at = |address: u32| address.wrapping_sub(section.address) as usize;
        let mut cuts = vec![(start, true)];
        cuts.extend(marks.iter().filter(|(address, _)| (start..end).contains(address)));
        cuts.push((end, false));
        let pieces = cuts.windows(2).filter(|cut| cut[0].1);
        let bytes =
            |from: u32, to: u32| section.bytes(elf).get(at(from)..at(to)).unwrap_or_default().to_vec();
        let code = pieces.map(|cut| (cut[0].0, bytes(cut[0].0, cut[1].0))).collect();
        Function { name: name(symbol), address: start, size: symbol.size, code }
    };
    functions.map(function).collect()
}

const SYMBOLS: u32 = 2;
const FUNCTION: u8 = 2;

#[derive(Clone, Copy, Default)]
struct Section {
    kind: u32,
    address: u32,
    offset: u32,
    size: u32,
    link: u32,
}

impl Section {
    fn bytes(self, elf: &[u8]) -> &[u8] {
        let start = self.offset as usize;
        elf.get(start..start.saturating_add(self.size as usize)).unwrap_or_default()
    }
}

struct Symbol {
    name: u32,
    value: u32,
    size: u32,
    kind: u8,
    section: u16,
}

impl Symbol {
    fn of(bytes: &[u8]) -> Self {
        let section = u16::from_le_bytes([bytes[14], bytes[15]]);
        Self {
            name: word(bytes, 0),
            value: word(bytes, 4),
            size: word(bytes, 8),
            kind: bytes[12] & 15,
            section,
        }
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| u32::from_le_bytes(*word))
}

fn sections(elf: &[u8]) -> Vec<Section> {
    let table = word(elf, 32) as usize;
    let count = word(elf, 48) & 0xffff;
    let section = |index: u32| {
        let at = table + 40 * index as usize;
        Section {
            kind: word(elf, at + 4),
            address: word(elf, at + 12),
            offset: word(elf, at + 16),
            size: word(elf, at + 20),
            link: word(elf, at + 24),
        }
    };
    (0..count).map(section).collect()
}
