"use strict";
// Shows openapi.json, which lies beside this page. Whatever comes from there or from the
// server is put in as text, never as HTML; nothing is loaded from elsewhere.

const find = (id) => document.getElementById(id);
const shown = []; // {operation, element, link, words}
let api;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// Words: paragraphs, and `code` in them.
function words(text) {
  return (text || "").split(/\n\s*\n/).filter(Boolean).map((part) =>
    make("p", {}, ...coded(part)));
}

function coded(text) {
  return text.split(/(`[^`]+`)/).filter(Boolean).map((part) =>
    part.startsWith("`") ? make("code", {}, part.slice(1, -1)) : part);
}

// Schemas

const named = (schema) => schema.$ref && schema.$ref.split("/").pop();
const real = (schema) => (schema.$ref ? api.components.schemas[named(schema)] : schema);

function kind(schema) {
  if (schema.$ref) return named(schema);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.anyOf) return schema.anyOf.map(kind).join(" | ");
  if (schema.prefixItems) return `[${schema.prefixItems.map(kind).join(", ")}]`;
  if (schema.type === "array") return `[${kind(schema.items || {})}, …]`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `{name: ${kind(schema.additionalProperties)}}`;
  }
  return schema.type || "any JSON";
}

const LIMITS = { minimum: "≥", exclusiveMinimum: ">", maximum: "≤", exclusiveMaximum: "<",
  minLength: "length ≥", maxLength: "length ≤", minItems: "items ≥", maxItems: "items ≤",
  pattern: "matches" };

function limits(schema) {
  const parts = [schema, ...(schema.anyOf || [])];
  return parts.flatMap((part) => Object.entries(LIMITS)
    .filter(([name]) => name in part)
    .map(([name, sign]) => `${sign} ${part[name]}`)).join(", ");
}

function structs(schema) { // all that a type refers to
  if (schema.$ref) return [named(schema)];
  const inner = [schema.items, schema.additionalProperties,
    ...(schema.anyOf || []), ...(schema.prefixItems || [])];
  return inner.filter((one) => one && typeof one === "object").flatMap(structs);
}

// needed: true, false, or null where it is always there
function row(name, schema, needed, where = "", seen = []) {
  const said = "default" in schema ? `default ${JSON.stringify(schema.default)}` : "";
  const must = needed === null ? "" : needed ? "required" : said;
  const notes = [where, must, limits(schema)].filter(Boolean).join("; ");
  const inner = structs(schema).filter((one) => !seen.includes(one))
    .map((one) => struct(one, seen, needed === null));
  return make("tr", {},
    make("td", {}, make("code", {}, name), make("br"), make("small", {}, notes)),
    make("td", {}, make("span", { class: "kind" }, kind(schema)), make("br"),
      ...coded(schema.description || ""), ...inner));
}

function table(rows) {
  const head = make("tr", {}, make("th", {}, "field"), make("th", {}, "what it is"));
  return make("div", { class: "scroll" }, make("table", {}, head, ...rows));
}

function fields(schema, told = false, seen = []) {
  const of = Object.entries(schema.properties || {});
  if (!of.length) return make("p", { class: "soft" }, kind(schema));
  const needed = schema.required || [];
  return table(of.map(([name, field]) =>
    row(name, field, told ? null : needed.includes(name), "", seen)));
}

function struct(name, seen, told) { // made when it is opened: some are large
  const box = make("details", { class: "struct" }, make("summary", {}, name));
  box.addEventListener("toggle", () => {
    const schema = api.components.schemas[name];
    box.append(...words(schema.description), fields(schema, told, [...seen, name]));
  }, { once: true });
  return box;
}

// Operations

function inside(path, method, operation) {
  const parts = [...words(operation.description)];
  const parameters = operation.parameters || [];
  if (parameters.length) {
    parts.push(make("h3", {}, "Parameters"), table(parameters.map((one) =>
      row(one.name, { ...one.schema, description: one.description }, one.required, one.in))));
  }
  const body = operation.requestBody;
  if (body) parts.push(make("h3", {}, "Body"), fields(real(content(body)[1].schema)));
  for (const [status, given] of Object.entries(operation.responses)) {
    if (status !== "200") continue;
    const [type, answer] = content(given);
    parts.push(make("h3", {}, "Answer ", make("span", { class: "kind" }, type)),
      fields(real(answer.schema || {}), true));
  }
  parts.push(refusals(operation), trial(path, method, operation));
  return parts;
}

const content = (given) => Object.entries(given.content)[0];

function refusals(operation) {
  const rows = Object.entries(operation.responses).filter(([status]) => status !== "200")
    .map(([status, given]) => {
      const told = given.$ref ? api.components.responses[given.$ref.split("/").pop()] : given;
      return make("tr", {}, make("td", {}, status), make("td", {}, ...coded(told.description)));
    });
  return make("details", { class: "struct" }, make("summary", {}, "Refusals"),
    make("div", { class: "scroll" }, make("table", {}, ...rows)));
}

// Trying it

function sample(schema) {
  const found = {};
  for (const [name, field] of Object.entries(schema.properties || {})) {
    if ((schema.required || []).includes(name)) found[name] = value(real(field));
  }
  return found;
}

function value(schema) {
  if ("default" in schema) return schema.default;
  if (schema.enum) return schema.enum[0];
  const type = schema.anyOf ? schema.anyOf[0].type : schema.type;
  return { string: "", number: 0, integer: 0, boolean: false, array: [], object: {} }[type] ?? null;
}

function trial(path, method, operation) {
  const inputs = (operation.parameters || []).map((one) => {
    const several = one.schema.type === "array";
    const hint = several ? "a, b, …" : one.schema.default == null ? "" : String(one.schema.default);
    return { one, input: make("input", { placeholder: hint, "aria-label": one.name }) };
  });
  const body = operation.requestBody && make("textarea", { "aria-label": "Body", spellcheck: "false" });
  if (body) body.value = JSON.stringify(sample(real(content(operation.requestBody)[1].schema)), null, 2);
  const send = make("button", { type: "submit" }, "Send");
  const stop = make("button", { type: "button", class: "quiet", hidden: true }, "Stop");
  const out = make("div", { role: "status" });
  const form = make("form", { class: "try" }, make("h3", {}, "Try it"),
    ...inputs.map(({ one, input }) => make("label", {}, make("code", {}, one.name), input)),
    body || "", send, stop, out);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const asked = request(path, method, inputs, body);
    const abort = new AbortController();
    stop.onclick = () => abort.abort();
    send.disabled = true;
    stop.hidden = false;
    try {
      await answered(asked, abort.signal, out);
    } finally {
      send.disabled = false;
      stop.hidden = true;
    }
  });
  return form;
}

function request(path, method, inputs, body) {
  const headers = {};
  const query = new URLSearchParams();
  let to = path;
  for (const { one, input } of inputs) {
    if (one.in === "path") to = to.replace(`{${one.name}}`, encodeURIComponent(input.value));
    else if (!input.value) continue;
    else if (one.in === "header") headers[one.name] = input.value;
    else if (one.schema.type === "array") {
      input.value.split(",").forEach((part) => query.append(one.name, part.trim()));
    } else query.append(one.name, input.value);
  }
  if (body) headers["Content-Type"] = "application/json";
  const text = query.toString();
  const url = new URL(`.${to}${text ? `?${text}` : ""}`, document.baseURI).href;
  return { url, method: method.toUpperCase(), headers, body: body ? body.value : undefined };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl({ url, method, headers, body }) { // without the token: it would be copied about
  const told = Object.entries(headers).map(([name, said]) => ` -H ${quoted(`${name}: ${said}`)}`);
  const bearer = find("token").value ? ' -H "Authorization: Bearer $CALLBOARD_TOKEN"' : "";
  const data = body === undefined ? "" : ` -d ${quoted(body)}`;
  return `curl${method === "GET" ? "" : ` -X ${method}`}${told.join("")}${bearer}${data} ${quoted(url)}`;
}

async function answered(asked, signal, out) {
  const token = find("token").value.trim();
  const headers = token ? { ...asked.headers, Authorization: `Bearer ${token}` } : asked.headers;
  const status = make("p");
  const text = make("pre", { tabindex: "0" });
  out.replaceChildren(make("pre", {}, curl(asked)), status, text);
  try {
    const answer = await fetch(asked.url, { ...asked, headers, signal, credentials: "omit" });
    status.className = answer.ok ? "good" : "bad";
    status.textContent = `${answer.status} ${answer.headers.get("content-type") || ""}`;
    await read(answer, text);
  } catch (error) {
    if (!signal.aborted) {
      status.className = "bad";
      status.textContent = `No answer: ${error.message}`;
    }
  }
}

const LONGEST = 200000; // characters that are shown

async function read(answer, text) { // as it comes: some answers are streams
  const decoder = new TextDecoder();
  let all = "";
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    all = (all + decoder.decode(value, { stream: true })).slice(-LONGEST);
    text.textContent = all;
  }
  if ((answer.headers.get("content-type") || "").startsWith("application/json")) {
    try { text.textContent = JSON.stringify(JSON.parse(all), null, 2); } catch { /* was cut */ }
  }
}

// The page

function operationBox(path, method, operation) {
  const box = make("details", { class: "operation", id: operation.operationId },
    make("summary", {}, make("span", { class: `method ${method}` }, method.toUpperCase()),
      make("span", { class: "path" }, path), make("span", { class: "soft" }, operation.summary)));
  box.addEventListener("toggle", () => {
    box.append(make("div", { class: "inside" }, ...inside(path, method, operation)));
  }, { once: true });
  return box;
}

function wordsOf(path, operation) {
  const body = operation.requestBody ? Object.keys(real(content(operation.requestBody)[1].schema).properties) : [];
  const parameters = (operation.parameters || []).map((one) => one.name);
  return [path, operation.operationId, operation.summary, operation.description,
    ...operation.tags, ...parameters, ...body].join(" ").toLowerCase();
}

function show() {
  find("version").textContent = api.info.version;
  const main = find("main");
  main.replaceChildren(...words(api.info.description),
    make("p", {}, make("a", { href: "openapi.json" }, "openapi.json")),
    make("p", { id: "none", role: "status", hidden: true }, "Nothing here has all of these words."));
  for (const tag of api.tags) {
    const section = make("section", {}, make("h2", {}, tag.name), ...words(tag.description));
    const part = make("div", {}, make("b", {}, tag.name));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of ["get", "post"]) {
        const operation = item[method];
        if (!operation || operation.tags[0] !== tag.name) continue;
        const element = operationBox(path, method, operation);
        const link = make("a", { href: `#${operation.operationId}` }, operation.summary);
        section.append(element);
        part.append(link);
        shown.push({ element, link, section, part, words: wordsOf(path, operation) });
      }
    }
    main.append(section);
    find("menu").append(part);
  }
  for (const [path, item] of Object.entries(api.paths)) { // what is no operation
    if (item.get || item.post) continue;
    main.append(make("section", {}, make("h2", {}, item.summary),
      make("p", {}, make("code", {}, path)), ...words(item.description)));
  }
}

function search() {
  const wanted = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of shown) {
    const fits = wanted.every((word) => one.words.includes(word));
    one.element.hidden = one.link.hidden = !fits;
  }
  for (const { section, part } of shown) {
    const left = shown.some((one) => one.section === section && !one.element.hidden);
    section.hidden = part.hidden = !left;
  }
  find("none").hidden = shown.some((one) => !one.element.hidden);
}

function open() {
  const box = location.hash && find(decodeURIComponent(location.hash.slice(1)));
  if (box && box.classList.contains("operation")) {
    box.open = true;
    box.scrollIntoView();
  }
}

async function start() {
  try {
    const answer = await fetch("openapi.json", { credentials: "omit" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    api = await answer.json();
  } catch (error) {
    find("state").className = "bad";
    find("state").textContent = `openapi.json cannot be read: ${error.message}`;
    return;
  }
  show();
  open();
  find("search").addEventListener("input", search);
  addEventListener("hashchange", open);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, textarea")) {
      event.preventDefault();
      find("search").focus();
    }
  });
}

start();
