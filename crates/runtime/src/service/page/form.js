
// The form of a function, and what comes back.

/** How much of a result is shown, in characters. */
const MAX_SHOWN = 200000;

/** Returns the form of a function of a module. */
function callForm(module, called) {
  const labels = called.params.map(({ name }, at) => name ?? `argument ${at + 1}`);
  const parts = called.params.map(({ tree }, at) => editor(tree, labels[at]));
  const outcome = element("div", { role: "status" });
  const call = element("button", { type: "submit", className: "main" }, "Call");
  const stop = button("Stop", () => running?.abort(), { disabled: true });
  let running;
  const send = async (body) => {
    running = new AbortController();
    [call.disabled, stop.disabled] = [true, false];
    outcome.replaceChildren("…");
    outcome.replaceChildren(await answer(module, called, body, running.signal));
    [call.disabled, stop.disabled, running] = [false, true, undefined];
    look();
  };
  const body = () => {
    const problems = [];
    const values = called.kind === "bytes" ? parts[0].raw(problems) : all(parts, problems);
    problems[0]?.focus();
    if (problems.length) return undefined;
    return called.kind === "typed" || called.kind === "plain" ? `[${values}]` : called.kind === "command" ? values[0] : values;
  };
  const onsubmit = (event) => {
    event.preventDefault();
    const entered = running ? undefined : body();
    if (entered !== undefined) send(entered);
  };
  const json = called.kind === "bytes" ? [] : [jsonForm(body, (text) => running || send(text))];
  const form = element("form", { onsubmit, "aria-label": `Call ${called.name}` }, ...nodes(parts), element("div", { className: "buttons" }, call, stop));
  return element("div", {}, form, ...json, outcome);
}

/** The arguments as JSON. */
function jsonForm(body, send) {
  const text = element("textarea", { rows: 3, spellcheck: false, "aria-label": "Arguments as JSON" });
  const copy = button("Take from the form", () => { text.value = body() ?? text.value; });
  const call = button("Call with this JSON", () => send(text.value));
  return element("details", {}, element("summary", {}, "Arguments as JSON"), text, element("div", { className: "buttons" }, call, copy));
}

/** Calls a function, and returns what is shown of its answer. */
async function answer(module, called, body, signal) {
  const began = performance.now();
  const type = called.kind === "bytes" ? "application/octet-stream" : "application/json";
  try {
    const path = `${base}/call/${encodeURIComponent(module)}/${encodeURIComponent(called.name)}`;
    const found = await fetch(path, { method: "POST", headers: { "content-type": type }, body, signal });
    const content = new Uint8Array(await found.arrayBuffer());
    const fuel = found.headers.get("aingle-fuel");
    const facts = [`${(performance.now() - began).toFixed(1)} ms`, fuel === null ? "fuel unknown" : `fuel ${grouped(fuel)}`];
    return found.ok ? succeeded(called, content, facts) : failed(found.status, content, facts);
  } catch (error) {
    if (signal.aborted) return shown("bad", "cancelled", "The call was stopped.");
    const kind = error instanceof SyntaxError ? "answer" : "connection";
    return shown("bad", kind, error.message);
  }
}

function succeeded(called, content, facts) {
  const result = called.kind === "bytes" ? printBytes(content) : printJson(readJson(new TextDecoder().decode(content)));
  return shown("good", "ok", facts.join(", "), result);
}

function failed(status, content, facts) {
  const text = new TextDecoder().decode(content);
  let found;
  try {
    found = readJson(text);
  } catch {
    found = undefined;
  }
  if (!(found instanceof Map)) return shown("bad", `HTTP status ${status}`, text);
  const value = found.has("value") ? printJson(found.get("value")) : undefined;
  const again = found.get("retryable") ? ["may succeed later"] : [];
  return shown("bad", String(found.get("kind")), `${found.get("error")}\n${[...facts, ...again].join(", ")}`, value);
}

function shown(style, kind, text, value) {
  const made = element("div", { className: `outcome ${style}` }, element("strong", { className: style }, kind), element("p", {}, text));
  if (value !== undefined) {
    const more = value.length - MAX_SHOWN;
    made.append(element("pre", { tabIndex: 0 }, more > 0 ? value.slice(0, MAX_SHOWN) : value));
    if (more > 0) made.append(element("p", {}, `${more} more characters are not shown.`));
  }
  return made;
}

/** Bytes as text if they are, else in hexadecimal. */
function printBytes(content) {
  const size = `${content.length} bytes`;
  try {
    return `${size}, as text:\n${new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content)}`;
  } catch {
    const digits = [...content.subarray(0, MAX_SHOWN / 3)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return `${size}, in hexadecimal:\n${digits}`;
  }
}
