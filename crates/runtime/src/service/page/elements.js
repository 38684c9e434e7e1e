
// Elements of the page. Texts become text nodes, and nothing becomes HTML.

let ids = 0;

/** Returns an id that no element has. */
function newId() { return `e${++ids}`; }

/** Makes an element of properties, attributes and children, which are elements or texts. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function button(text, onclick, properties = {}) {
  return element("button", { type: "button", onclick, ...properties }, text);
}

/** Changes a text only where it is another, so that a selection stays. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Digits in groups of three. */
function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function bytes(number) {
  const count = Number(number);
  if (count < 1024) return `${count} B`;
  return count < 1048576 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1048576).toFixed(1)} MiB`;
}

function duration(micros) {
  const count = Number(micros);
  return count < 1000 ? `${count} µs` : count < 1e6 ? `${(count / 1000).toFixed(1)} ms` : `${(count / 1e6).toFixed(2)} s`;
}
