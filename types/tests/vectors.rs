//! Packed results, description records and the control block's layout against the golden vectors.

use aingle_wasm_types::description::{Form, Kind, Record, RecordError, schema_hash};
use aingle_wasm_types::{Packed, control_block};
use aingle_wasm_vectors::{CONTROL_BLOCK, PACKED, RECORDS, all, named};

#[test]
fn lesson_06_packed_results_are_unsigned() {
    for vector in all(PACKED) {
        let packed = Packed { ptr: vector.number("ptr") as u32, len: vector.number("len") as u32 };
        assert_eq!(packed.to_u64(), vector.hex_number("packed"), "{}", vector.name);
        assert_eq!(Packed::from_u64(vector.hex_number("packed")), packed, "{}", vector.name);
        let inside = packed.range_in(vector.number("memory") as usize).is_some();
        assert_eq!(inside, vector.text("inside") == "yes", "{}", vector.name);
    }
}

#[test]
fn records_say_what_they_should() {
    for vector in all(RECORDS).filter(|vector| vector.get("refused").is_none()) {
        let bytes = vector.bytes("bytes");
        let (record, rest) = Record::split_first(&bytes).expect(vector.name);
        assert!(rest.is_empty());
        let (args, result) = (vector.text("args"), vector.text("result"));
        let texts = (vector.text("name"), vector.text("params"), args, result);
        assert_eq!((record.name, record.params, record.args, record.result), texts);
        assert_eq!(record.kind as u64, vector.number("kind"), "{}", vector.name);
        assert_eq!(record.form as u64, vector.number("form"), "{}", vector.name);
        assert_eq!(record.hash, vector.hex_number("hash"), "{}", vector.name);
        assert!(record.form == Form::Raw || record.hash == schema_hash(args, result), "{}", vector.name);
        assert_eq!(record.written_len(), bytes.len(), "{}", vector.name);
    }
    let bytes = named(RECORDS, "typed_import").bytes("bytes");
    let (record, _) = Record::split_first(&bytes).unwrap();
    assert_eq!(record.kind, Kind::Import);
    assert_eq!(record.to_string(), "read_sensor(u8) -> Result<f32, enum {NoSuchSensor}>");
}

#[test]
fn refused_records_are_refused() {
    for vector in all(RECORDS).filter(|vector| vector.get("refused").is_some()) {
        let bytes = vector.bytes("bytes");
        let error = Record::split_first(&bytes).expect_err(vector.name);
        let kind = match error {
            RecordError::Truncated => "truncated",
            RecordError::NotUtf8 => "not utf-8",
            RecordError::TrailingBytes { .. } => "trailing",
            RecordError::UnknownKind { .. } => "kind",
            RecordError::UnknownForm { .. } => "form",
            RecordError::Hash { .. } => "hash",
            other => panic!("{other}"),
        };
        assert_eq!(kind, vector.text("refused"), "{}", vector.name);
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn the_control_block_lies_as_documented() {
    let words = [
        ("request_ptr", control_block::REQUEST_PTR),
        ("request_len", control_block::REQUEST_LEN),
        ("response_ptr", control_block::RESPONSE_PTR),
        ("response_len", control_block::RESPONSE_LEN),
        ("fault_ptr", control_block::FAULT_PTR),
        ("fault_len", control_block::FAULT_LEN),
        ("features", control_block::GUEST_FEATURES),
        ("asked", control_block::ASKED),
        ("memory_end", control_block::MEMORY_END),
        ("lz4_threshold", control_block::LZ4_THRESHOLD),
    ];
    for (name, offset) in words {
        assert_eq!(named(CONTROL_BLOCK, name).number("offset"), offset as u64, "{name}");
    }
    let last = all(CONTROL_BLOCK).map(|vector| vector.number("offset")).max();
    assert_eq!(last, Some(control_block::LEN as u64 - 4));
    assert_eq!(all(CONTROL_BLOCK).count(), control_block::LEN / 4);
}
