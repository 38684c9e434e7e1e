
// Modules and calls as they are now.

/** How often the page asks, in milliseconds. */
const EACH = 1000;
/** How many calls are shown. */
const MAX_ROWS = 200;

const base = location.pathname.replace(/\/+$/, "");
const at = (id) => document.getElementById(id);
const rows = new Map();
let ended = 0, chosen, shownAs, timer, looking = false, again = false, paused = false;

async function ask(path) {
  const found = await fetch(`${base}${path}`, { cache: "no-store", signal: AbortSignal.timeout(10000) });
  const content = readJson(await found.text());
  if (!found.ok) throw new Error(content.get("error"));
  return content;
}

/** Asks once, and shows what is new. */
async function look() {
  again = looking;
  if (looking) return;
  looking = true;
  clearTimeout(timer);
  try {
    const live = await ask(`/live?after=${ended}`);
    setText(at("connection"), "");
    showRuntime(live);
    showModules(live.get("modules"));
    showCalls(live);
    await showModule(live.get("modules").find((module) => module.get("name") === chosen));
  } catch (error) {
    setText(at("connection"), `The service does not answer as it should: ${error.message}`);
  }
  looking = false;
  if (again) look();
  else if (!paused) timer = setTimeout(() => (document.hidden ? undefined : look()), EACH);
}

function showRuntime(live) {
  const sum = (name) => live.get("modules").reduce((total, module) => total + Number(module.get(name)), 0);
  const given = (name, what) => (Number(live.get(name)) ? `, ${live.get(name)} ${what}` : "");
  setText(at("runtime"), `${live.get("modules").length} modules, ${sum("in_flight")} calls run, ${sum("waiting")} wait, ` +
    `${live.get("threads")} threads${given("abandoned_threads", "threads abandoned")}${given("abandoned_loads", "loads abandoned")}`);
}

function showModules(modules) {
  const names = new Set(modules.map((module) => module.get("name")));
  for (const [name, row] of rows) {
    if (!names.has(name)) {
      row.item.remove();
      rows.delete(name);
    }
  }
  modules.forEach((module, place) => {
    const name = module.get("name");
    if (!rows.has(name)) rows.set(name, moduleRow(name));
    const { item, choose, counts } = rows.get(name);
    if (at("modules").children[place] !== item) at("modules").insertBefore(item, at("modules").children[place]);
    const facts = ["calls", "failed", "in_flight", "waiting"].map((count) => grouped(module.get(count)));
    setText(counts, `${facts[0]} calls, ${facts[1]} failed, ${facts[2]} run, ${facts[3]} wait, fuel ${grouped(module.get("fuel_used"))}`);
    if (name === chosen) choose.setAttribute("aria-current", "true");
    else choose.removeAttribute("aria-current");
  });
  if (!modules.length && !chosen) setText(at("module"), "No module is loaded.");
}

function moduleRow(name) {
  const counts = element("small");
  const choose = button("", () => {
    [chosen, shownAs] = [name, undefined];
    look();
  });
  choose.append(element("strong", {}, name), counts);
  return { item: element("li", {}, choose), choose, counts };
}

/** Shows the module that is chosen, and makes its forms anew when another takes its place. */
async function showModule(module) {
  if (chosen === undefined) return;
  if (module === undefined) {
    shownAs = undefined;
    setText(at("module"), `The module ${chosen} is not loaded.`);
    return;
  }
  const name = module.get("name"), loaded = `${module.get("version")} ${module.get("loaded_at_ms")}`;
  if (shownAs !== loaded) {
    const found = await ask(`/interface/${encodeURIComponent(name)}`);
    if (name !== chosen) return;
    shownAs = loaded;
    const functions = plain(found.get("functions")).map((called) => functionRow(name, called));
    at("module").replaceChildren(element("h2", {}, name), element("p", { className: "facts", id: "facts" }), ...functions);
  }
  const imports = module.get("imports");
  setText(at("facts"), `Version ${module.get("version")}, ${bytes(module.get("size_bytes"))}. Memory: at most ${bytes(module.get("max_memory_bytes"))}, ` +
    `peak ${bytes(module.get("peak_memory_bytes"))}. ${module.get("idle_instances")} idle instances. ` +
    (imports.length ? `Imports: ${imports.join(", ")}.` : "No imports."));
}

function functionRow(module, called) {
  const made = element("details", {}, element("summary", {}, element("code", {}, called.signature)));
  made.ontoggle = () => { if (made.children.length === 1) made.append(callForm(module, called)); };
  return made;
}

/** What was read, with objects for maps. Names of members are those of the service, and never a guest's. */
function plain(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

function showCalls(live) {
  const table = at("calls"), all = Number(live.get("ended"));
  if (all < ended) table.replaceChildren();
  ended = all;
  const missed = Number(live.get("missed"));
  if (missed) table.prepend(element("tr", {}, element("td", { colSpan: 8 }, `${grouped(missed)} more calls are not shown.`)));
  table.prepend(...live.get("calls").map(callRow).reverse());
  while (table.children.length > MAX_ROWS) table.lastElementChild.remove();
}

function callRow(call) {
  const outcome = call.get("outcome"), good = outcome === "ok";
  const cell = (text, className = "") => element("td", { className }, text);
  const number = (name, of) => cell(call.get(name) === null ? "" : of(call.get(name)), "number");
  return element("tr", { className: good ? "" : "failed" },
    cell(new Date(Number(call.get("at_ms"))).toLocaleTimeString()), cell(`${call.get("module")}.${call.get("function")}`, "name"),
    cell(outcome, good ? "good" : "bad"), number("took_us", duration), number("queue_us", duration), number("fuel", grouped),
    number("memory_bytes", bytes), cell(call.get("error") ?? "", "error"));
}

at("failed").onchange = () => at("calls").classList.toggle("only", at("failed").checked);
at("pause").onclick = () => {
  paused = !paused;
  at("pause").setAttribute("aria-pressed", String(paused));
  setText(at("pause"), paused ? "Go on" : "Pause");
  if (paused) clearTimeout(timer);
  else look();
};
document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) look(); });
look();
