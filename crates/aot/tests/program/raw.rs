//! The test program around emitted modules: reads commands, one a line, and answers each with a line.
//!
//! `n UNIT` makes an instance and makes it the current one, `u INSTANCE` chooses one, `c ORDINAL RESULTS WORD...` calls,
//! `h` hashes the memory, `g PLACE` and `s PLACE WORD` read and write eight bytes of the globals. An answer begins with `o`, or with
//! `t` and the number of a trap.

pub struct Unit {
    pub enter: unsafe extern "C" fn(I, u32, u32, u32) -> u64,
    pub memory: usize,
    pub head: usize,
    pub globals: &'static [u8],
    pub data: &'static [(u32, &'static [u8])],
    pub start: Option<u32>,
}

struct Instance {
    unit: &'static Unit,
    block: I,
}

/// The native stack that calls may take, of the much larger one that the thread has.
const STACK: usize = 16 << 20;

/// Answers an import: a number that depends on all that it is given, and a change of the memory.
unsafe extern "C" fn answer(i: I, import: u32, ptr: u32, len: u32) -> u64 {
    // SAFETY: the context is the instance, and the memory is behind the head.
    unsafe {
        let instance = &*(*i.cast::<Head>()).context.cast::<Instance>();
        if instance.unit.memory > 0 {
            let at = i.add(instance.unit.head + ptr as usize % instance.unit.memory);
            *at = (*at).wrapping_add(1);
        }
    }
    let mixed = (ptr ^ len.rotate_left(16) ^ import).wrapping_mul(0x9e37_79b1);
    (mixed as u64) << 32 | (mixed >> 20) as u64
}

impl Instance {
    fn new(unit: &'static Unit) -> &'static mut Self {
        let layout = std::alloc::Layout::from_size_align(unit.head + unit.memory, 16).unwrap();
        // SAFETY: the layout is not empty, and the block is as large as the head and the memory.
        unsafe {
            let block = std::alloc::alloc_zeroed(layout);
            assert!(!block.is_null());
            let instance = Box::leak(Box::new(Self { unit, block }));
            let head = block.cast::<Head>();
            (*head).host = answer;
            (*head).context = (&raw mut *instance).cast();
            block.add(FIXED).copy_from_nonoverlapping(unit.globals.as_ptr(), unit.globals.len());
            for (address, bytes) in unit.data {
                block.add(unit.head + *address as usize).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            }
            instance
        }
    }

    #[inline(never)]
    fn call(&mut self, function: u32, words: &mut [u64]) -> usize {
        let here = 0_u8;
        // SAFETY: the block is that of this unit; `words` has room for arguments and results.
        unsafe {
            let head = self.block.cast::<Head>();
            (*head).trap = 0;
            (*head).words = words.as_mut_ptr();
            (*head).stack_limit = (&raw const here) as usize - STACK;
            (self.unit.enter)(self.block, function, 0, 0);
            (*head).trap
        }
    }

    fn memory(&self) -> &[u8] {
        // SAFETY: the memory is behind the head.
        unsafe { std::slice::from_raw_parts(self.block.add(self.unit.head), self.unit.memory) }
    }
}

/// Eight bytes of the globals, or as many as there are.
fn global<'i>(instance: &'i mut Instance, place: &str) -> &'i mut [u8] {
    let (place, len): (usize, usize) = (place.parse().unwrap(), instance.unit.globals.len());
    assert!(place < len);
    // SAFETY: the globals are behind the fixed part of the head.
    unsafe { std::slice::from_raw_parts_mut(instance.block.add(FIXED + place), 8.min(len - place)) }
}

pub unsafe fn words(i: I) -> *mut u64 {
    // SAFETY: the block begins with a head.
    unsafe { (*i.cast::<Head>()).words }
}

fn run(line: &str, all: &mut Vec<&'static mut Instance>, current: &mut usize) -> String {
    let mut fields = line.split(' ');
    let command = fields.next().unwrap();
    let mut next = || fields.next().unwrap();
    match command {
        "n" => {
            all.push(Instance::new(UNITS[next().parse::<usize>().unwrap()]));
            *current = all.len() - 1;
            let start = all[*current].unit.start;
            match start.map_or(0, |start| all[*current].call(start, &mut [0; 4])) {
                0 => "o".into(),
                trap => format!("t {trap}"),
            }
        }
        "u" => {
            *current = next().parse().unwrap();
            "o".into()
        }
        "c" => {
            let (function, results) = (next().parse().unwrap(), next().parse::<usize>().unwrap());
            let mut words: Vec<u64> = fields.map(|word| u64::from_str_radix(word, 16).unwrap()).collect();
            words.resize(words.len().max(results).max(1), 0);
            match all[*current].call(function, &mut words) {
                0 => words[..results].iter().fold("o".into(), |text, word| format!("{text} {word:x}")),
                trap => format!("t {trap}"),
            }
        }
        "h" => {
            let hash = all[*current].memory().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
            });
            format!("o {hash:x}")
        }
        "g" => {
            let (mut word, bytes) = ([0; 8], global(all[*current], next()));
            word[..bytes.len()].copy_from_slice(bytes);
            format!("o {:x}", u64::from_le_bytes(word))
        }
        "s" => {
            let place = global(all[*current], next());
            let value = u64::from_str_radix(next(), 16).unwrap().to_le_bytes();
            place.copy_from_slice(&value[..place.len()]);
            "o".into()
        }
        other => panic!("{other}"),
    }
}

fn main() {
    let work = || {
        let (mut all, mut current) = (Vec::new(), 0);
        for line in std::io::stdin().lines() {
            println!("{}", run(&line.unwrap(), &mut all, &mut current));
        }
    };
    std::thread::Builder::new().stack_size(STACK * 4).spawn(work).unwrap().join().unwrap();
}
