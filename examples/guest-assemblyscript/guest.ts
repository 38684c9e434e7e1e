/* A guest in AssemblyScript, from docs/ABI.md alone: no objects, WebAssembly 1.0 alone.
 *
 *   echo   raw      gives its bytes back, in place
 *   sum    typed    (i32, i32) -> i32, wrapping
 *   greet  raw      asks the host function `lookup` about its bytes and says hello to the answer
 *   panic  raw      panics with its bytes as the message
 *
 * README.md says how it is built. describe.js writes the description.
 */

@external("env", "lookup")
declare function lookup(ptr: u32, len: u32): u64;
@external("env", "__aingle_fetch")
declare function fetch(ptr: u32, len: u32): u64;

const HEADER: u32 = 12;

// Flags.
const LZ4: u32 = 1;
const ENCRYPTED: u32 = 2;
const EXPECTS_RESPONSE: u32 = 4;
const ERROR: u32 = 8;
const TRUSTED: u32 = 16;
const SUM: u32 = 32;

// Codes of errors.
const BAD_REQUEST: u32 = 3;
const HOST_FAILED: u32 = 5;
const TOO_LARGE: u32 = 6;
const UNSUPPORTED: u32 = 7;

// ---- memory

// Where the host may write: 4 bytes above a multiple of 16.
const SHARED: u32 = <u32>memory.data(1536, 16);
const REQUEST_BUFFER: u32 = SHARED + 4;
const REQUEST_BUFFER_LEN: u32 = 1020;
const RESPONSE_BUFFER: u32 = SHARED + 1028;
const RESPONSE_BUFFER_LEN: u32 = 508;

const CONTROL_BLOCK: u32 = <u32>memory.data(48, 16);
const FAULT: u32 = CONTROL_BLOCK + 16;
const FAULT_LEN: u32 = CONTROL_BLOCK + 20;
const FEATURES: u32 = CONTROL_BLOCK + 24;
const MEMORY_END: u32 = CONTROL_BLOCK + 32;

// Where the sum is computed.
const LANES: u32 = <u32>memory.data(32, 16);

// The first free byte of the arena; 0 while it is empty.
let top: u32 = 0;
// Whether the host asked for room, and so emptied the arena, before it entered.
let given: bool = false;

function reaches(end: u32): bool {
  const memoryEnd = load<u32>(MEMORY_END);
  if (memoryEnd != 0) return end <= memoryEnd;
  const pages = (end >> 16) + u32((end & 0xffff) != 0);
  // Growing by nothing tells the size. wasm3 0.4.7 refuses memory.size where a computed value is at hand.
  const have: u32 = memory.grow(0);
  return pages <= have || memory.grow(pages - have) != -1;
}

// Room of `len` bytes at 4 modulo 16, or 0.
function take(len: u32): u32 {
  const from: u32 = top != 0 ? top : <u32>__heap_base;
  const ptr = ((from + 15) & ~15) + 4;
  const end = ptr + len;
  if (end < ptr || !reaches(end)) return 0;
  top = end;
  return ptr;
}

export function __aingle_abi_2(): u32 {
  store<u32>(CONTROL_BLOCK, REQUEST_BUFFER);
  store<u32>(CONTROL_BLOCK, REQUEST_BUFFER_LEN, 4);
  store<u32>(CONTROL_BLOCK, RESPONSE_BUFFER, 8);
  store<u32>(CONTROL_BLOCK, RESPONSE_BUFFER_LEN, 12);
  store<u32>(FEATURES, 1 | 4); // trusted memory, the sum
  return CONTROL_BLOCK;
}

export function __aingle_guest_allocate(len: u32): u32 {
  top = 0;
  given = true;
  return take(len);
}

// Where `throw` and failed checks of the standard library arrive: the host reads the message. It is put where the host
// writes responses, because there may be no other room, and cut to fit: a unit of UTF-16 takes at most three bytes.
function abort(message: string | null, _file: string | null, _line: u32, _column: u32): void {
  if (message !== null) {
    const len = min(message.length, <i32>RESPONSE_BUFFER_LEN / 3);
    fault(RESPONSE_BUFFER, <u32>String.UTF8.encodeUnsafe(changetype<usize>(message), len, RESPONSE_BUFFER));
  }
  unreachable();
}

function fault(text: u32, len: u32): void {
  store<u32>(FAULT, text);
  store<u32>(FAULT_LEN, len);
}

// Writes a text as UTF-8 and gives its length.
function write(text: string, to: u32): u32 {
  return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, to);
}

// ---- envelopes

function crc(start: u32, ptr: u32, len: u32): u32 {
  let value = start;
  for (let i: u32 = 0; i < len; i++) {
    value ^= load<u8>(ptr + i);
    for (let bit = 0; bit < 8; bit++) value = (value >> 1) ^ (0xedb88320 & -(value & 1));
  }
  return value;
}

// The sum of the envelope at `ptr`: four lanes, to which its words go in turn.
function sumOf(ptr: u32): u32 {
  store<u64>(LANES, load<u32>(ptr));
  store<u64>(LANES, load<u32>(ptr, 4), 8);
  store<u64>(LANES, 0, 16);
  store<u64>(LANES, 0, 24);
  const len = load<u32>(ptr, 4);
  for (let i: u32 = 0; i < len; i += 4) {
    let word: u64 = 0;
    for (let j = i; j < len && j < i + 4; j++) word |= <u64>load<u8>(ptr + j, 12) << (8 * (j - i));
    const lane = LANES + 2 * (i & 12);
    store<u64>(lane, load<u64>(lane) * 0x7a517d15 + word);
  }
  return <u32>((load<u64>(LANES) * 0xaf373b0156a8b3bd + load<u64>(LANES, 8) * 0xdb2aedcab234668d +
    load<u64>(LANES, 16) * 0xd21fe22f3b5b08a9 + load<u64>(LANES, 24) * 0x44b8d1a4359b196b) >> 32);
}

// What the checksum field of the envelope at `ptr` must be.
function checksum(ptr: u32): u32 {
  const flags: u32 = load<u8>(ptr, 3);
  if (flags & TRUSTED) return 0;
  if (flags & SUM) return sumOf(ptr);
  const covered = load<u8>(ptr, 2) == 2 ? crc(-1, ptr, 8) : -1;
  return ~crc(covered, ptr + HEADER, load<u32>(ptr, 4));
}

// Checks an envelope: 0, or the code of the error that it deserves.
function read(ptr: u32, len: u32): u32 {
  if (len < HEADER) return BAD_REQUEST;
  const version = load<u8>(ptr, 2);
  const flags: u32 = load<u8>(ptr, 3);
  if (load<u16>(ptr) != 0x4149) return BAD_REQUEST;
  if (version != 1 && version != 2) return BAD_REQUEST;
  if (flags & ~(version == 1 ? 0x0f : 0x3f)) return BAD_REQUEST;
  if ((flags & TRUSTED) != 0 && (flags & SUM) != 0) return BAD_REQUEST;
  if (load<u32>(ptr, 4) != len - HEADER) return BAD_REQUEST;
  if (load<u32>(ptr, 8) != checksum(ptr)) return BAD_REQUEST;
  return flags & (LZ4 | ENCRYPTED) ? UNSUPPORTED : 0;
}

// What a reply repeats of its request.
let version: u32 = 2;
let integrity: u32 = 0;
let expects: bool = false;

// Writes the header before a payload of `len` bytes and says where the envelope lies.
function finish(ptr: u32, len: u32, flags: u32): u64 {
  store<u16>(ptr, 0x4149);
  store<u8>(ptr, version, 2);
  store<u8>(ptr, flags | integrity, 3);
  store<u32>(ptr, len, 4);
  store<u32>(ptr, checksum(ptr), 8);
  return (<u64>ptr << 32) | (len + HEADER);
}

function reply(ptr: u32, len: u32): u64 {
  return expects ? finish(ptr, len, 0) : 0;
}

// An error envelope. In version 1 it has no code.
function fail(code: u32, text: string): u64 {
  const out = take(HEADER + 4 + 3 * text.length);
  if (out == 0) throw new Error("no room for an error");
  const prefix: u32 = version == 1 ? 0 : 4;
  store<u32>(out, code, 12);
  return finish(out, prefix + write(text, out + HEADER + prefix), ERROR);
}

// A call begins: the arena is empty, unless the host had it emptied; the request is read.
function enter(ptr: u32, len: u32): u32 {
  if (!given) top = 0;
  given = false;
  const code = read(ptr, len);
  version = code ? 2 : load<u8>(ptr, 2);
  integrity = code ? 0 : load<u8>(ptr, 3) & (TRUSTED | SUM);
  expects = code != 0 || (load<u8>(ptr, 3) & EXPECTS_RESPONSE) != 0;
  return code;
}

function refuse(code: u32): u64 {
  return fail(code, code == UNSUPPORTED ? "a flag is not supported" : "the envelope cannot be read");
}

// ---- postcard: a varint of at most five bytes, the sign in its lowest bit

// Where the value after the last one that was read begins; 0 after one that cannot be read.
let next: u32 = 0;

function readSigned(end: u32): i32 {
  let zigzag: u32 = 0;
  for (let shift = 0; shift < 35 && next != 0 && next < end; shift += 7) {
    const byte: u32 = load<u8>(next++);
    if (shift == 28 && byte > 15) break;
    zigzag |= (byte & 127) << shift;
    if (byte < 128) return (zigzag >> 1) ^ -(zigzag & 1);
  }
  next = 0;
  return 0;
}

function writeSigned(ptr: u32, value: i32): u32 {
  let zigzag: u32 = (value << 1) ^ (value >> 31);
  let to = ptr;
  for (; zigzag >= 128; zigzag >>= 7) store<u8>(to++, zigzag | 128);
  store<u8>(to++, zigzag);
  return to - ptr;
}

// ---- entry points

export function echo(ptr: u32, len: u32): u64 {
  const code = enter(ptr, len);
  if (code) return refuse(code);
  return reply(ptr, len - HEADER);
}

export function sum(ptr: u32, len: u32): u64 {
  const code = enter(ptr, len);
  if (code) return refuse(code);
  const end = ptr + len;
  next = ptr + HEADER;
  const a = readSigned(end);
  const b = readSigned(end);
  if (next != end) return fail(BAD_REQUEST, "two i32 are expected");
  const out = take(HEADER + 5);
  if (out == 0) return fail(TOO_LARGE, "no room for it");
  return reply(out, writeSigned(out + HEADER, a + b));
}

export function greet(ptr: u32, len: u32): u64 {
  const hello = "hello, ";
  const code = enter(ptr, len);
  if (code) return refuse(code);
  const name = take(len);
  if (name == 0) return fail(TOO_LARGE, "no room for it");
  memory.copy(name + HEADER, ptr + HEADER, len - HEADER);
  finish(name, len - HEADER, EXPECTS_RESPONSE);
  let packed = lookup(name, len);
  if (packed >> 32 == 0) { // the response waits to be fetched
    const buffer = take(<u32>packed);
    if (buffer == 0) return fail(TOO_LARGE, "no room for it");
    packed = fetch(buffer, <u32>packed);
  }
  const from = <u32>(packed >> 32);
  const size = <u32>packed;
  if (read(from, size)) return fail(HOST_FAILED, "the response cannot be read");
  // An error of the host function becomes the guest's own.
  if (load<u8>(from, 3) & ERROR) return finish(from, size - HEADER, ERROR);
  const out = take(size + 3 * hello.length);
  if (out == 0) return fail(TOO_LARGE, "no room for it");
  const written = write(hello, out + HEADER);
  memory.copy(out + HEADER + written, from + HEADER, size - HEADER);
  return reply(out, written + size - HEADER);
}

export function panic(ptr: u32, len: u32): u64 {
  const code = enter(ptr, len);
  if (code) return refuse(code);
  fault(ptr + HEADER, len - HEADER);
  return unreachable();
}
