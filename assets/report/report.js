// What makes a report's charts, its view of the swarm and its tables work. Everything it shows stands in the page's data, and it asks for
// nothing. Plain functions, no state but what is on the screen.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const SERIES = {
    light: ["#0072b2", "#c04a00", "#007a5a", "#a04a80", "#7a5c00", "#20639b", "#5b5b5b", "#8b3fbf"],
    dark: ["#6cb6e8", "#f0965a", "#4cc9a0", "#e08fc0", "#e0c050", "#8fb8e0", "#b8b8b8", "#c79bf0"],
  };
  let printing = false;
  const isDark = () => dark.matches && !printing;
  const color = (i) => SERIES[isDark() ? "dark" : "light"][i % 8];
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const make = (tag, attributes, text) => {
    const node = document.createElement(tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // --- Numbers in words -------------------------------------------------------------------------------------------------------
  const digits = (x) => {
    if (x === null || x === undefined) return "–";
    if (Number.isInteger(x)) return x.toLocaleString("en-US");
    const size = Math.abs(x);
    return size >= 1000 ? Math.round(x).toLocaleString("en-US") : String(+x.toPrecision(4));
  };
  const time = (s) => {
    if (s === null || s === undefined) return "–";
    const size = Math.abs(s);
    if (size > 0 && size < 1) return digits(s * 1000) + " ms";
    if (size < 60) return digits(+s.toFixed(2)) + " s";
    const whole = Math.round(s), h = Math.trunc(whole / 3600), m = Math.trunc(whole / 60) % 60, rest = whole % 60;
    return [h && h + " h", m && m + " min", rest && rest + " s"].filter(Boolean).join(" ");
  };
  const rough = (s) => time(s >= 36000 ? Math.round(s / 600) * 600 : s >= 600 ? Math.round(s / 10) * 10 : +s.toPrecision(2));
  const bytes = (b) => {
    const names = ["B", "KiB", "MiB", "GiB", "TiB"];
    let i = 0;
    for (; Math.abs(b) >= 1024 && i < 4; i++) b /= 1024;
    return digits(+b.toPrecision(4)) + " " + names[i];
  };
  const FORMATS = {
    count: digits,
    number: digits,
    share: (x) => (x === null || x === undefined ? "–" : +(x * 100).toPrecision(4) + " %"),
    bytes: (x) => (x === null || x === undefined ? "–" : bytes(x)),
    rate: (x) => (x === null || x === undefined ? "–" : bytes(x) + "/s"),
    time: time,
  };

  // --- Charts ------------------------------------------------------------------------------------------------------------------
  const charts = [];
  // Where the view of the swarm stands in virtual time, once it was moved.
  let shownTime = null;
  let linking = false;
  const TIME_STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
    10800, 21600, 43200, 86400, 172800, 432000, 864000];

  const WHOLE_STEPS = [...Array(13).keys()].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
  const BYTE_STEPS = [0, 1, 2, 3, 4].flatMap((power) => [1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step * 1024 ** power));

  function paths(kind) {
    if (kind === "step") return uPlot.paths.stepped({ align: 1 });
    if (kind === "bars") return uPlot.paths.bars({ size: [0.96, Infinity], align: 1 });
    return uPlot.paths.linear();
  }

  function marks(u, spec) {
    const ctx = u.ctx, now = spec.link && shownTime !== null ? [{ x: shownTime, name: "" }] : [];
    for (const mark of (spec.marks || []).concat(now)) {
      if (mark.x < u.scales.x.min || mark.x > u.scales.x.max) continue;
      const x = Math.round(u.valToPos(mark.x, "x", true));
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = css("--muted");
      ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, u.bbox.top + u.bbox.height);
      ctx.stroke();
      ctx.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
      const right = x + ctx.measureText(mark.name).width + 8 * devicePixelRatio > u.bbox.left + u.bbox.width;
      ctx.textAlign = right ? "right" : "left";
      ctx.fillText(mark.name, x + (right ? -5 : 5) * devicePixelRatio, u.bbox.top + 13 * devicePixelRatio);
      ctx.restore();
    }
  }

  function options(spec, width, legend) {
    const axis = { stroke: css("--muted"), grid: { stroke: css("--grid"), width: 1 }, ticks: { stroke: css("--grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    const formatX = FORMATS[spec.x], formatY = FORMATS[spec.y];
    const series = spec.series.map((one) => ({
      label: one.name,
      stroke: color(one.color),
      width: one.kind === "bars" || one.hidden ? 0 : 1.8,
      dash: one.kind === "dash" ? [6, 4] : undefined,
      fill: one.kind === "bars" ? color(one.color) + "b0" : one.kind === "area" ? color(one.color) + "30" : undefined,
      paths: paths(one.kind),
      points: { show: !!one.points || spec.xs.length < 3, size: 6 },
      spanGaps: true,
      show: one.show !== false,
    }));
    return {
      width: width,
      height: spec.height || 270,
      padding: [null, 26, null, null],
      legend: { show: false },
      cursor: { sync: spec.link ? { key: "time", setSeries: false } : undefined, drag: { x: true, y: false, uni: 20 }, points: { size: 7 } },
      scales: {
        x: { time: false, distr: spec.log ? 3 : 1, range: spec.log ? undefined : (u, min, max) => [min, max === min ? min + 1 : max] },
        y: { range: (u, min, max) => (min === null ? [0, 1] : uPlot.rangeNum(spec.free ? min : Math.min(0, min), max || 1, 0.08, !spec.free).map((end, i) => (i === 0 && !spec.free && min >= 0 ? 0 : end))) },
      },
      series: [{}].concat(series),
      bands: (spec.bands || []).map((band) => ({ series: [band.high + 1, band.low + 1], fill: color(band.color) + "28" })),
      axes: [
        Object.assign({ values: (u, all) => all.map((x) => (x === null ? "" : formatX(x))), label: spec.xlabel, labelFont: "12px system-ui, sans-serif", labelSize: 18, space: 70 }, spec.log ? {} : spec.x === "time" ? { incrs: TIME_STEPS } : spec.xs.every(Number.isInteger) ? { incrs: WHOLE_STEPS } : {}, axis),
        Object.assign({ values: (u, all) => all.map((y) => (y === null ? "" : formatY(y))), size: { rate: 88, bytes: 84, time: 88 }[spec.y] || 68 }, { rate: { incrs: BYTE_STEPS }, bytes: { incrs: BYTE_STEPS }, time: { incrs: TIME_STEPS }, count: { incrs: WHOLE_STEPS } }[spec.y] || {}, axis),
      ],
      hooks: {
        draw: [(u) => marks(u, spec)],
        setCursor: [(u) => legend.read(u)],
        setScale: [(u, key) => {
          if (key !== "x" || !spec.link || linking) return;
          linking = true;
          for (const other of charts) if (other.plot !== u && other.spec.link && other.plot) other.plot.setScale("x", { min: u.scales.x.min, max: u.scales.x.max });
          linking = false;
        }],
      },
    };
  }

  // The legend: a button a series, which shows or hides it, and its value where the pointer (or the arrow keys) are.
  function legendOf(chart) {
    const bar = make("div", { class: "legend" });
    const where = make("output", { class: "where", "aria-live": "off" });
    const values = chart.spec.series.map((one, i) => {
      if (one.hidden) return null;
      const button = make("button", { type: "button", "aria-pressed": String(one.show !== false) });
      const swatch = make("span", { class: "swatch" + (one.kind === "dash" ? " dash" : "") });
      const value = make("span", { class: "value" });
      button.append(swatch, make("span", {}, one.name), value);
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        one.show = on;
        chart.plot.setSeries(i + 1, { show: on });
        for (const band of chart.spec.bands || []) if (band.of === i) [band.high, band.low].forEach((j) => chart.plot.setSeries(j + 1, { show: on }));
      });
      bar.append(button);
      return { swatch, value, one };
    });
    bar.append(where);
    return {
      node: bar,
      paint: () => values.forEach((v) => v && v.swatch.style.setProperty("--swatch", color(v.one.color))),
      read: (u) => {
        const at = u.cursor.idx;
        const none = at === null || at === undefined || u.cursor.left < 0;
        where.textContent = none ? "" : FORMATS[chart.spec.x](u.data[0][at]);
        values.forEach((v, i) => v && (v.value.textContent = none ? "" : FORMATS[chart.spec.y](u.data[i + 1][at])));
      },
    };
  }

  function drawChart(chart) {
    // Paper is narrower than most windows, and its charts stand side by side.
    const paper = chart.box.closest(".chart-one") ? 680 : 340;
    const width = Math.max(240, printing ? Math.min(paper, chart.box.clientWidth) : chart.box.clientWidth);
    const range = chart.plot && { min: chart.plot.scales.x.min, max: chart.plot.scales.x.max };
    if (chart.plot) chart.plot.destroy();
    chart.plot = new uPlot(options(chart.spec, width, chart.legend), [chart.spec.xs].concat(chart.spec.series.map((one) => one.ys)), chart.box);
    linking = true;
    if (range && range.min !== null) chart.plot.setScale("x", range);
    linking = false;
    chart.legend.paint();
  }

  function keys(chart) {
    const zoom = (factor) => {
      const { min, max } = chart.plot.scales.x, middle = chart.plot.cursor.idx ? chart.spec.xs[chart.plot.cursor.idx] : (min + max) / 2;
      chart.plot.setScale("x", { min: middle - (middle - min) * factor, max: middle + (max - middle) * factor });
    };
    const reset = () => chart.plot.setScale("x", { min: chart.spec.xs[0], max: chart.spec.xs[chart.spec.xs.length - 1] });
    const move = (to) => {
      const at = Math.max(0, Math.min(chart.spec.xs.length - 1, to));
      chart.plot.setCursor({ left: chart.plot.valToPos(chart.spec.xs[at], "x"), top: 20 });
    };
    chart.box.addEventListener("keydown", (event) => {
      const at = chart.plot.cursor.idx === null || chart.plot.cursor.idx === undefined ? -1 : chart.plot.cursor.idx;
      const step = event.shiftKey ? Math.ceil(chart.spec.xs.length / 20) : 1;
      const does = { ArrowRight: () => move(at + step), ArrowLeft: () => move(at - step), Home: () => move(0), End: () => move(chart.spec.xs.length - 1), "+": () => zoom(0.5), "-": () => zoom(2), 0: reset, Escape: reset }[event.key];
      if (does) { does(); event.preventDefault(); }
    });
  }

  for (const box of document.querySelectorAll("[data-chart]")) {
    const spec = data.charts.find((one) => one.id === box.dataset.chart);
    if (!spec || !spec.xs.length) { box.append(make("p", { class: "nothing" }, (spec && spec.nothing) || "There is nothing to draw.")); continue; }
    const inner = make("div", { class: "plot", tabindex: "0", role: "application", "aria-roledescription": "chart", "aria-label": spec.title + ". Arrow keys read values, plus and minus zoom, 0 shows all." });
    const chart = { spec, box: inner, plot: null };
    chart.legend = legendOf(chart);
    box.append(chart.legend.node, inner);
    charts.push(chart);
    drawChart(chart);
    keys(chart);
  }

  // --- Bytes in base64 -------------------------------------------------------------------------------------------------------
  const unpack = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const mix = (a, b, t) => a.map((x, i) => Math.round(x + (b[i] - x) * t));
  function ramp(t) {
    const stops = isDark() ? [[28, 38, 52], [32, 84, 130], [70, 150, 205], [190, 228, 255]] : [[226, 236, 246], [140, 190, 225], [45, 125, 185], [8, 48, 107]];
    const place = Math.max(0, Math.min(1, t)) * 3, i = Math.min(2, Math.floor(place));
    return "rgb(" + mix(stops[i], stops[i + 1], place - i).join(",") + ")";
  }
  function canvasOf(node, width, height) {
    node.width = Math.round(width * devicePixelRatio);
    node.height = Math.round(height * devicePixelRatio);
    node.style.height = height + "px";
    const ctx = node.getContext("2d");
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.clearRect(0, 0, width, height);
    return ctx;
  }

  // --- The swarm -------------------------------------------------------------------------------------------------------------
  // A cell's byte: 0 not there yet, 1 gone, 2 gone but listed, 10 + percent: there and listed, 120 + percent: there, not listed.
  const swarm = data.swarm && document.getElementById("swarm") ? (function () {
    const view = data.swarm, state = unpack(view.states), n = view.cells, frames = view.times.length;
    const root = document.getElementById("swarm"), canvas = root.querySelector("canvas"), slider = root.querySelector("input");
    const play = root.querySelector("button"), told = root.querySelector(".told"), pointed = root.querySelector(".pointed");
    let layout = null, timer = null, cursor = -1;
    slider.max = String(frames - 1);
    const who = (cell) => {
      const first = view.first + cell * view.width, last = Math.min(first + view.width - 1, view.last);
      return first === last ? "peer " + first : "peers " + first + "–" + last;
    };
    const meaning = (byte) => byte === 0 ? "not there yet" : byte === 1 ? "gone" : byte === 2 ? "gone, and still listed" :
      byte >= 120 ? (byte - 120) + " % of the file, not listed" : (byte - 10) + " % of the file";
    function draw() {
      const frame = +slider.value, width = canvas.clientWidth || 600;
      const target = Math.max(5, Math.min(26, Math.sqrt((width * 330) / n)));
      const columns = Math.max(1, Math.min(n, Math.floor(width / target))), size = Math.min(30, width / columns), rows = Math.ceil(n / columns);
      layout = { columns, size };
      const ctx = canvasOf(canvas, width, Math.ceil(rows * size)), gap = size > 7 ? 1.5 : 0.5;
      let there = 0, complete = 0, stale = 0, gone = 0;
      for (let cell = 0; cell < n; cell++) {
        const byte = state[frame * n + cell], x = (cell % columns) * size, y = Math.floor(cell / columns) * size, side = size - gap;
        if (byte >= 10) {
          const share = byte >= 120 ? byte - 120 : byte - 10;
          there++; if (share === 100) complete++;
          ctx.fillStyle = ramp(share / 100);
          ctx.fillRect(x, y, side, side);
          if (byte >= 120 && size > 4) { ctx.strokeStyle = css("--warn"); ctx.lineWidth = Math.min(2, size / 6); ctx.strokeRect(x + 1, y + 1, side - 2, side - 2); }
        } else if (byte === 2) {
          stale++; ctx.fillStyle = css("--warn"); ctx.fillRect(x, y, side, side);
        } else {
          if (byte === 1) gone++;
          ctx.strokeStyle = css(byte === 1 ? "--muted" : "--grid"); ctx.lineWidth = 0.8;
          ctx.strokeRect(x + 0.5, y + 0.5, Math.max(1, side - 1), Math.max(1, side - 1));
          if (byte === 1 && size > 6) { ctx.beginPath(); ctx.moveTo(x + 1, y + 1); ctx.lineTo(x + side - 1, y + side - 1); ctx.stroke(); }
        }
        if (cell === cursor) { ctx.strokeStyle = css("--ink"); ctx.lineWidth = 2; ctx.strokeRect(x, y, side, side); }
      }
      const cells = view.width > 1 ? " cells of " + view.width + " peers" : there === 1 ? " peer" : " peers";
      const text = time(view.times[frame]) + ": " + there + cells + " there, " + complete + " of them complete; " + stale + " gone and still listed, " + gone + " gone";
      told.textContent = text;
      slider.setAttribute("aria-valuetext", text);
      if (cursor >= 0) pointed.textContent = who(cursor) + " of " + view.groups[view.group[cursor]] + ": " + meaning(state[frame * n + cursor]);
    }
    // To this frame, in the charts of virtual time, too.
    function show(frame) {
      slider.value = String(frame);
      shownTime = view.times[+slider.value];
      draw();
      for (const chart of charts) if (chart.spec.link && chart.plot) chart.plot.redraw(false, false);
    }
    const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
    play.addEventListener("click", () => {
      if (timer) return stop();
      if (+slider.value >= frames - 1) slider.value = "0";
      play.textContent = "Pause";
      timer = setInterval(() => { show(+slider.value + 1); if (+slider.value >= frames - 1) stop(); }, Math.max(40, 12000 / frames));
    });
    slider.addEventListener("input", () => { if (timer) stop(); show(+slider.value); });
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const cell = Math.floor((event.clientY - box.top) / layout.size) * layout.columns + Math.floor((event.clientX - box.left) / layout.size);
      cursor = cell >= 0 && cell < n ? cell : -1;
      draw();
    });
    canvas.addEventListener("pointerleave", () => { cursor = -1; pointed.textContent = ""; draw(); });
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: layout.columns, ArrowUp: -layout.columns }[event.key];
      if (by) { cursor = Math.max(0, Math.min(n - 1, cursor + by)); draw(); event.preventDefault(); }
    });
    slider.value = String(Math.floor(frames / 3));
    return { draw };
  })() : null;

  // --- Copies of chunks ------------------------------------------------------------------------------------------------------
  const heat = data.copies && document.getElementById("copies") ? (function () {
    const map = data.copies, mean = unpack(map.mean), root = document.getElementById("copies");
    const canvas = root.querySelector("canvas"), pointed = root.querySelector(".pointed"), rows = map.ranges.length, columns = map.times.length;
    const value = (column, row) => (mean[column * rows + row] / 255) * map.most;
    let at = [-1, -1];
    const ends = root.querySelector(".ends");
    const most = root.querySelector(".most");
    if (most) most.textContent = "0 to " + digits(+map.most.toPrecision(3)) + " copies on average, by the square root";
    [0, 0.25, 0.5, 0.75, 1].forEach((share) => ends.append(make("span", {}, rough(map.times[columns - 1] * share))));
    function draw() {
      const width = canvas.clientWidth || 600, height = Math.max(160, Math.min(320, rows * 6)), ctx = canvasOf(canvas, width, height);
      // A run that ended at once has one instant, which is drawn over all of the width.
      const end = map.times[columns - 1], place = (column) => (column < 0 ? 0 : end > 0 ? (map.times[column] / end) * width : width);
      for (let column = 0; column < columns; column++) {
        const left = place(column - 1), right = place(column);
        for (let row = 0; row < rows; row++) {
          ctx.fillStyle = map.most > 0 ? ramp(Math.sqrt(value(column, row) / map.most)) : ramp(0);
          ctx.fillRect(left, (row / rows) * height, right - left + 0.6, height / rows + 0.6);
        }
      }
      if (at[0] >= 0) {
        const left = place(at[0] - 1), right = place(at[0]);
        ctx.strokeStyle = css("--warn"); ctx.lineWidth = 2;
        ctx.strokeRect(left, (at[1] / rows) * height, Math.max(3, right - left), height / rows);
        const range = map.ranges[at[1]], chunks = range[0] === range[1] ? "chunk " + range[0] : "chunks " + range[0] + "–" + range[1];
        pointed.textContent = time(map.times[at[0]]) + ", " + chunks + ": " + digits(+value(at[0], at[1]).toPrecision(3)) + "copies on average, by the square root";
      }
    }
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect(), t = ((event.clientX - box.left) / box.width) * map.times[columns - 1];
      let column = map.times.findIndex((end) => end >= t);
      if (column < 0) column = columns - 1;
      at = [column, Math.max(0, Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows)))];
      draw();
    });
    canvas.addEventListener("pointerleave", () => { at = [-1, -1]; pointed.textContent = ""; draw(); });
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
      if (!by) return;
      at = [Math.max(0, Math.min(columns - 1, at[0] + by[0])), Math.max(0, Math.min(rows - 1, at[1] + by[1]))];
      draw();
      event.preventDefault();
    });
    return { draw };
  })() : null;

  // --- Tables and buttons ----------------------------------------------------------------------------------------------------
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = make("button", { type: "button" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const value = (row) => { const cell = row.cells[column]; return cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent; };
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [value(a), value(b)], [p, q] = [parseFloat(x), parseFloat(y)];
          if (x === "–" || y === "–") return x === y ? 0 : x === "–" ? 1 : -1;
          const order = isNaN(p) || isNaN(q) ? x.localeCompare(y) : p - q;
          return up ? order : -order;
        });
        body.append(...rows);
      });
    });
  }
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", async () => {
      const node = document.getElementById(button.dataset.copy), said = button.textContent;
      try {
        await navigator.clipboard.writeText(node.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(node);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => (button.textContent = said), 1500);
    });
  }
  const choice = document.getElementById("metric");
  if (choice) {
    const show = () => { for (const one of document.querySelectorAll("[data-metric]")) one.hidden = one.dataset.metric !== choice.value; redraw(); };
    choice.addEventListener("change", show);
    requestAnimationFrame(show);
  }

  // --- Whenever the page looks different -------------------------------------------------------------------------------------
  function redraw() {
    charts.forEach((chart) => chart.box.offsetParent !== null && drawChart(chart));
    if (swarm) swarm.draw();
    if (heat) heat.draw();
  }
  let width = document.documentElement.clientWidth, waiting = null;
  addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(redraw, 100);
  });
  dark.addEventListener("change", redraw);
  const print = (is) => { printing = is; document.documentElement.toggleAttribute("data-print", is); redraw(); };
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  if (swarm) swarm.draw();
  if (heat) heat.draw();
})();
