// A text area with colors, line numbers, marks where something is wrong, and completion from the schema. Only the text area holds the
// text; what lies over it is drawn from that.
"use strict";
function editorOf(root, schema, changed) {
  const area = root.querySelector("textarea"), colors = root.querySelector(".colors"), lines = root.querySelector(".lines");
  const list = root.querySelector("[role=listbox]"), about = root.querySelector(".about");
  let problems = [], offer = null, chosen = 0;

  // --- What lies over the text ---------------------------------------------------------------------------------------------------
  const TOKEN = /("(?:\\.|[^"\\\n])*"?)(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;
  const span = (kind, text) => { const node = document.createElement("span"); node.className = kind; node.textContent = text; return node; };
  function paint() {
    const text = area.value, colored = document.createDocumentFragment(), numbered = document.createDocumentFragment();
    let from = 0;
    // What is longer than any scenario that was written by hand is shown plainly.
    for (const token of text.length < 200_000 ? text.matchAll(TOKEN) : []) {
      colored.append(text.slice(from, token.index));
      if (token[1]) colored.append(span(token[2] ? "key" : "string", token[1]), token[2] || "");
      else colored.append(span("literal", token[0]));
      from = token.index + token[0].length;
    }
    colored.append(text.slice(from) + "\n");
    colors.replaceChildren(colored);
    const marks = new Map(problems.map((one) => [one.line, one.severity]));
    text.split("\n").forEach((_, i) => numbered.append(span(marks.get(i + 1) || "", i + 1 + "\n")));
    lines.replaceChildren(numbered);
    follow();
  }
  function follow() {
    colors.style.transform = "translate(" + -area.scrollLeft + "px, " + -area.scrollTop + "px)";
    lines.style.transform = "translateY(" + -area.scrollTop + "px)";
  }

  // --- Completion ----------------------------------------------------------------------------------------------------------------
  const offsetOf = (line, column) => area.value.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  function close() {
    offer = null;
    list.hidden = true;
    area.setAttribute("aria-expanded", "false");
    area.removeAttribute("aria-activedescendant");
  }
  function open(asked) {
    if (area.selectionStart !== area.selectionEnd) return close();
    offer = Schema.complete(schema, area.value, area.selectionStart);
    if (!offer || !offer.choices.length || (!asked && offer.choices.length === 1 && offer.choices[0].label.replace(/"/g, "").toLowerCase() === offer.typed)) return close();
    chosen = 0;
    list.replaceChildren(...offer.choices.slice(0, 40).map((one, i) => {
      const node = document.createElement("li");
      node.id = "choice-" + i;
      node.setAttribute("role", "option");
      node.append(span("label", one.label), span("what", one.about + (one.needed ? " Required." : "")));
      node.addEventListener("mousedown", (event) => { event.preventDefault(); chosen = i; accept(); });
      return node;
    }));
    list.hidden = false;
    const before = area.value.slice(0, offer.start), line = before.split("\n").length, column = before.length - before.lastIndexOf("\n") - 1;
    const style = getComputedStyle(area), high = parseFloat(style.lineHeight), wide = widthOf(style.font);
    list.style.left = Math.max(0, Math.min(root.clientWidth - list.offsetWidth - 4, area.offsetLeft + parseFloat(style.paddingLeft) + column * wide - area.scrollLeft)) + "px";
    const top = area.offsetTop + parseFloat(style.paddingTop) + line * high - area.scrollTop;
    list.style.top = (top + list.offsetHeight > area.clientHeight && top - high > list.offsetHeight ? top - high - list.offsetHeight : top) + "px";
    area.setAttribute("aria-expanded", "true");
    choose(0);
  }
  const pen = document.createElement("canvas").getContext("2d");
  const widthOf = (font) => { pen.font = font; return pen.measureText("0".repeat(100)).width / 100; };
  function choose(i) {
    chosen = (i + list.children.length) % list.children.length;
    [...list.children].forEach((node, j) => node.setAttribute("aria-selected", String(j === chosen)));
    list.children[chosen].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", "choice-" + chosen);
  }
  /** Replaces a range as if it were typed, so that it can be undone. */
  function insert(start, end, text) {
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, start, end, "end");
  }
  function accept() {
    const one = offer.choices[chosen], { start, end, role, hasValue } = offer, text = area.value;
    if (role === "value" || hasValue) {
      const written = role === "value" ? one.value : one.key;
      insert(start, end, written);
      area.setSelectionRange(start + written.length, start + written.length);
    } else {
      const before = text.slice(0, start).trimEnd(), after = text.slice(end).trimStart();
      const comma = before && !/[{,]$/.test(before), next = after.startsWith('"');
      const written = one.key + ": " + one.value + (next ? "," : "");
      insert(start, end, written);
      if (comma) { insert(before.length, before.length, ","); }
      const value = start + (comma ? 1 : 0) + one.key.length + 2, quoted = one.value.startsWith('"');
      area.setSelectionRange(value + quoted, value + one.value.length - quoted);
    }
    close();
    update();
  }

  // --- Keys ----------------------------------------------------------------------------------------------------------------------
  area.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) { open(true); event.preventDefault(); return; }
    if (offer) {
      const does = { ArrowDown: () => choose(chosen + 1), ArrowUp: () => choose(chosen - 1), Enter: accept, Tab: accept, Escape: close }[event.key];
      if (does && !event.ctrlKey && !event.metaKey) { does(); event.preventDefault(); return; }
    }
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      const at = area.selectionStart, before = area.value.slice(0, at), indent = /[ \t]*/.exec(before.slice(before.lastIndexOf("\n") + 1))[0];
      insert(at, area.selectionEnd, "\n" + indent + (/[{[]\s*$/.test(before) ? "  " : ""));
      event.preventDefault();
    }
  });
  let typing = false;
  area.addEventListener("input", (event) => {
    update();
    const data = event.data;
    typing = event.inputType === "insertText" && !!data && /^["\w-]$/.test(data);
    if (typing) open(false); else close();
  });
  area.addEventListener("blur", close);
  area.addEventListener("scroll", () => { follow(); close(); });
  document.addEventListener("selectionchange", () => {
    if (document.activeElement !== area) return;
    const said = Schema.describe(schema, area.value, area.selectionStart);
    about.replaceChildren();
    if (said) about.append(span("name", said.name), " " + said.about + (said.facts ? " (" + said.facts + ")" : ""));
  });

  function update() {
    paint();
    changed(area.value);
  }
  return {
    text: () => area.value,
    set: (text) => { area.value = text; area.setSelectionRange(0, 0); area.scrollTop = 0; problems = []; close(); update(); },
    mark: (found) => { problems = found; paint(); },
    go: (line, column) => {
      const at = offsetOf(line, column);
      area.focus();
      area.setSelectionRange(at, at);
      area.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(area).lineHeight));
    },
  };
}
