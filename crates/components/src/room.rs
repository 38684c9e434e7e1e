//! How much of a reply Wasmtime may copy, so that the host's memory for it is bounded.
//!
//! Wasmtime 48.0.0 counts the bytes of texts, and one value for each item of a list. It does not count what an item has within: the
//! fields of a record, and their names, which are copied for each item. (48.0.8 counts them itself; with it replies are refused earlier.)
//!
//! The number holds for all that the function hands to the host, also for what it writes by WASI. So there is a least one, and a type whose
//! items are too heavy for it is refused.

use crate::shape::Shape;
use crate::unfit::Unfit;
use wasmtime::component::Val;

/// The most memory that the values of one reply, or of the arguments of a call, take on the host, in bytes.
pub const MAX_VALUES: usize = 128 << 20;

pub const VALUE: usize = size_of::<Val>();
pub const NAME: usize = size_of::<String>();

/// What an allocation takes beyond its length, at most.
const ALLOCATION: usize = 32;

/// What one call of WASI can always hand over, in bytes.
const LEAST: usize = 256 << 10;

/// Returns what Wasmtime may count for a reply of this type.
pub fn of_reply(shape: Option<&Shape>) -> Result<usize, Unfit> {
    // An item of a list takes so many times what is counted for it.
    let times = shape.map_or(1, |shape| heaviest(shape).div_ceil(VALUE)).max(1);
    let room = MAX_VALUES / times;
    if room < LEAST { Err(Unfit::TooHeavy { limit: MAX_VALUES / LEAST * VALUE }) } else { Ok(room) }
}

/// Returns what the heaviest item of a list in this type takes.
fn heaviest(shape: &Shape) -> usize {
    match shape {
        Shape::List(item) => (VALUE + within(item)).max(heaviest(item)),
        Shape::Record(fields) => fields.iter().map(|(_, shape)| heaviest(shape)).max().unwrap_or(0),
        Shape::Tuple(items) => items.iter().map(heaviest).max().unwrap_or(0),
        Shape::Variant(cases) => {
            cases.iter().filter_map(|(_, shape)| shape.as_ref()).map(heaviest).max().unwrap_or(0)
        }
        Shape::Option(some) => heaviest(some),
        Shape::Result(ok, err) => {
            [ok, err].into_iter().flatten().map(|shape| heaviest(shape)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

/// Returns what a value takes on the heap that is not counted.
fn within(shape: &Shape) -> usize {
    match shape {
        Shape::Record(fields) => {
            let fields = fields.iter().map(|(name, shape)| NAME + VALUE + text(name) + within(shape));
            ALLOCATION + fields.sum::<usize>()
        }
        Shape::Tuple(items) => ALLOCATION + items.iter().map(|item| VALUE + within(item)).sum::<usize>(),
        Shape::Variant(cases) => {
            let content = |shape: &Option<Shape>| shape.as_ref().map_or(0, boxed);
            cases.iter().map(|(name, shape)| text(name) + content(shape)).max().unwrap_or(0)
        }
        Shape::Enum(names) => names.iter().map(|name| text(name)).max().unwrap_or(0),
        Shape::Option(some) => boxed(some),
        Shape::Result(ok, err) => {
            [ok, err].into_iter().flatten().map(|shape| boxed(shape)).max().unwrap_or(0)
        }
        Shape::Flags(names) => ALLOCATION + names.iter().map(|name| NAME + text(name)).sum::<usize>(),
        Shape::Text | Shape::Bytes | Shape::List(_) => ALLOCATION,
        _ => 0,
    }
}

fn text(name: &str) -> usize {
    ALLOCATION + name.len()
}

fn boxed(shape: &Shape) -> usize {
    ALLOCATION + VALUE + within(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aingle_wasm_values::Integer;

    fn list(item: Shape) -> Shape {
        Shape::List(Box::new(item))
    }

    #[test]
    fn an_item_of_many_parts_counts_for_as_many() {
        assert_eq!(of_reply(None), Ok(MAX_VALUES));
        assert_eq!(of_reply(Some(&Shape::Bytes)), Ok(MAX_VALUES));
        let numbers = of_reply(Some(&list(Shape::Integer(Integer::U64))));
        assert_eq!(numbers, Ok(MAX_VALUES));
        let flags = |count: usize| Shape::Flags((0..count).map(|at| format!("{at:0100}")).collect());
        // 3,200 bytes of names for each value that is counted.
        assert!(of_reply(Some(&list(flags(32)))).unwrap() < MAX_VALUES / (3_200 / VALUE));
        let within = Shape::Record(vec![("a".into(), Shape::Bool), ("b".into(), list(list(flags(32))))]);
        assert_eq!(of_reply(Some(&within)), of_reply(Some(&list(flags(32)))));
        assert_eq!(of_reply(Some(&list(flags(300)))), Err(Unfit::TooHeavy { limit: 512 * VALUE }));
    }
}
