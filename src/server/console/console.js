// SPDX-License-Identifier: Apache-2.0
// The console: a view of the server's own API, without anything that the API does not offer.
// Text from the server enters the page as text nodes alone.

const main = document.getElementById("main");
const status = document.getElementById("status");
const databases = document.getElementById("database");
const leave = document.getElementById("leave");
const theme = document.getElementById("theme");

const state = { key: sessionStorage.getItem("key") ?? "", workspace: "", view: "tables", turn: 0 };

class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// A number that a Number would change: shown as the server wrote it.
class Exact {
  constructor(text) {
    this.text = text;
  }
  valueOf() {
    return Number(this.text);
  }
}

// JSON whose numbers keep their digits. The mark is no name that data could have.
const mark = `exact-${Math.random()}-${Math.random()}`;
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
function parse(text) {
  const marked = text.replace(tokens, (token) =>
    token[0] === '"' || String(Number(token)) === token ? token : `{"${mark}":"${token}"}`);
  return JSON.parse(marked, (_, value) =>
    value !== null && typeof value === "object" && Object.hasOwn(value, mark) ? new Exact(value[mark]) : value);
}

async function api(path, body) {
  const headers = {};
  if (state.key) headers.Authorization = `Bearer ${state.key}`;
  if (state.workspace) headers["X-Workspace-Id"] = state.workspace;
  if (databases.value) headers["X-Database-Id"] = databases.value;
  if (body) headers["Content-Type"] = "application/json";
  const options = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) };
  const response = await fetch(path, options);
  const text = await response.text();
  if (!response.ok) {
    let message = `${response.status} ${response.statusText}`;
    try {
      const { error } = JSON.parse(text);
      message = error.message ?? error;
    } catch {
      // Not one of the server's own answers.
    }
    throw new ApiError(response.status, message);
  }
  return text ? parse(text) : null;
}

// element("td", {class: "number"}, "1", child): attributes, properties on..., children.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const counted = new Intl.NumberFormat("en");
const number = (value) => counted.format(value);

function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let size = value;
  for (; size >= 1024 && unit < units.length - 1; unit += 1) size /= 1024;
  return `${unit ? size.toFixed(1) : size} ${units[unit]}`;
}

// Milliseconds since 1970 of an ISO time; the engine gives more digits than Date reads everywhere.
const millis = (iso) => Date.parse(iso.replace(/(\.\d{3})\d+/, "$1"));
const time = (iso) => (iso ? new Date(millis(iso)).toLocaleString() : "");

const isNumber = (value) => typeof value === "number" || value instanceof Exact;

// "-1234567.10" is -1,234,567.10: no digit is changed.
function grouped(value) {
  const [, sign, whole, rest] = /^(-?)(\d*)(.*)$/.exec(value instanceof Exact ? value.text : String(value));
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest;
}

function asJson(value) {
  if (value instanceof Exact) return value.text;
  if (Array.isArray(value)) return `[${value.map(asJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, v]) => `${JSON.stringify(name)}:${asJson(v)}`).join(",")}}`;
}

function cell(value) {
  if (value === null || value === undefined) return element("td", { class: "null" }, "null");
  if (value instanceof Node) return element("td", {}, value);
  if (isNumber(value)) return element("td", { class: "number" }, grouped(value));
  const text = typeof value === "object" ? asJson(value) : String(value);
  return element("td", { title: text.length > 60 ? text : undefined }, text);
}

function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((row) => element("tr", {}, ...row.map(cell)));
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, head),
      element("tbody", {}, ...body),
    ),
  );
}

function draw(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

// Bars of [label, value]; what it shows stands in a table beside it, for those who do not see it.
function chart(title, points, show = number) {
  const width = 900;
  const height = 200;
  const most = Math.max(...points.map(([, value]) => value), 0) || 1;
  const least = Math.min(...points.map(([, value]) => value), 0);
  const y = (value) => 20 + ((most - value) / (most - least)) * (height - 50);
  const step = width / points.length;
  const svg = draw("svg", {
    class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title,
  });
  points.forEach(([label, value], i) => {
    const bar = draw("rect", {
      x: i * step + step * 0.1, width: step * 0.8,
      y: Math.min(y(value), y(0)), height: Math.max(Math.abs(y(value) - y(0)), 1),
    });
    bar.append(draw("title", {}, `${label}: ${show(value)}`));
    svg.append(bar);
    if (i % Math.ceil(points.length / 8) === 0) {
      svg.append(draw("text", { x: i * step + 4, y: height - 8 }, String(label).slice(0, 16)));
    }
  });
  svg.append(draw("line", { x1: 0, x2: width, y1: y(0), y2: y(0) }));
  svg.append(draw("text", { x: 0, y: 12 }, show(most)));
  return element("figure", {}, element("figcaption", { class: "quiet" }, title), svg);
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
const own = (path) => `/v1/hotload/databases/${encodeURIComponent(databases.value)}${path}`;
const query = (sql) => api("/v1/query", { sql });

function results(caption, answer) {
  return table(caption, answer.columns, answer.rows);
}

async function tablesOf() {
  const { schemas } = await api(own("/schemas"));
  const lists = await Promise.all(
    schemas.map((schema) => api(own(`/schemas/${encodeURIComponent(schema)}/tables`))),
  );
  return lists.flatMap((list) => list.tables);
}

async function showTable(info, into) {
  const columns = info.columns.map((c) => [c.name, c.type, c.nullable === false ? "no" : "yes"]);
  const name = `${quoted(info.schema)}.${quoted(info.name)}`;
  const sample = await query(`SELECT * FROM ${name} LIMIT 20`);
  const heading = element("h2", { tabindex: "-1" }, `${info.schema}.${info.name}`);
  into.replaceChildren(
    heading,
    table("Columns", ["Column", "Type", "May be null"], columns),
    results("The first rows", sample),
  );
  heading.focus();
}

async function tablesView() {
  const list = await tablesOf();
  const details = element("section", { "aria-label": "Table" });
  const rows = list.map((info) => [
    info.schema,
    element(
      "button",
      { type: "button", class: "link", onclick: () => attempt(() => showTable(info, details)) },
      info.name,
    ),
    info.rows, info.files, bytes(info.size_bytes),
  ]);
  const size = list.reduce((sum, info) => sum + info.size_bytes, 0);
  return [
    element("h2", {}, "Tables"),
    list.length
      ? table(`${list.length} tables, ${bytes(size)}`,
              ["Schema", "Table", "Rows", "Files", "Size"], rows)
      : element("p", { class: "quiet" }, "There are no tables yet."),
    details,
  ];
}

function whatHappened(entry) {
  const words = [];
  if (entry.dropped) words.push("dropped");
  if (entry.created) words.push("created");
  if (entry.truncated) words.push("replaced");
  if (entry.inserted) words.push(`+${number(entry.inserted)}`);
  if (entry.updated) words.push(`~${number(entry.updated)}`);
  if (entry.deleted && !entry.truncated) words.push(`−${number(entry.deleted)}`);
  return `${entry.table} ${words.join(" ") || "unchanged"}`;
}

// What the tables held after each load, oldest first; receipts do not tell how much a deletion or
// upkeep gave back, so the last one is what is there now.
function held(receipts, tables) {
  const sizes = new Map();
  const total = () => [...sizes.values()].reduce((all, size) => all + size, 0);
  const points = receipts.map((receipt) => {
    for (const entry of receipt.tables) {
      const name = `${receipt.key.schema}.${entry.table}`;
      const before = entry.truncated || entry.dropped ? 0 : (sizes.get(name) ?? 0);
      sizes.set(name, before + entry.size_bytes);
    }
    return [time(receipt.committed_at), total()];
  });
  return [...points, ["now", tables.reduce((all, info) => all + info.size_bytes, 0)]];
}

async function loadsView() {
  const [{ receipts }, { loads }, tables] = await Promise.all(
    [api(own("/history?limit=200")), api(own("/loads")), tablesOf()]);
  const sum = (receipt, field) => receipt.tables.reduce((all, entry) => all + entry[field], 0);
  const rows = receipts.map((receipt) => [
    receipt.snapshot, time(receipt.committed_at), receipt.key.schema, receipt.key.load_id,
    receipt.tables.map(whatHappened).join("\n"), bytes(sum(receipt, "size_bytes")),
  ]);
  const parts = [element("h2", {}, "Loads")];
  if (loads.length) {
    parts.push(table("Not committed yet", ["Schema", "Load"], loads.map((l) => [l.key.schema, l.key.load_id])));
  }
  if (!receipts.length) return [...parts, element("p", { class: "quiet" }, "Nothing was loaded yet.")];
  const old = [...receipts].sort((a, b) => millis(a.committed_at) - millis(b.committed_at));
  parts.push(
    chart("Throughput: rows inserted and updated by each load",
          old.map((r) => [r.key.load_id, sum(r, "inserted") + sum(r, "updated")])),
    chart("Storage over time: size of the tables after each load, and now", held(old, tables), bytes),
    table(`The last ${receipts.length} loads`,
          ["Snapshot", "Committed", "Schema", "Load", "What it did", "Written"], rows),
  );
  return parts;
}

function chartOf(answer) {
  const fits = (i) => answer.rows.every((row) => row[i] === null || isNumber(row[i]));
  const values = answer.columns.findIndex((_, i) => answer.rows.some((row) => isNumber(row[i])) && fits(i));
  const last = answer.columns.length - 1;
  const numeric = fits(last) ? last : values;
  if (numeric < 0 || !answer.rows.length) return null;
  const label = numeric === 0 ? -1 : 0;
  const points = answer.rows.slice(0, 200).map(
    (row, i) => [label < 0 ? i + 1 : isNumber(row[label]) ? grouped(row[label]) : row[label], Number(row[numeric] ?? 0)]);
  return chart(answer.columns[numeric], points);
}

function sqlView() {
  const text = element("textarea", { id: "sql", spellcheck: "false", "aria-describedby": "sql-help" });
  text.value = sessionStorage.getItem("sql") ?? "SELECT 1 AS one";
  const out = element("section", { "aria-label": "Result" });
  const run = async () => {
    sessionStorage.setItem("sql", text.value);
    out.replaceChildren(element("p", { class: "quiet" }, "Running …"));
    try {
      const answer = await query(text.value);
      const shown = answer.truncated ? `, the first ${number(answer.preview_row_count)} shown` : "";
      const caption = `${number(answer.total_row_count)} rows in ${answer.execution_time_ms} ms${shown}`;
      const picture = chartOf(answer);
      const toggle = element("button", { type: "button", "aria-expanded": "false" }, "Chart");
      toggle.addEventListener("click", () => {
        picture.hidden = !picture.hidden;
        toggle.setAttribute("aria-expanded", String(!picture.hidden));
      });
      if (picture) picture.hidden = true;
      out.replaceChildren(...[picture && toggle, picture, results(caption, answer)].filter(Boolean));
      say(caption);
    } catch (error) {
      out.replaceChildren();
      throw error;
    }
  };
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      attempt(run);
    }
  });
  return [
    element("h2", {}, element("label", { for: "sql" }, "SQL")),
    text,
    element("p", { id: "sql-help", class: "quiet" }, "Statements that read. Ctrl+Enter runs them."),
    element("button", { type: "button", class: "primary", onclick: () => attempt(run) }, "Run"),
    out,
  ];
}

// What a run's status is; one that runs can be stopped.
function statusOf(run) {
  if (run.status !== "running") return run.status;
  const id = encodeURIComponent(run.id);
  const stop = async () => {
    await api(own(`/query-runs/${id}/interrupt`), {});
    // The engine takes a moment to hear of it.
    for (let i = 0; i < 20 && (await api(`/v1/query-runs/${id}`)).status === "running"; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await show("queries");
  };
  return element("span", {}, "running ",
    element("button", { type: "button", onclick: () => attempt(stop) }, "Stop"));
}

async function queriesView() {
  const { query_runs: runs } = await api("/v1/query-runs?limit=50");
  const rows = runs.map((run) => [
    statusOf(run), time(run.created_at), run.row_count, run.execution_time_ms, run.sql_text,
    run.error_message ?? "",
  ]);
  return [
    element("h2", {}, "Queries"),
    table("The last 50; those that run are among them",
          ["Status", "Begun", "Rows", "ms", "SQL", "Error"], rows),
    element("button", { type: "button", onclick: () => show("queries") }, "Refresh"),
  ];
}

const views = { tables: tablesView, loads: loadsView, sql: sqlView, queries: queriesView };

function say(text) {
  status.className = "";
  status.textContent = text;
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return askKey(error.message);
    status.className = "error";
    status.textContent = error.message;
  }
}

async function show(view) {
  const turn = (state.turn += 1);
  state.view = view;
  for (const button of document.querySelectorAll("[data-view]")) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  await attempt(async () => {
    if (!databases.value) {
      main.replaceChildren(element("p", { class: "quiet" }, "There is no database yet."));
      return;
    }
    say("Loading …");
    const parts = await views[view]();
    if (turn !== state.turn) return;  // something else was asked for meanwhile
    main.replaceChildren(...parts);
    say("");
  });
}

function askKey(message) {
  const input = element("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const enter = (event) => {
    event.preventDefault();
    state.key = input.value;
    sessionStorage.setItem("key", state.key);
    attempt(start);
  };
  main.replaceChildren(
    element(
      "form",
      { class: "key", onsubmit: enter },
      element("h2", {}, "API key"),
      element("label", { for: "key" }, "The key that the server was started with, or one of hotload key add"),
      input,
      element("button", { class: "primary" }, "Open"),
      state.key ? element("p", { class: "error", role: "alert" }, message) : "",
    ),
  );
  say("");
  input.focus();
}

async function start() {
  const { workspaces } = await api("/v1/workspaces");
  state.workspace = workspaces[0]?.public_id ?? "";
  const { databases: list } = await api("/v1/databases");
  databases.replaceChildren(
    ...list.map((item) => element("option", { value: item.id }, item.name || item.id)),
  );
  leave.hidden = !state.key;
  await show(state.view);
}

function paint(name) {
  document.documentElement.dataset.theme = name;
  theme.setAttribute("aria-pressed", String(name === "dark"));
}

for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => show(button.dataset.view));
}
databases.addEventListener("change", () => show(state.view));
leave.addEventListener("click", () => {
  sessionStorage.clear();
  location.reload();
});
theme.addEventListener("click", () => {
  const name = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", name);
  paint(name);
});
const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
paint(localStorage.getItem("theme") ?? system);
attempt(start);
