// A transform of the compiler: it adds the custom section `aingle.abi` of docs/ABI.md to the module.

const EXPORT = 1;
const IMPORT = 2;

// Kind and name; a typed function has its parameters, arguments and result too.
const RECORDS = [
  [EXPORT, "echo"],
  [EXPORT, "sum", "a,b", "(i32, i32)", "i32"],
  [EXPORT, "greet"],
  [EXPORT, "panic"],
  [IMPORT, "lookup"],
];

// FNV-1a of 64 bits.
function hash(text) {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  }
  return value;
}

function record([kind, ...texts]) {
  const [name, parameters = "", args = "", result = ""] = texts;
  const all = [name, parameters, args, result].map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(22 + all.reduce((sum, text) => sum + text.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length - 4, true);
  view.setUint8(4, kind);
  view.setUint8(5, args ? 1 : 0);
  view.setBigUint64(6, args ? hash(`${args}->${result}`) : 0n, true);
  let at = 22;
  all.forEach((text, i) => {
    view.setUint16(14 + 2 * i, text.length, true);
    bytes.set(text, at);
    at += text.length;
  });
  return bytes;
}

export default class {
  afterCompile(module) {
    module.addCustomSection("aingle.abi", RECORDS.flatMap((each) => [...record(each)]));
  }
}
