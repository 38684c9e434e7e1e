;; A loop that never ends. wasm3 0.4.7 left it: to move the float on top into its register, it spilled the float below
;; into the first free slot, which was the index's. It read 0 as the index, not 1.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\24\00\00\00" "\00\04\00\00" "\24\04\00\00" "\00\04\00\00" "\00\00\00\00" "\00\00\00\00" "\01")
  (func (export "__aingle_abi_2") (result i32) i32.const 0)
  (func (export "__aingle_guest_allocate") (param i32) (result i32) i32.const 0)
  (func (export "call_0") (param i32 i32) (result i64)
    (block $left
      (loop $again
        (f32.convert_i32_s (i32.const 0))
        (f32.const 1)
        (i32.eqz (i32.const 0))
        (br_table $left $again)))
    i64.const 0))
