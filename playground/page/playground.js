// The playground: the editor on one side, a run on the other. Runs go on in a worker of their own, so that they can be stopped; another
// checks the text while it is typed. What is shown of a run is drawn by the report's own script, in a frame.
"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    node.append(...children);
    return node;
  };
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => "&#" + c.charCodeAt(0) + ";");

  // --- The module ----------------------------------------------------------------------------------------------------------------
  /** A worker with the module: `ask` runs a command and resolves when it is done; `stop` ends it, and a new one takes its place. */
  function core() {
    let worker, waiting, number = 0;
    const begin = () => {
      waiting = new Map();
      worker = new Worker(URL.createObjectURL(new Blob([parts.text("worker.js")], { type: "text/javascript" })));
      worker.postMessage({ module: parts.module });
      worker.onmessage = ({ data }) => {
        const one = waiting.get(data.id);
        if (data.line) one.line(data.line);
        else { waiting.delete(data.id); if (data.done) one.resolve(); else one.reject(new Error(data.failed)); }
      };
    };
    begin();
    return {
      ask: (command, text, line) => new Promise((resolve, reject) => {
        waiting.set(++number, { resolve, reject, line });
        worker.postMessage({ id: number, command, text });
      }),
      stop: () => { worker.terminate(); waiting.forEach((one) => one.reject(new Error("stopped"))); begin(); },
    };
  }
  const checker = core(), runner = core();

  // --- The text and what is wrong with it ----------------------------------------------------------------------------------------
  let editor, embedded = [], checked = 0;
  async function check(text) {
    const number = ++checked;
    let found = null;
    await checker.ask("check", text, (line) => (found = line));
    if (number !== checked || !found) return;
    editor.mark(found.problems);
    byId("problems").replaceChildren(...found.problems.map((one) => {
      const button = make("button", { type: "button", class: one.severity }, "line " + one.line + ": " + (one.path ? one.path + ": " : "") + one.message);
      button.addEventListener("click", () => editor.go(one.line, one.column));
      return make("li", {}, button);
    }));
    const wrong = found.problems.some((one) => one.severity === "error");
    byId("takes").textContent = wrong ? "It cannot be run as it stands:" : found.takes.text + ".";
    byId("run").disabled = wrong;
    byId("means").replaceChildren(...(found.means || []).flatMap((one) => [make("h3", {}, one.about), make("ul", {}, ...one.sentences.map((sentence) => make("li", {}, sentence)))]));
    byId("meaning").hidden = wrong;
  }
  let waiting = null;
  const changed = (text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => check(text).catch((error) => (byId("takes").textContent = error.message)), 120);
    const same = embedded.find((one) => one.text === text);
    byId("scenario").value = same ? same.name : "";
    byId("what").textContent = same ? same.summary + "." : "";
  };

  // --- A run ---------------------------------------------------------------------------------------------------------------------
  let running = false;
  async function run() {
    if (running) return;
    running = true;
    const text = editor.text(), begun = performance.now();
    let last = null;
    byId("run").hidden = true;
    byId("stop").hidden = false;
    byId("stop").focus();
    say("Running …", 0);
    try {
      await runner.ask("run", text, (line) => {
        last = line;
        if (!line.progress) return;
        const { time_s, events, completed, downloaders } = line.progress;
        say(number(events) + " events, " + time(time_s) + " of virtual time, " + completed + " of " + downloaders + " complete", downloaders ? completed / downloaders : 0);
      });
      if (last.problems) { say("It cannot be run as it stands.", null); await check(text); }
      else if (last.refused) say(last.refused, null);
      else {
        const took = (performance.now() - begun) / 1000, { events } = last.summary;
        say(number(events) + " events in " + took.toFixed(2) + " s", null);
        show(last, text);
      }
    } catch (error) {
      say(error.message === "stopped" ? "Stopped." : "The run failed: " + error.message, null);
    }
    byId("stop").hidden = true;
    byId("run").hidden = false;
    byId("run").focus();
    running = false;
  }
  function say(text, share) {
    byId("status").textContent = text;
    byId("progress").hidden = share === null;
    if (share !== null) byId("progress").value = share;
  }
  const number = (n) => n.toLocaleString("en-US");
  const time = (s) => (s === null ? "–" : s < 60 ? +s.toPrecision(3) + " s" : s < 3600 ? +(s / 60).toPrecision(3) + " min" : +(s / 3600).toPrecision(3) + " h");
  const share = (x) => (x === null ? "–" : +(x * 100).toPrecision(3) + " %");

  // --- What is drawn of it -------------------------------------------------------------------------------------------------------
  const chart = (id, title, y, xs, series) => ({ id, title, x: "time", xlabel: "virtual time", y, link: true, xs, nothing: "There is nothing to draw.",
    series: series.map(([name, kind, ys], color) => ({ name, color, kind, ys })) });
  function charts({ samples, completions, summary }) {
    const xs = Array.from({ length: 301 }, (_, i) => (summary.end_time_s * i) / 300);
    const until = (times) => { let at = 0; return xs.map((x) => { while (at < times.length && times[at] <= x) at++; return at; }); };
    const groups = completions.filter((one) => one.times_s.length).slice(0, 8);
    const lines = groups.map((one) => [one.group, groups.length > 1 ? "step" : "area", until(one.times_s)]);
    return [
      chart("completion", "Completed downloads", "count", lines.length ? xs : [], lines),
      chart("population", "Population", "count", samples.time_s, [["present", "area", samples.present], ["leechers", "line", samples.leechers], ["seeders", "line", samples.seeders]]),
      chart("listed", "Listed against present", "count", samples.time_s, [["present", "line", samples.present], ["listed", "line", samples.listed], ["stale: listed and gone", "area", samples.stale_listed]]),
      chart("copies-mean", "Copies", "number", samples.time_s, [["mean copies of a chunk", "line", samples.mean_copies], ["copies of the rarest chunk", "line", samples.min_copies]]),
    ];
  }
  function headlines({ summary, unmet }) {
    const { completion, expiry } = summary;
    const all = [
      ["Completed", number(summary.peers.completed), "of " + number(summary.peers.arrived) + " who arrived"],
      ["Mean download", time(completion.mean_s), "95th percentile " + time(completion.p95_s)],
      ["Makespan", time(completion.makespan_s), completion.ratio_to_bound === null ? "" : completion.ratio_to_bound.toPrecision(3) + " times the bound"],
      ["Stale entries", share(expiry.stale_share_of_lists), "of the lists handed out"],
    ];
    const card = ([name, value, more]) => "<div class=\"card\"><dt>" + name + "</dt><dd>" + value + "</dd><dd>" + more + "</dd></div>";
    const warned = unmet.length ? "<p><b>Expectations that do not hold:</b> " + escape(unmet.join("; ")) + "</p>" : "";
    return "<dl class=\"cards\">" + all.map(card).join("") + "</dl>" + warned;
  }
  const toCopy = (id, what, text) => "<div class=\"copy\"><pre id=\"" + id + "\" tabindex=\"0\" role=\"region\" aria-label=\"" + what + "\">" + escape(text) + "</pre><button type=\"button\" data-copy=\"" + id + "\" aria-label=\"Copy " + what + "\">Copy</button></div>";
  function show(run, text) {
    const { summary } = run, drawn = charts(run), name = (embedded.find((one) => one.text === text) || {}).name;
    const data = JSON.stringify({ charts: drawn, swarm: run.swarm, copies: run.copies }).replace(/</g, "\\u003c");
    const figure = (one) => "<figure class=\"chart\" data-chart=\"" + one.id + "\"><figcaption><h3>" + one.title + "</h3></figcaption></figure>";
    const script = (body) => "<script>" + body + "<\/script>";
    const page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escape(summary.scenario) + "</title><style>" + parts.text("uplot.min.css") + parts.text("report.css") +
      "main { max-width: none; padding: 4px 4px 24px; } h2 { margin: 28px 0 10px; } h1 { font-size: 22px; } .charts { grid-template-columns: repeat(auto-fit, minmax(min(330px, 100%), 1fr)); } .cards { margin-top: 12px; }</style></head><body><main>" +
      "<h1>" + escape(summary.scenario) + "</h1><p class=\"run\">Seed <b>" + summary.seed + "</b> · strategy <b>" + escape(summary.strategy) + "</b> · ended after <b>" + time(summary.end_time_s) + "</b> of virtual time · digest <b id=\"digest\">" + summary.digest + "</b></p>" +
      headlines(run) + (run.swarm ? parts.text("swarm.html") : "") + "<h2>Over time</h2><div class=\"charts\">" + drawn.map(figure).join("") + "</div>" + (run.copies ? parts.text("copies.html") : "") +
      "<h2>Run it again</h2><p class=\"hint\">" + (name ? "On your machine this gives the same digest:" : "With the scenario saved as a file, this gives the same digest on your machine:") + "</p>" +
      toCopy("command", "the command", "swarmsim run " + (name || "scenario.json")) + toCopy("summary", "the summary", JSON.stringify(summary, null, 2)) +
      "</main><script type=\"application/json\" id=\"data\">" + data + "<\/script>" + script(parts.text("uplot.min.js")) + script(parts.text("report.js")) + "</body></html>";
    const frame = byId("frame");
    frame.hidden = false;
    byId("hint").hidden = true;
    frame.onload = () => {
      const inside = frame.contentDocument, fit = () => (frame.style.height = inside.documentElement.getBoundingClientRect().height + 8 + "px");
      new ResizeObserver(fit).observe(inside.documentElement);
      fit();
      byId("outcome").dataset.runs = String(+(byId("outcome").dataset.runs || 0) + 1);
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches && inside.querySelector("#swarm")) {
        const slider = inside.querySelector("#swarm input");
        slider.value = "0";
        inside.querySelector("#swarm button").click();
      }
    };
    window.lastRun = run;
    frame.srcdoc = page;
  }

  // --- The beginning -------------------------------------------------------------------------------------------------------------
  checker.ask("about", "", (about) => {
    embedded = about.scenarios;
    byId("version").textContent = "Model revision " + about.model_revision + ".";
    byId("scenario").append(...embedded.map((one) => make("option", { value: one.name }, one.name)));
    byId("scenario").addEventListener("change", (event) => {
      const one = embedded.find((other) => other.name === event.target.value);
      if (one) editor.set(one.text);
    });
    editor = editorOf(byId("editor"), about.schema, changed);
    editor.set(embedded[0].text);
    byId("run").addEventListener("click", run);
    byId("stop").addEventListener("click", () => runner.stop());
    addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !byId("run").disabled) { run(); event.preventDefault(); }
    });
    document.body.dataset.ready = "yes";
  }).catch((error) => (byId("hint").textContent = "The module does not work here: " + error.message));
})();
