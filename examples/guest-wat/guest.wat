;; A guest by hand, from docs/ABI.md alone, with WebAssembly 1.0 alone.
;;
;;   echo   raw      gives its bytes back, in place
;;   sum    typed    (i32, i32) -> i32, wrapping
;;   greet  raw      asks the host function `lookup` about its bytes and says hello to the answer
;;   panic  raw      panics with its bytes as the message
;;
;; Assembled by the crate `wat`; wabt's `wat2wasm --enable-annotations` does as well, and leaves the description
;; out.
;;
;; Memory: the control block at 16, the text at 64, the request buffer at 260, the response buffer at 1284, the arena from 1792.
;; That is low enough for a part that gives the guest 4 KiB.
(module
  (import "env" "lookup" (func $lookup (param i32 i32) (result i64)))
  (import "env" "__aingle_fetch" (func $fetch (param i32 i32) (result i64)))
  (memory (export "memory") 1)

  ;; The control block. The guest's words: request buffer, response buffer, fault, features (1: trusted memory), zero.
  (data (i32.const 16) "\04\01\00\00" "\fc\03\00\00" "\04\05\00\00" "\fc\01\00\00"
    "\00\00\00\00" "\00\00\00\00" "\01\00\00\00" "\00\00\00\00")
  (data (i32.const 64) "hello, ")
  (data (i32.const 80) "the envelope cannot be read")
  (data (i32.const 112) "a flag is not supported")
  (data (i32.const 144) "two i32 are expected")
  (data (i32.const 176) "no room for it")
  (data (i32.const 192) "the response cannot be read")

  ;; The first free byte of the arena.
  (global $top (mut i32) (i32.const 1792))
  ;; 1 when the host asked for room, and so emptied the arena, before it entered.
  (global $given (mut i32) (i32.const 0))
  ;; Version and flag of the request, which its reply repeats.
  (global $version (mut i32) (i32.const 2))
  (global $trusted (mut i32) (i32.const 0))
  ;; Where $varint reads, and whether all that it read were numbers.
  (global $at (mut i32) (i32.const 0))
  (global $good (mut i32) (i32.const 0))

  (func (export "__aingle_abi_2") (result i32) (i32.const 16))

  (func (export "__aingle_guest_allocate") (param $len i32) (result i32)
    (global.set $top (i32.const 1792))
    (global.set $given (i32.const 1))
    (call $take (local.get $len)))

  ;; ---- entry points

  (func (export "echo") (param $ptr i32) (param $len i32) (result i64)
    (local $code i32)
    (if (local.tee $code (call $enter (local.get $ptr) (local.get $len)))
      (then (return (call $refuse (local.get $code)))))
    (call $reply (local.get $ptr) (local.get $ptr) (i32.sub (local.get $len) (i32.const 12))))

  (func (export "sum") (param $ptr i32) (param $len i32) (result i64)
    (local $code i32) (local $end i32) (local $sum i32) (local $out i32)
    (if (local.tee $code (call $enter (local.get $ptr) (local.get $len)))
      (then (return (call $refuse (local.get $code)))))
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (global.set $at (i32.add (local.get $ptr) (i32.const 12)))
    (global.set $good (i32.const 1))
    (local.set $sum (i32.add (call $signed (local.get $end)) (call $signed (local.get $end))))
    (if (i32.or (i32.eqz (global.get $good)) (i32.ne (global.get $at) (local.get $end)))
      (then (return (call $error (i32.const 3) (i32.const 144) (i32.const 20)))))
    (if (i32.eqz (local.tee $out (call $take (i32.const 17))))
      (then (unreachable)))
    (call $reply (local.get $ptr) (local.get $out)
      (call $write_signed (i32.add (local.get $out) (i32.const 12)) (local.get $sum))))

  (func (export "greet") (param $ptr i32) (param $len i32) (result i64)
    (local $code i32) (local $name i32) (local $out i32) (local $packed i64) (local $from i32) (local $size i32)
    (if (local.tee $code (call $enter (local.get $ptr) (local.get $len)))
      (then (return (call $refuse (local.get $code)))))
    (if (i32.eqz (local.tee $name (call $take (local.get $len))))
      (then (return (call $error (i32.const 6) (i32.const 176) (i32.const 14)))))
    (local.set $size (i32.sub (local.get $len) (i32.const 12)))
    (call $copy (i32.add (local.get $name) (i32.const 12)) (i32.add (local.get $ptr) (i32.const 12))
      (local.get $size))
    (drop (call $finish (local.get $name) (local.get $size) (i32.const 4)))
    (local.set $packed (call $lookup (local.get $name) (local.get $len)))
    ;; An address of 0: the response waits to be fetched.
    (if (i64.eqz (i64.shr_u (local.get $packed) (i64.const 32)))
      (then
        (local.set $size (i32.wrap_i64 (local.get $packed)))
        (if (i32.eqz (local.tee $from (call $take (local.get $size))))
          (then (return (call $error (i32.const 6) (i32.const 176) (i32.const 14)))))
        (local.set $packed (call $fetch (local.get $from) (local.get $size)))))
    (local.set $from (i32.wrap_i64 (i64.shr_u (local.get $packed) (i64.const 32))))
    (local.set $size (i32.wrap_i64 (local.get $packed)))
    (if (call $read (local.get $from) (local.get $size))
      (then (return (call $error (i32.const 5) (i32.const 192) (i32.const 27)))))
    ;; An error of the host function becomes the guest's own.
    (if (i32.and (i32.load8_u offset=3 (local.get $from)) (i32.const 8))
      (then (return
        (call $finish (local.get $from) (i32.sub (local.get $size) (i32.const 12)) (i32.const 8)))))
    (if (i32.eqz (local.tee $out (call $take (i32.add (local.get $size) (i32.const 7)))))
      (then (return (call $error (i32.const 6) (i32.const 176) (i32.const 14)))))
    (call $copy (i32.add (local.get $out) (i32.const 12)) (i32.const 64) (i32.const 7))
    (call $copy (i32.add (local.get $out) (i32.const 19)) (i32.add (local.get $from) (i32.const 12))
      (i32.sub (local.get $size) (i32.const 12)))
    (call $reply (local.get $ptr) (local.get $out) (i32.sub (local.get $size) (i32.const 5))))

  (func (export "panic") (param $ptr i32) (param $len i32) (result i64)
    (local $code i32)
    (if (local.tee $code (call $enter (local.get $ptr) (local.get $len)))
      (then (return (call $refuse (local.get $code)))))
    (i32.store offset=16 (i32.const 16) (i32.add (local.get $ptr) (i32.const 12)))
    (i32.store offset=20 (i32.const 16) (i32.sub (local.get $len) (i32.const 12)))
    (unreachable))

  ;; ---- the arena

  ;; Room of $len bytes at 4 modulo 16, or 0.
  (func $take (param $len i32) (result i32)
    (local $ptr i32) (local $next i32)
    (local.set $ptr (i32.add
      (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)) (i32.const 4)))
    (local.set $next (i32.add (local.get $ptr) (local.get $len)))
    (if (i32.lt_u (local.get $next) (local.get $ptr))
      (then (return (i32.const 0))))
    (if (i32.eqz (call $reach (local.get $next)))
      (then (return (i32.const 0))))
    (global.set $top (local.get $next))
    (local.get $ptr))

  ;; Whether memory ends no earlier than $end, grown where that is needed. Where the host says that less
  ;; is there than the pages say, that is all there is.
  (func $reach (param $end i32) (result i32)
    (local $pages i32)
    (if (i32.load offset=32 (i32.const 16))
      (then (return (i32.le_u (local.get $end) (i32.load offset=32 (i32.const 16))))))
    (local.set $pages (i32.add
      (i32.shr_u (local.get $end) (i32.const 16))
      (i32.ne (i32.and (local.get $end) (i32.const 0xffff)) (i32.const 0))))
    (if (i32.le_u (local.get $pages) (memory.size))
      (then (return (i32.const 1))))
    (i32.ne (memory.grow (i32.sub (local.get $pages) (memory.size))) (i32.const -1)))

  (func $copy (param $to i32) (param $from i32) (param $len i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $len)))
        (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $len (i32.sub (local.get $len) (i32.const 1)))
        (br $next))))

  ;; ---- envelopes

  ;; A call begins: the arena is empty, unless the host had it emptied; the request is read.
  (func $enter (param $ptr i32) (param $len i32) (result i32)
    (local $code i32)
    (if (i32.eqz (global.get $given))
      (then (global.set $top (i32.const 1792))))
    (global.set $given (i32.const 0))
    (local.set $code (call $read (local.get $ptr) (local.get $len)))
    (if (local.get $code)
      (then (global.set $version (i32.const 2)) (global.set $trusted (i32.const 0)))
      (else
        (global.set $version (i32.load8_u offset=2 (local.get $ptr)))
        (global.set $trusted (i32.and (i32.load8_u offset=3 (local.get $ptr)) (i32.const 16)))))
    (local.get $code))

  ;; Checks an envelope: 0, or the code of the error that it deserves.
  (func $read (param $ptr i32) (param $len i32) (result i32)
    (local $version i32) (local $flags i32)
    (if (i32.lt_u (local.get $len) (i32.const 12))
      (then (return (i32.const 3))))
    (if (i32.ne (i32.load16_u align=1 (local.get $ptr)) (i32.const 0x4149))
      (then (return (i32.const 3))))
    (local.set $version (i32.load8_u offset=2 (local.get $ptr)))
    (local.set $flags (i32.load8_u offset=3 (local.get $ptr)))
    (if (i32.gt_u (i32.sub (local.get $version) (i32.const 1)) (i32.const 1))
      (then (return (i32.const 3))))
    ;; Version 1 knows four flags, version 2 five.
    (if (i32.shr_u (local.get $flags) (i32.add (local.get $version) (i32.const 3)))
      (then (return (i32.const 3))))
    (if (i32.ne (i32.load offset=4 align=1 (local.get $ptr)) (i32.sub (local.get $len) (i32.const 12)))
      (then (return (i32.const 3))))
    (if (i32.ne (i32.load offset=8 align=1 (local.get $ptr))
                (call $checksum (local.get $ptr) (local.get $version) (local.get $flags)))
      (then (return (i32.const 3))))
    ;; LZ4 and encryption are more than this guest can.
    (if (i32.and (local.get $flags) (i32.const 3))
      (then (return (i32.const 7))))
    (i32.const 0))

  ;; What the checksum field of an envelope must be.
  (func $checksum (param $ptr i32) (param $version i32) (param $flags i32) (result i32)
    (local $crc i32)
    (if (i32.and (local.get $flags) (i32.const 16))
      (then (return (i32.const 0))))
    (local.set $crc (i32.const -1))
    (if (i32.eq (local.get $version) (i32.const 2))
      (then (local.set $crc (call $crc (local.get $crc) (local.get $ptr) (i32.const 8)))))
    (i32.xor (i32.const -1) (call $crc (local.get $crc)
      (i32.add (local.get $ptr) (i32.const 12)) (i32.load offset=4 align=1 (local.get $ptr)))))

  ;; CRC-32, one bit after the other.
  (func $crc (param $crc i32) (param $ptr i32) (param $len i32) (result i32)
    (local $bit i32)
    (block $done
      (loop $byte
        (br_if $done (i32.eqz (local.get $len)))
        (local.set $crc (i32.xor (local.get $crc) (i32.load8_u (local.get $ptr))))
        (local.set $bit (i32.const 8))
        (loop $shift
          (local.set $crc (i32.xor
            (i32.shr_u (local.get $crc) (i32.const 1))
            (i32.and (i32.const 0xedb88320)
              (i32.sub (i32.const 0) (i32.and (local.get $crc) (i32.const 1))))))
          (br_if $shift (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
        (local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))
        (local.set $len (i32.sub (local.get $len) (i32.const 1)))
        (br $byte)))
    (local.get $crc))

  ;; Writes the header before a payload of $len bytes and returns where the envelope lies.
  (func $finish (param $ptr i32) (param $len i32) (param $flags i32) (result i64)
    (local.set $flags (i32.or (local.get $flags) (global.get $trusted)))
    (i32.store16 align=1 (local.get $ptr) (i32.const 0x4149))
    (i32.store8 offset=2 (local.get $ptr) (global.get $version))
    (i32.store8 offset=3 (local.get $ptr) (local.get $flags))
    (i32.store offset=4 align=1 (local.get $ptr) (local.get $len))
    (i32.store offset=8 align=1 (local.get $ptr)
      (call $checksum (local.get $ptr) (global.get $version) (local.get $flags)))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32))
      (i64.extend_i32_u (i32.add (local.get $len) (i32.const 12)))))

  ;; The reply, or 0 when the request was a notification.
  (func $reply (param $request i32) (param $ptr i32) (param $len i32) (result i64)
    (if (i32.eqz (i32.and (i32.load8_u offset=3 (local.get $request)) (i32.const 4)))
      (then (return (i64.const 0))))
    (call $finish (local.get $ptr) (local.get $len) (i32.const 0)))

  (func $refuse (param $code i32) (result i64)
    (if (i32.eq (local.get $code) (i32.const 7))
      (then (return (call $error (i32.const 7) (i32.const 112) (i32.const 23)))))
    (call $error (i32.const 3) (i32.const 80) (i32.const 27)))

  ;; An error envelope. In version 1 it has no code.
  (func $error (param $code i32) (param $text i32) (param $len i32) (result i64)
    (local $out i32) (local $prefix i32)
    (local.set $prefix (i32.shl (i32.sub (global.get $version) (i32.const 1)) (i32.const 2)))
    (if (i32.eqz (local.tee $out (call $take (i32.add (local.get $len) (i32.const 16)))))
      (then (unreachable)))
    (i32.store offset=12 align=1 (local.get $out) (local.get $code))
    (call $copy
      (i32.add (i32.add (local.get $out) (i32.const 12)) (local.get $prefix)) (local.get $text) (local.get $len))
    (call $finish (local.get $out) (i32.add (local.get $len) (local.get $prefix)) (i32.const 8)))

  ;; ---- postcard

  ;; The i32 at $at: a varint of at most five bytes, its sign in the lowest bit.
  (func $signed (param $end i32) (result i32)
    (local $value i32) (local $shift i32) (local $byte i32)
    (loop $next
      (if (i32.ge_u (global.get $at) (local.get $end))
        (then (global.set $good (i32.const 0)) (return (i32.const 0))))
      (local.set $byte (i32.load8_u (global.get $at)))
      (global.set $at (i32.add (global.get $at) (i32.const 1)))
      (if (i32.and (i32.eq (local.get $shift) (i32.const 28)) (i32.gt_u (local.get $byte) (i32.const 15)))
        (then (global.set $good (i32.const 0)) (return (i32.const 0))))
      (local.set $value (i32.or (local.get $value)
        (i32.shl (i32.and (local.get $byte) (i32.const 127)) (local.get $shift))))
      (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
      (br_if $next (i32.and (local.get $byte) (i32.const 128))))
    (i32.xor
      (i32.shr_u (local.get $value) (i32.const 1))
      (i32.sub (i32.const 0) (i32.and (local.get $value) (i32.const 1)))))

  ;; Writes an i32 and returns how many bytes it took.
  (func $write_signed (param $to i32) (param $value i32) (result i32)
    (local $from i32)
    (local.set $from (local.get $to))
    (local.set $value (i32.xor
      (i32.shl (local.get $value) (i32.const 1)) (i32.shr_s (local.get $value) (i32.const 31))))
    (block $last
      (loop $next
        (br_if $last (i32.lt_u (local.get $value) (i32.const 128)))
        (i32.store8 (local.get $to) (i32.or (local.get $value) (i32.const 128)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $value (i32.shr_u (local.get $value) (i32.const 7)))
        (br $next)))
    (i32.store8 (local.get $to) (local.get $value))
    (i32.sub (i32.add (local.get $to) (i32.const 1)) (local.get $from)))

  ;; The description: length, kind, form, hash, four lengths, four texts.
  (@custom "aingle.abi"
    "\16\00\00\00" "\01" "\00" "\00\00\00\00\00\00\00\00" "\04\00\00\00\00\00\00\00" "echo"
    "\25\00\00\00" "\01" "\01" "\45\40\bf\11\72\0e\f4\b7" "\03\00\03\00\0a\00\03\00" "sum" "a,b" "(i32, i32)" "i32"
    "\17\00\00\00" "\01" "\00" "\00\00\00\00\00\00\00\00" "\05\00\00\00\00\00\00\00" "greet"
    "\17\00\00\00" "\01" "\00" "\00\00\00\00\00\00\00\00" "\05\00\00\00\00\00\00\00" "panic"
    "\18\00\00\00" "\02" "\00" "\00\00\00\00\00\00\00\00" "\06\00\00\00\00\00\00\00" "lookup"))
