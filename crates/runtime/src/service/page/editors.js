
// Editors of values, one for each form of a type. `read(problems)` returns the JSON of what was entered, and adds the
// inputs whose content does not fit.

/** Why a content does not fit. */
class Problem extends Error {}

function refuse(why) { throw new Problem(why); }

/** Returns an editor of a type, with a label. */
function editor(tree, label) {
  return editors[tree.is](tree, label);
}

const editors = {
  unit: (_, label) => ({ node: element("p", {}, ...titled(label, "()")), read: () => "null" }),
  bool(_, label) {
    const input = element("input", { type: "checkbox", id: newId() });
    const node = element("div", { className: "check" }, input, element("label", { htmlFor: input.id }, ...titled(label, "bool")));
    return { node, read: () => String(input.checked) };
  },
  integer(tree, label) {
    const write = (text) => {
      if (!/^(0|-?[1-9]\d*)$/.test(text) || BigInt(text) < BigInt(tree.min) || BigInt(text) > BigInt(tree.max)) {
        refuse(`an integer from ${tree.min} to ${tree.max}`);
      }
      return tree.text ? JSON.stringify(text) : text;
    };
    return scalar(label, tree.name, line("numeric"), (text) => write(text.trim()));
  },
  float(tree, label) {
    const write = (text) => {
      if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text;
      if (/^(NaN(\(0x[0-9a-f]+\))?|-?Infinity)$/.test(text)) return JSON.stringify(text);
      return refuse("a number such as 21.5 or -1e3, or NaN, Infinity, -Infinity");
    };
    return scalar(label, tree.name, line("decimal"), (text) => write(text.trim()));
  },
  char: (_, label) => scalar(label, "char", line("text"), (text) => ([...text].length === 1 ? JSON.stringify(text) : refuse("one character"))),
  str: (_, label) => scalar(label, "str", element("textarea", { rows: 1 }), (text) => JSON.stringify(text)),
  bytes(_, label) {
    const format = choice(["text", "hexadecimal", "base64"]);
    const content = scalar("content", "", element("textarea", { rows: 1 }), (text) => decoded[format.value](text));
    const node = group(label, "bytes", element("div", { className: "field" }, element("label", { htmlFor: format.id }, "written as"), format), content.node);
    const raw = (problems) => content.read(problems) ?? new Uint8Array();
    return { node, raw, read: (problems) => `{"base64":"${inBase64(raw(problems))}"}` };
  },
  seq(tree, label) {
    const items = list(label, "item", () => editor(tree.item, "item"));
    return { node: group(label, "list", ...items.nodes), read: (problems) => `[${items.read(problems)}]` };
  },
  tuple(tree, label) {
    const items = tree.items.map((item, at) => editor(item, `item ${at + 1}`));
    return { node: group(label, "tuple", ...nodes(items)), read: (problems) => `[${all(items, problems)}]` };
  },
  struct(tree, label) {
    const fields = tree.fields.map((field) => editor(field.tree, field.name));
    const read = (problems) => {
      const values = all(fields, problems);
      return `{${tree.fields.map(({ name }, at) => `${JSON.stringify(name)}:${values[at]}`)}}`;
    };
    return { node: group(label, "struct", ...nodes(fields)), read };
  },
  option(tree, label) {
    let inside;
    const there = element("input", { type: "checkbox", id: newId() });
    const body = element("div", { hidden: true });
    there.onchange = () => {
      if (!inside) body.append((inside = editor(tree.some, "value")).node);
      body.hidden = !there.checked;
    };
    const check = element("div", { className: "check" }, there, element("label", { htmlFor: there.id }, "has a value"));
    const read = (problems) => {
      if (!there.checked) return "null";
      const value = inside.read(problems);
      return tree.wrapped ? `{"Some":${value}}` : value;
    };
    return { node: group(label, "optional", check, body), read };
  },
  map(tree, label) {
    const pair = () => {
      const parts = [editor(tree.key, "key"), editor(tree.value, "value")];
      const read = (problems) => {
        const [key, value] = all(parts, problems);
        if (!tree.object) return `[${key},${value}]`;
        return `${key.startsWith('"') ? key : `"${key}"`}:${value}`;
      };
      return { node: element("div", { className: "items" }, ...nodes(parts)), read };
    };
    const items = list(label, "entry", pair);
    const [open, close] = tree.object ? "{}" : "[]";
    return { node: group(label, "map", ...items.nodes), read: (problems) => open + items.read(problems) + close };
  },
  newtype: (tree, label) => editor(tree.item, label),
  enum(tree, label) {
    const made = new Map();
    const variant = choice(tree.variants.map(({ name }) => name));
    const body = element("div");
    const chosen = () => tree.variants[variant.selectedIndex];
    variant.onchange = () => {
      const { name, has } = chosen();
      if (has && !made.has(name)) made.set(name, editor(has, name));
      body.replaceChildren(...(has ? [made.get(name).node] : []));
    };
    variant.onchange();
    const field = element("div", { className: "field" }, element("label", { htmlFor: variant.id }, "variant"), variant);
    const read = (problems) => {
      const { name, has } = chosen();
      return has ? `{${JSON.stringify(name)}:${made.get(name).read(problems)}}` : JSON.stringify(name);
    };
    return { node: group(label, "one of", field, body), read };
  },
};

/** What bytes are written as. */
const decoded = {
  text: (text) => new TextEncoder().encode(text),
  hexadecimal(text) {
    const digits = text.replace(/\s/g, "");
    if (!/^([0-9a-fA-F]{2})*$/.test(digits)) refuse("pairs of hexadecimal digits, such as 00 ff");
    return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  },
  base64(text) {
    try {
      return Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
    } catch {
      return refuse("base64, such as AQL/");
    }
  },
};

function inBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function titled(label, type) {
  return type ? [label, element("span", { className: "type" }, type)] : [label];
}

function group(label, type, ...children) {
  return element("fieldset", {}, element("legend", {}, ...titled(label, type)), ...children);
}

function line(inputMode) {
  return element("input", { type: "text", inputMode, autocomplete: "off", spellcheck: false });
}

function choice(names) {
  return element("select", { id: newId() }, ...names.map((name) => element("option", {}, name)));
}

function nodes(editors) { return editors.map(({ node }) => node); }

function all(editors, problems) { return editors.map((one) => one.read(problems)); }

/** An editor of one input. `write` returns what its text means, or refuses it. */
function scalar(label, type, input, write) {
  input.id = newId();
  const problem = element("p", { className: "problem", id: newId() });
  input.setAttribute("aria-describedby", problem.id);
  const show = (why) => {
    problem.textContent = why;
    input.setAttribute("aria-invalid", String(why !== ""));
  };
  const read = (problems) => {
    show("");
    try {
      return write(input.value);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(`Expected: ${error.message}.`);
      problems.push(input);
      return undefined;
    }
  };
  const field = element("div", { className: "field" }, element("label", { htmlFor: input.id }, ...titled(label, type)), input, problem);
  return { node: field, read };
}

/** Editors that can be added and removed. */
function list(label, what, make) {
  const entries = [], container = element("div", { className: "items" });
  const add = button(`Add ${what}`, () => {
    const entry = make();
    const row = element("div", { className: "item", role: "group", "aria-label": `${what} of ${label}` }, entry.node, button("Remove", () => {
      entries.splice(entries.indexOf(entry), 1);
      row.remove();
      add.focus();
    }, { "aria-label": `Remove ${what} of ${label}` }));
    entries.push(entry);
    container.append(row);
    row.querySelector("input, select, textarea, button")?.focus();
  }, { "aria-label": `Add ${what} to ${label}` });
  return { nodes: [container, element("div", { className: "buttons" }, add)], read: (problems) => all(entries, problems).join(",") };
}
