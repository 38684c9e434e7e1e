//! A guest in Zig, from docs/ABI.md alone: no allocator, WebAssembly 1.0 alone.
//!
//!   echo   raw      gives its bytes back, in place
//!   sum    typed    (i32, i32) -> i32, wrapping
//!   greet  raw      asks the host function `lookup` about its bytes and says hello to the answer
//!   panic  raw      panics with its bytes as the message
//!
//! README.md says how it is built.

const std = @import("std");

extern "env" fn lookup(ptr: u32, len: u32) u64;
extern "env" fn __aingle_fetch(ptr: u32, len: u32) u64;

const header = 12;
const Flags = packed struct(u8) {
    lz4: bool = false,
    encrypted: bool = false,
    expects_response: bool = false,
    is_error: bool = false,
    trusted: bool = false,
    sum: bool = false,
    unknown: u2 = 0,
};
const Code = enum(u16) { bad_request = 3, host_failed = 5, too_large = 6, unsupported = 7 };

// ---- memory

/// Where the host may write: 4 bytes above a multiple of 16.
var shared: extern struct {
    before: [4]u8,
    request: [1020]u8,
    between: [4]u8,
    response: [508]u8,
} align(16) = undefined;

var control_block: extern struct {
    request: u32 = 0,
    request_len: u32 = 0,
    response: u32 = 0,
    response_len: u32 = 0,
    fault: u32 = 0,
    fault_len: u32 = 0,
    features: u32 = 1 | 4, // trusted memory, the sum
    reserved: u32 = 0,
    memory_end: u32 = 0,
    lz4_threshold: u32 = 0,
    host_reserved: [2]u32 = .{ 0, 0 },
} = .{};

extern var __heap_base: u8;

/// The first free byte of the arena; 0 while it is empty.
var top: u32 = 0;
/// Whether the host asked for room, and so emptied the arena, before it entered.
var given = false;

fn reaches(end: u32) bool {
    // Zig sees nobody write this word: the host does.
    const memory_end = @as(*volatile u32, &control_block.memory_end).*;
    if (memory_end != 0) return end <= memory_end;
    const pages = (end >> 16) + @intFromBool(end & 0xffff != 0);
    // Growing by nothing tells the size. wasm3 0.4.7 refuses memory.size where a computed value is at hand.
    const have: u32 = @bitCast(@wasmMemoryGrow(0, 0));
    return pages <= have or @wasmMemoryGrow(0, pages - have) != -1;
}

/// Room of `len` bytes at 4 modulo 16.
fn take(len: u32) ?u32 {
    const from = if (top != 0) top else @intFromPtr(&__heap_base);
    const ptr = std.mem.alignForward(u32, from, 16) + 4;
    const end = ptr +% len;
    if (end < ptr or !reaches(end)) return null;
    top = end;
    return ptr;
}

fn bytes(ptr: u32, len: u32) []u8 {
    return @as([*]u8, @ptrFromInt(ptr))[0..len];
}

fn load(ptr: u32) u32 {
    return std.mem.readInt(u32, bytes(ptr, 4)[0..4], .little);
}

fn store(ptr: u32, value: u32) void {
    std.mem.writeInt(u32, bytes(ptr, 4)[0..4], value, .little);
}

/// Zig has no static constructors. C that is linked to it may have some.
extern fn __wasm_call_ctors() void;

export fn _initialize() void {
    __wasm_call_ctors();
}

export fn __aingle_abi_2() u32 {
    control_block.request = @intFromPtr(&shared.request);
    control_block.request_len = shared.request.len;
    control_block.response = @intFromPtr(&shared.response);
    control_block.response_len = shared.response.len;
    return @intFromPtr(&control_block);
}

export fn __aingle_guest_allocate(len: u32) u32 {
    top = 0;
    given = true;
    return take(len) orelse 0;
}

/// What `@panic` calls, and every check of a build that has them: the host reads the message.
pub const panic = std.debug.FullPanic(report);

fn report(message: []const u8, _: ?usize) noreturn {
    control_block.fault = @intFromPtr(message.ptr);
    control_block.fault_len = message.len;
    @trap();
}

// ---- envelopes

const Envelope = struct {
    ptr: u32,

    fn version(self: Envelope) u8 {
        return bytes(self.ptr, header)[2];
    }

    fn flags(self: Envelope) Flags {
        return @bitCast(bytes(self.ptr, header)[3]);
    }

    fn payload(self: Envelope) []u8 {
        return bytes(self.ptr + header, load(self.ptr + 4));
    }

    /// What the checksum field must be.
    fn checksum(self: Envelope) u32 {
        if (self.flags().trusted) return 0;
        if (self.flags().sum) return self.sumOfWords();
        const covered = if (self.version() == 2) crc(~@as(u32, 0), bytes(self.ptr, 8)) else ~@as(u32, 0);
        return ~crc(covered, self.payload());
    }

    /// Four lanes, to which the words go in turn.
    fn sumOfWords(self: Envelope) u32 {
        var lanes = [4]u64{ load(self.ptr), load(self.ptr + 4), 0, 0 };
        var rest: []const u8 = self.payload();
        var lane: u32 = 0;
        while (rest.len > 0) : (lane = (lane + 1) % 4) {
            const size = @min(rest.len, 4);
            var word: u64 = 0;
            for (rest[0..size], 0..) |byte, i| word |= @as(u64, byte) << @intCast(8 * i);
            lanes[lane] = lanes[lane] *% 0x7a517d15 +% word;
            rest = rest[size..];
        }
        const mixed = lanes[0] *% 0xaf373b0156a8b3bd +% lanes[1] *% 0xdb2aedcab234668d +%
            lanes[2] *% 0xd21fe22f3b5b08a9 +% lanes[3] *% 0x44b8d1a4359b196b;
        return @truncate(mixed >> 32);
    }

    /// Writes the header before a payload of `len` bytes and says where the envelope lies.
    fn finish(self: Envelope, len: u32, reply_flags: Flags) u64 {
        var all = reply_flags;
        all.trusted = request.trusted;
        all.sum = request.sum;
        bytes(self.ptr, 4)[0..4].* = .{ 0x49, 0x41, request.version, @bitCast(all) };
        store(self.ptr + 4, len);
        store(self.ptr + 8, self.checksum());
        return @as(u64, self.ptr) << 32 | (len + header);
    }
};

fn crc(start: u32, data: []const u8) u32 {
    var value = start;
    for (data) |byte| {
        value ^= byte;
        for (0..8) |_| value = value >> 1 ^ (if (value & 1 != 0) @as(u32, 0xedb88320) else 0);
    }
    return value;
}

const Refusal = error{ BadRequest, Unsupported };

/// Checks an envelope.
fn read(ptr: u32, len: u32) Refusal!Envelope {
    if (len < header) return error.BadRequest;
    const envelope = Envelope{ .ptr = ptr };
    const version, const flags = .{ envelope.version(), envelope.flags() };
    if (!std.mem.eql(u8, bytes(ptr, 2), "IA")) return error.BadRequest;
    if (version != 1 and version != 2) return error.BadRequest;
    if (flags.unknown != 0 or flags.trusted and flags.sum) return error.BadRequest;
    if (version == 1 and (flags.trusted or flags.sum)) return error.BadRequest;
    if (load(ptr + 4) != len - header) return error.BadRequest;
    if (load(ptr + 8) != envelope.checksum()) return error.BadRequest;
    return if (flags.lz4 or flags.encrypted) error.Unsupported else envelope;
}

/// What a reply repeats of its request.
var request: struct { version: u8, trusted: bool, sum: bool, expects: bool } = undefined;

fn reply(ptr: u32, len: u32) u64 {
    return if (request.expects) (Envelope{ .ptr = ptr }).finish(len, .{}) else 0;
}

/// An error envelope. In version 1 it has no code.
fn fail(code: Code, text: []const u8) u64 {
    const out = take(header + 4 + text.len) orelse @panic("no room for an error");
    const prefix: u32 = if (request.version == 1) 0 else 4;
    store(out + header, @backingInt(code));
    @memcpy(bytes(out + header + prefix, text.len), text);
    return (Envelope{ .ptr = out }).finish(prefix + text.len, .{ .is_error = true });
}

/// A call begins: the arena is empty, unless the host had it emptied; the request is read.
fn enter(ptr: u32, len: u32) Refusal!Envelope {
    if (!given) top = 0;
    given = false;
    request = .{ .version = 2, .trusted = false, .sum = false, .expects = true };
    const envelope = try read(ptr, len);
    const flags = envelope.flags();
    request = .{
        .version = envelope.version(),
        .trusted = flags.trusted,
        .sum = flags.sum,
        .expects = flags.expects_response,
    };
    return envelope;
}

fn refuse(refusal: Refusal) u64 {
    return switch (refusal) {
        error.BadRequest => fail(.bad_request, "the envelope cannot be read"),
        error.Unsupported => fail(.unsupported, "a flag is not supported"),
    };
}

// ---- postcard: a varint of at most five bytes, the sign in its lowest bit

fn readSigned(rest: *[]const u8) ?i32 {
    var zigzag: u32 = 0;
    for (0..5) |i| {
        if (rest.len == 0) return null;
        const byte = rest.*[0];
        rest.* = rest.*[1..];
        if (i == 4 and byte > 15) return null;
        zigzag |= @as(u32, byte & 127) << @intCast(7 * i);
        if (byte < 128) return @bitCast(zigzag >> 1 ^ -%(zigzag & 1));
    }
    return null;
}

fn writeSigned(ptr: u32, value: i32) u32 {
    const out = bytes(ptr, 5);
    var zigzag: u32 = @bitCast(value << 1 ^ value >> 31);
    var len: u32 = 0;
    while (zigzag >= 128) : (zigzag >>= 7) {
        out[len] = @as(u8, @truncate(zigzag)) | 128;
        len += 1;
    }
    out[len] = @truncate(zigzag);
    return len + 1;
}

// ---- entry points

export fn echo(ptr: u32, len: u32) u64 {
    _ = enter(ptr, len) catch |refusal| return refuse(refusal);
    return reply(ptr, len - header);
}

export fn sum(ptr: u32, len: u32) u64 {
    const envelope = enter(ptr, len) catch |refusal| return refuse(refusal);
    var rest: []const u8 = envelope.payload();
    const a = readSigned(&rest);
    const b = readSigned(&rest);
    if (a == null or b == null or rest.len > 0) return fail(.bad_request, "two i32 are expected");
    const out = take(header + 5) orelse return fail(.too_large, "no room for it");
    return reply(out, writeSigned(out + header, a.? +% b.?));
}

export fn greet(ptr: u32, len: u32) u64 {
    const envelope = enter(ptr, len) catch |refusal| return refuse(refusal);
    const answer = ask(envelope.payload()) orelse return fail(.too_large, "no room for it");
    const response = read(@intCast(answer >> 32), @truncate(answer)) catch
        return fail(.host_failed, "the response cannot be read");
    const found = response.payload();
    // An error of the host function becomes the guest's own.
    if (response.flags().is_error) return response.finish(found.len, .{ .is_error = true });
    const hello = "hello, ";
    const out = take(header + hello.len + found.len) orelse return fail(.too_large, "no room for it");
    const text = bytes(out + header, hello.len + found.len);
    @memcpy(text[0..hello.len], hello);
    @memcpy(text[hello.len..], found);
    return reply(out, text.len);
}

/// Calls `lookup` with a name and gives the place and length of its response.
fn ask(name: []const u8) ?u64 {
    const call = take(header + name.len) orelse return null;
    @memcpy(bytes(call + header, name.len), name);
    _ = (Envelope{ .ptr = call }).finish(name.len, .{ .expects_response = true });
    const answer = lookup(call, header + name.len);
    if (answer >> 32 != 0) return answer;
    // The response waits to be fetched.
    const len: u32 = @truncate(answer);
    return __aingle_fetch(take(len) orelse return null, len);
}

fn panicWith(ptr: u32, len: u32) callconv(.c) u64 {
    const envelope = enter(ptr, len) catch |refusal| return refuse(refusal);
    @panic(envelope.payload());
}

comptime {
    // `panic` is what Zig calls the handler above.
    @export(&panicWith, .{ .name = "panic" });
}

// ---- the description: length, kind and form, hash, four lengths, four texts

const Record = struct {
    kind: enum(u8) { exported = 1, imported = 2 } = .exported,
    name: []const u8,
    parameters: []const u8 = "",
    arguments: []const u8 = "",
    result: []const u8 = "",
};

const records = [_]Record{
    .{ .name = "echo" },
    .{ .name = "sum", .parameters = "a,b", .arguments = "(i32, i32)", .result = "i32" },
    .{ .name = "greet" },
    .{ .name = "panic" },
    .{ .kind = .imported, .name = "lookup" },
};

fn assembly(record: Record) []const u8 {
    const texts = record.name ++ record.parameters ++ record.arguments ++ record.result;
    const is_typed = record.arguments.len > 0;
    const hash = if (is_typed) std.hash.Fnv1a_64.hash(record.arguments ++ "->" ++ record.result) else 0;
    return std.fmt.comptimePrint(".int32 {}\n.int8 {}\n.int8 {}\n.int64 {}\n" ++
        ".int16 {}\n.int16 {}\n.int16 {}\n.int16 {}\n.ascii \"{s}\"\n", .{
        18 + texts.len,       @backingInt(record.kind), @intFromBool(is_typed),
        hash,                 record.name.len,          record.parameters.len,
        record.arguments.len, record.result.len,        texts,
    });
}

comptime {
    var text: []const u8 = ".section .custom_section.aingle.abi,\"\",@\n";
    for (records) |record| text = text ++ assembly(record);
    asm (text ++ ".text\n");
}
