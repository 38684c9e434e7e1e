/* A guest in C, from docs/ABI.md alone: no library, no header, WebAssembly 1.0 alone.
 *
 *   echo   raw      gives its bytes back, in place
 *   sum    typed    (i32, i32) -> i32, wrapping
 *   greet  raw      asks the host function `lookup` about its bytes and says hello to the answer
 *   panic  raw      panics with its bytes as the message
 *
 * Built by (Debian: clang, lld):
 *
 *   clang --target=wasm32-unknown-unknown -mcpu=mvp -Os -ffreestanding -fno-builtin -nostdlib
 *         -Wl,--no-entry -Wl,--stack-first -Wl,-z,stack-size=512 -o guest.wasm guest.c
 *
 * `compile.rs` beside this file runs just that. The stack lies first and is small, so that everything
 * stays low in memory and fits a part that gives the guest 4 KiB.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("lookup") u64 lookup(u32 ptr, u32 len);
IMPORT("__aingle_fetch") u64 fetch(u32 ptr, u32 len);

enum { HEADER = 12 };
enum { LZ4 = 1, ENCRYPTED = 2, EXPECTS_RESPONSE = 4, ERROR = 8, TRUSTED = 16, SUM = 32 };
enum { BAD_REQUEST = 3, HOST_FAILED = 5, TOO_LARGE = 6, UNSUPPORTED = 7 };

/* ---- memory */

/* Where the host may write: 4 bytes above a multiple of 16. */
static struct {
    u8 before[4];
    u8 request[1020];
    u8 between[4];
    u8 response[508];
} shared __attribute__((aligned(16)));

static struct {
    u32 request_ptr, request_len, response_ptr, response_len, fault_ptr, fault_len, features, reserved;
    volatile u32 memory_end, lz4_threshold, host_reserved[2];
} control_block;

extern u8 __heap_base;

/* The first free byte of the arena; 0 while it is empty. */
static u32 top;
/* Whether the host asked for room, and so emptied the arena, before it entered. */
static int given;

static int reach(u32 end) {
    if (control_block.memory_end) return end <= control_block.memory_end;
    u32 pages = (end >> 16) + ((end & 0xffff) != 0);
    /* Growing by nothing tells the size. The instruction memory.size would too, but wasm3 0.4.7 refuses it
       where a computed value is at hand. */
    u32 have = (u32)__builtin_wasm_memory_grow(0, 0);
    return pages <= have || __builtin_wasm_memory_grow(0, pages - have) != (u32)-1;
}

/* Room of `len` bytes at 4 modulo 16, or 0. */
static u32 take(u32 len) {
    u32 from = top ? top : (u32)&__heap_base;
    u32 ptr = ((from + 15) & ~15u) + 4;
    u32 end = ptr + len;
    if (end < ptr || !reach(end)) return 0;
    top = end;
    return ptr;
}

static u8 *at(u32 ptr) { return (u8 *)ptr; }

static void copy(u32 to, u32 from, u32 len) {
    for (u32 i = 0; i < len; i++) at(to)[i] = at(from)[i];
}

/* Static constructors: the linker makes a function that runs them all. Where nothing calls it, every export would call it
   each time. The host calls this once. */
extern void __wasm_call_ctors(void);

EXPORT("_initialize") void initialize(void) { __wasm_call_ctors(); }

EXPORT("__aingle_abi_2") u32 abi(void) {
    control_block.request_ptr = (u32)shared.request;
    control_block.request_len = sizeof shared.request;
    control_block.response_ptr = (u32)shared.response;
    control_block.response_len = sizeof shared.response;
    control_block.features = 1 | 4; /* trusted memory, the sum */
    return (u32)&control_block;
}

EXPORT("__aingle_guest_allocate") u32 allocate(u32 len) {
    top = 0;
    given = 1;
    return take(len);
}

/* ---- envelopes */

static u32 load(u32 ptr) { return at(ptr)[0] | at(ptr)[1] << 8 | at(ptr)[2] << 16 | (u32)at(ptr)[3] << 24; }

static void store(u32 ptr, u32 value) {
    for (int i = 0; i < 4; i++) at(ptr)[i] = (u8)(value >> 8 * i);
}

static u32 crc(u32 crc, u32 ptr, u32 len) {
    for (u32 i = 0; i < len; i++) {
        crc ^= at(ptr)[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc;
}

/* The sum of the envelope at `ptr`: four lanes, to which its words go in turn. */
static u32 sum_of(u32 ptr) {
    u64 lanes[4] = {load(ptr), load(ptr + 4), 0, 0};
    u32 len = load(ptr + 4);
    for (u32 i = 0; i < len; i += 4) {
        u64 word = 0;
        for (u32 j = i; j < len && j < i + 4; j++) word |= (u64)at(ptr + HEADER + j)[0] << 8 * (j - i);
        lanes[i / 4 % 4] = lanes[i / 4 % 4] * 0x7a517d15 + word;
    }
    return (lanes[0] * 0xaf373b0156a8b3bd + lanes[1] * 0xdb2aedcab234668d + lanes[2] * 0xd21fe22f3b5b08a9 +
            lanes[3] * 0x44b8d1a4359b196b) >> 32;
}

/* What the checksum field of the envelope at `ptr` must be. */
static u32 checksum(u32 ptr) {
    if (at(ptr)[3] & TRUSTED) return 0;
    if (at(ptr)[3] & SUM) return sum_of(ptr);
    u32 covered = at(ptr)[2] == 2 ? crc(~0u, ptr, 8) : ~0u;
    return ~crc(covered, ptr + HEADER, load(ptr + 4));
}

/* Checks an envelope: 0, or the code of the error that it deserves. */
static int read(u32 ptr, u32 len) {
    if (len < HEADER) return BAD_REQUEST;
    u8 *head = at(ptr), version = head[2], flags = head[3];
    if (head[0] != 0x49 || head[1] != 0x41) return BAD_REQUEST;
    if (version != 1 && version != 2) return BAD_REQUEST;
    if (flags & ~(version == 1 ? 0x0f : 0x3f)) return BAD_REQUEST;
    if (flags & TRUSTED && flags & SUM) return BAD_REQUEST;
    if (load(ptr + 4) != len - HEADER) return BAD_REQUEST;
    if (load(ptr + 8) != checksum(ptr)) return BAD_REQUEST;
    return flags & (LZ4 | ENCRYPTED) ? UNSUPPORTED : 0;
}

/* What a reply repeats of its request. */
static u8 version, integrity, expects;

/* Writes the header before a payload of `len` bytes and says where the envelope lies. */
static u64 finish(u32 ptr, u32 len, u8 flags) {
    at(ptr)[0] = 0x49;
    at(ptr)[1] = 0x41;
    at(ptr)[2] = version;
    at(ptr)[3] = flags | integrity;
    store(ptr + 4, len);
    store(ptr + 8, checksum(ptr));
    return (u64)ptr << 32 | (len + HEADER);
}

static u64 reply(u32 ptr, u32 len) { return expects ? finish(ptr, len, 0) : 0; }

/* An error envelope. In version 1 it has no code. */
static u64 error(u32 code, const char *text) {
    u32 len = 0, prefix = version == 1 ? 0 : 4;
    while (text[len]) len++;
    u32 out = take(HEADER + 4 + len);
    if (!out) __builtin_trap();
    store(out + HEADER, code);
    copy(out + HEADER + prefix, (u32)text, len);
    return finish(out, prefix + len, ERROR);
}

/* A call begins: the arena is empty, unless the host had it emptied; the request is read. */
static int enter(u32 ptr, u32 len) {
    if (!given) top = 0;
    given = 0;
    int code = read(ptr, len);
    version = code ? 2 : at(ptr)[2];
    integrity = code ? 0 : at(ptr)[3] & (TRUSTED | SUM);
    expects = code ? 1 : at(ptr)[3] & EXPECTS_RESPONSE;
    return code;
}

static u64 refuse(int code) {
    return error((u32)code, code == UNSUPPORTED ? "a flag is not supported" : "the envelope cannot be read");
}

/* ---- postcard: a varint of at most five bytes, the sign in its lowest bit */

static int read_signed(u32 *ptr, u32 end, u32 *value) {
    u32 zigzag = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        if (*ptr >= end) return 0;
        u8 byte = at((*ptr)++)[0];
        if (shift == 28 && byte > 15) return 0;
        zigzag |= (u32)(byte & 127) << shift;
        if (byte < 128) {
            *value = zigzag >> 1 ^ -(zigzag & 1);
            return 1;
        }
    }
    return 0;
}

static u32 write_signed(u32 ptr, u32 value) {
    u32 zigzag = value << 1 ^ (u32)((i32)value >> 31), from = ptr;
    for (; zigzag >= 128; zigzag >>= 7) at(ptr++)[0] = (u8)zigzag | 128;
    at(ptr++)[0] = (u8)zigzag;
    return ptr - from;
}

/* ---- entry points */

EXPORT("echo") u64 echo(u32 ptr, u32 len) {
    int code = enter(ptr, len);
    if (code) return refuse(code);
    return reply(ptr, len - HEADER);
}

EXPORT("sum") u64 sum(u32 ptr, u32 len) {
    int code = enter(ptr, len);
    if (code) return refuse(code);
    u32 a, b, next = ptr + HEADER, end = ptr + len;
    if (!read_signed(&next, end, &a) || !read_signed(&next, end, &b) || next != end)
        return error(BAD_REQUEST, "two i32 are expected");
    u32 out = take(HEADER + 5);
    if (!out) __builtin_trap();
    return reply(out, write_signed(out + HEADER, a + b));
}

EXPORT("greet") u64 greet(u32 ptr, u32 len) {
    static const char hello[7] = "hello, ";
    int code = enter(ptr, len);
    if (code) return refuse(code);
    u32 name = take(len);
    if (!name) return error(TOO_LARGE, "no room for it");
    copy(name + HEADER, ptr + HEADER, len - HEADER);
    finish(name, len - HEADER, EXPECTS_RESPONSE);
    u64 packed = lookup(name, len);
    if (!(packed >> 32)) { /* the response waits to be fetched */
        u32 from = take((u32)packed);
        if (!from) return error(TOO_LARGE, "no room for it");
        packed = fetch(from, (u32)packed);
    }
    u32 from = (u32)(packed >> 32), size = (u32)packed;
    if (read(from, size)) return error(HOST_FAILED, "the response cannot be read");
    /* An error of the host function becomes the guest's own. */
    if (at(from)[3] & ERROR) return finish(from, size - HEADER, ERROR);
    u32 out = take(size + sizeof hello);
    if (!out) return error(TOO_LARGE, "no room for it");
    copy(out + HEADER, (u32)hello, sizeof hello);
    copy(out + HEADER + sizeof hello, from + HEADER, size - HEADER);
    return reply(out, size - HEADER + sizeof hello);
}

EXPORT("panic") u64 panic(u32 ptr, u32 len) {
    int code = enter(ptr, len);
    if (code) return refuse(code);
    control_block.fault_ptr = ptr + HEADER;
    control_block.fault_len = len - HEADER;
    __builtin_trap();
}

/* ---- the description: length, kind and form, hash, four lengths, four texts */

__asm__(".section .custom_section.aingle.abi,\"\",@\n"
        ".int32 22\n .int8 1\n .int8 0\n .int64 0\n"
        ".int16 4\n .int16 0\n .int16 0\n .int16 0\n .ascii \"echo\"\n"
        ".int32 37\n .int8 1\n .int8 1\n .int64 0xb7f40e7211bf4045\n"
        ".int16 3\n .int16 3\n .int16 10\n .int16 3\n .ascii \"suma,b(i32, i32)i32\"\n"
        ".int32 23\n .int8 1\n .int8 0\n .int64 0\n"
        ".int16 5\n .int16 0\n .int16 0\n .int16 0\n .ascii \"greet\"\n"
        ".int32 23\n .int8 1\n .int8 0\n .int64 0\n"
        ".int16 5\n .int16 0\n .int16 0\n .int16 0\n .ascii \"panic\"\n"
        ".int32 24\n .int8 2\n .int8 0\n .int64 0\n"
        ".int16 6\n .int16 0\n .int16 0\n .int16 0\n .ascii \"lookup\"\n"
        ".text\n");
