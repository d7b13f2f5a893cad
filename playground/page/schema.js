// What may stand at a place of a scenario, from its JSON Schema. Nothing here knows a page.
"use strict";
const Schema = (function () {
  // --- A tree of a text that may not be JSON yet ---------------------------------------------------------------------------------
  /** Reads what there is; every node has `start` and `end`. What is missing is `null`, what is too much is skipped. */
  function parse(text) {
    let at = 0, depth = 0;
    const space = () => { while (at < text.length && /\s/.test(text[at])) at++; };
    const string = () => {
      const start = at++;
      while (at < text.length && text[at] !== '"' && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
      const closed = text[at] === '"';
      if (closed) at++;
      at = Math.min(at, text.length);
      let value = text.slice(start + 1, closed ? at - 1 : at);
      try { value = JSON.parse('"' + value + '"'); } catch { /* As it stands, then. */ }
      return { type: "string", start, end: at, value, closed };
    };
    const word = () => {
      const start = at;
      while (at < text.length && !/[\s,:{}[\]"]/.test(text[at])) at++;
      return { type: "word", start, end: at, value: text.slice(start, at) };
    };
    function value() {
      space();
      const c = text[at];
      if (c === "{" || c === "[") {
        // No scenario nests a tenth as deep.
        if (depth > 100) return { type: "word", start: at++, end: at, value: c };
        depth++;
        const node = c === "{" ? object() : array();
        depth--;
        return node;
      }
      if (c === '"') return string();
      return c === undefined || /[,:}\]]/.test(c) ? null : word();
    }
    function object() {
      const node = { type: "object", start: at++, members: [] };
      for (space(); at < text.length && text[at] !== "}" && text[at] !== "]"; space()) {
        if (/[,:{[]/.test(text[at])) { at++; continue; }
        const key = text[at] === '"' ? string() : word();
        space();
        const colon = text[at] === ":" ? at++ : null;
        node.members.push({ key, colon, value: colon === null ? null : value() });
      }
      node.closed = text[at] === "}";
      if (node.closed) at++;
      node.end = at;
      return node;
    }
    function array() {
      const node = { type: "array", start: at++, items: [] };
      for (space(); at < text.length && text[at] !== "]" && text[at] !== "}"; space()) {
        if (/[,:]/.test(text[at])) { at++; continue; }
        node.items.push(value());
      }
      node.closed = text[at] === "]";
      if (node.closed) at++;
      node.end = at;
      return node;
    }
    return value();
  }

  const inside = (node, at) => node && (node.type === "object" || node.type === "array") && node.start < at && (at < node.end || (!node.closed && at <= node.end));

  /** Where in the tree a place is: the path to it, what is expected there, and what stands there already. */
  function place(text, at) {
    let node = parse(text), path = [], chain = [node];
    if (!inside(node, at)) return null;
    for (;;) {
      const within = node.type === "object" ? node.members.map((one) => [one.key.value, one.value]) : node.items.map((one, i) => [i, one]);
      const next = within.find(([, child]) => inside(child, at));
      if (!next) break;
      path = path.concat(next[0]);
      node = next[1];
      chain = chain.concat(node);
    }
    const scalar = (one) => one && (one.type === "string" || one.type === "word");
    const empty = { start: at, end: at };
    if (node.type === "array") {
      const here = node.items.find((one) => scalar(one) && one.start <= at && at <= one.end);
      return { role: "value", path: path.concat(node.items.length), holder: node, range: here || empty, chain };
    }
    for (const one of node.members) {
      if (one.key.start <= at && at <= one.key.end) return { role: "key", path, holder: node, member: one, range: one.key, chain };
      const next = one.value ? one.value.start : Infinity;
      if (one.colon !== null && one.colon < at && at <= (scalar(one.value) ? one.value.end : Math.min(next, lineEnd(text, one.colon)))) {
        return { role: "value", path: path.concat(one.key.value), holder: node, member: one, range: scalar(one.value) && at >= one.value.start ? one.value : empty, chain };
      }
    }
    return { role: "key", path, holder: node, range: empty, chain };
  }
  const lineEnd = (text, at) => { const end = text.indexOf("\n", at); return end < 0 ? text.length : end; };

  // --- What the schema says of a path --------------------------------------------------------------------------------------------
  function follow(root, schema) {
    let seen = schema;
    while (seen && seen.$ref) {
      const { $ref, ...own } = seen;
      const target = $ref.slice(2).split("/").reduce((node, key) => node && node[key.replace(/~1/g, "/").replace(/~0/g, "~")], root);
      seen = { ...target, ...own };
    }
    return seen || {};
  }

  /** The schema itself and all that it is one of; those whose `kind` is another than the object's are left out. */
  function choices(root, schema, node) {
    const own = follow(root, schema);
    const kind = node && node.type === "object" && node.members.find((one) => one.key.value === "kind");
    const said = kind && kind.value && kind.value.type === "string" ? kind.value.value : null;
    const fits = (one) => {
      const accepted = follow(root, one.properties && one.properties.kind);
      if (said === null || (!accepted.const && !accepted.enum)) return true;
      return accepted.const === said || (accepted.enum || []).includes(said);
    };
    const below = [...(own.oneOf || []), ...(own.anyOf || []), ...(own.allOf || [])].flatMap((one) => choices(root, one, node));
    return [own, ...below].filter(fits);
  }

  /** The schemas of a path, given the nodes that lie on it. */
  function at(root, path, chain) {
    let schemas = choices(root, root, chain[0]);
    path.forEach((key, i) => {
      const next = schemas.flatMap((one) => (typeof key === "number" ? [one.items] : [one.properties && one.properties[key]])).filter(Boolean);
      schemas = next.flatMap((one) => choices(root, one, chain[i + 1]));
    });
    return schemas;
  }

  const show = (value) => JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
  const sentence = (text) => { const end = text.indexOf(". "); return end < 0 ? text : text.slice(0, end + 1); };
  const about = (one) => one.description || "";

  function sample(root, schema) {
    for (const one of choices(root, schema)) {
      if (one.default !== undefined && one.default !== null) return one.default;
      if (one.examples && one.examples.length) return one.examples[0];
      if (one.const !== undefined) return one.const;
      if (one.enum) return one.enum[0];
    }
    const types = choices(root, schema).map((one) => one.type);
    return types.includes("array") ? [] : types.includes("object") ? {} : types.includes("string") ? "" : 0;
  }

  /** A key of the object with a value to begin with. */
  function keysAt(root, where) {
    const used = new Set(where.holder.members.map((one) => one.key.value));
    if (where.member) used.delete(where.member.key.value);
    const found = new Map();
    for (const schema of at(root, where.path, where.chain)) {
      for (const [key, one] of Object.entries(schema.properties || {})) {
        if (used.has(key) || found.has(key)) continue;
        const needed = (schema.required || []).includes(key);
        found.set(key, { label: key, about: about(follow(root, one)) || choices(root, one).map(about).find(Boolean) || "", needed, key: JSON.stringify(key), value: show(sample(root, one)) });
      }
    }
    return [...found.values()].sort((a, b) => b.needed - a.needed);
  }

  /** Values: the words that are accepted, then what is usual, then examples. */
  function valuesAt(root, where) {
    const found = new Map();
    const add = (value, text) => { const shown = show(value); if (!found.has(shown)) found.set(shown, { label: shown, about: text, value: shown }); };
    const schemas = at(root, where.path, where.chain.slice(0, where.path.length));
    for (const one of schemas) {
      if (one.const !== undefined) add(one.const, about(one));
      (one.enum || []).forEach((word) => add(word, about(one)));
      const kind = one.properties && follow(root, one.properties.kind);
      for (const name of kind ? [kind.const, ...(kind.enum || [])].filter(Boolean) : []) {
        const object = { kind: name };
        (one.required || []).forEach((key) => { if (key !== "kind") object[key] = sample(root, one.properties[key]); });
        add(object, about(one));
      }
    }
    for (const one of schemas) {
      if (one.default !== undefined) add(one.default, "the default");
      if (one.type === "boolean") [true, false].forEach((value) => add(value, about(one)));
      if (one.type === "null") add(null, about(one));
      (one.examples || []).forEach((value) => add(value, "an example"));
    }
    return [...found.values()];
  }

  /** What may stand where the cursor is: the range that a choice replaces, and the choices, the fitting ones first. */
  function complete(root, text, cursor) {
    const where = place(text, cursor);
    if (!where) return null;
    const all = where.role === "key" ? keysAt(root, where) : valuesAt(root, where);
    const typed = text.slice(where.range.start, Math.min(cursor, where.range.end)).replace(/^"/, "").toLowerCase();
    const bare = (one) => one.label.replace(/^"/, "").toLowerCase();
    const fitting = all.filter((one) => bare(one).includes(typed)).sort((a, b) => bare(b).startsWith(typed) - bare(a).startsWith(typed));
    return { role: where.role, start: where.range.start, end: where.range.end, choices: fitting, typed, hasValue: !!where.member && where.member.colon !== null };
  }

  /** What is said of the key that the cursor is at, with its default and range. */
  function describe(root, text, cursor) {
    const where = place(text, cursor);
    if (!where) return null;
    const path = where.role === "key" ? (where.member ? where.path.concat(where.member.key.value) : where.path) : where.path;
    if (!path.length || typeof path[path.length - 1] === "number") return null;
    const schemas = at(root, path, where.chain.slice(0, path.length));
    const said = schemas.map(about).find(Boolean);
    if (!said) return null;
    const get = (key) => { const one = schemas.find((schema) => schema[key] !== undefined); return one && one[key]; };
    const facts = [];
    if (get("default") !== undefined) facts.push("default " + show(get("default")));
    const low = get("minimum") ?? get("exclusiveMinimum"), high = get("maximum");
    // Some ranges only keep numbers finite.
    if (low !== undefined && high !== undefined && high < 1e9) facts.push((get("minimum") === undefined ? "above " : "") + low + " to " + high);
    const name = path.map((key, i) => (typeof key === "number" ? "[" + key + "]" : (i ? "." : "") + key)).join("");
    return { name, about: sentence(said), facts: facts.join("; ") };
  }

  return { parse, place, complete, describe };
})();
