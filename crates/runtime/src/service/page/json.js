
// JSON whose numbers stay as they are written: a number of JavaScript would change integers beyond 2^53.

/** Number as it is written. */
class Digits {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
}

/** Reads JSON. An object is a `Map`, a number is `Digits`. Throws a `SyntaxError`. */
function readJson(text) {
  const token = /[ \t\r\n]*(?:([{}[\],:])|(")|(-?\d[\d.eE+-]*)|(true|false|null)|$)/sy;
  const next = () => {
    const at = token.lastIndex, found = token.exec(text);
    if (!found) throw new SyntaxError(`no JSON at character ${at}`);
    if (found[2]) {
      const start = token.lastIndex - 1;
      token.lastIndex = stringEnd(text, start);
      found[2] = text.slice(start, token.lastIndex);
    }
    return found;
  };
  const value = ([, mark, string, number, word]) => {
    if (string !== undefined) return JSON.parse(string);
    if (number !== undefined) return new Digits(number);
    if (word !== undefined) return JSON.parse(word);
    if (mark === "[") return list("]", (found) => value(found));
    if (mark === "{") return new Map(list("}", (found) => {
      const name = value(found);
      if (next()[1] !== ":") throw new SyntaxError("no colon behind a name");
      return [name, value(next())];
    }));
    throw new SyntaxError("no value");
  };
  const list = (end, item) => {
    const items = [];
    for (let found = next(); found[1] !== end;) {
      items.push(item(found));
      found = next();
      if (found[1] === end) break;
      if (found[1] !== ",") throw new SyntaxError("no comma");
      found = next();
      if (found[1] === end) throw new SyntaxError("no value behind a comma");
    }
    return items;
  };
  const read = value(next());
  if (next()[0].trim() !== "") throw new SyntaxError("more than one value");
  return read;
}

/** Returns where the string ends that starts here: behind the next quotation mark that is not escaped. A regular expression would keep each character of it. */
function stringEnd(text, start) {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  throw new SyntaxError(`a string without end at character ${start}`);
}

/** Writes JSON over several lines. */
function printJson(value, indent = "") {
  const inner = `${indent}  `;
  const lines = (open, items, close) =>
    items.length ? `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}` : open + close;
  if (value instanceof Digits) return value.text;
  if (value instanceof Map) {
    return lines("{", [...value].map(([name, item]) => `${JSON.stringify(name)}: ${printJson(item, inner)}`), "}");
  }
  if (!Array.isArray(value)) return JSON.stringify(value);
  const short = value.every((item) => item instanceof Digits) && value.length <= 16;
  return short ? `[${value.join(", ")}]` : lines("[", value.map((item) => printJson(item, inner)), "]");
}
