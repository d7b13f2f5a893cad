// Opens reports in a headless Chromium and looks whether they work. Called by scripts/report_check, which installs what this needs:
//   node report_check.mjs CHROMIUM AXE.JS SHOTS|- NAME=report.html...
// A line for each report; the exit code is 1 where something is wrong.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const puppeteer = require("puppeteer-core");
const [chromium, axePath, shots, ...reports] = process.argv.slice(2);
const axe = readFileSync(axePath, "utf8");
const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
let failed = false;

/** How many points of a canvas have a color that is no gray: lines and bars do, axes and their texts do not. */
const colored = (canvas) => {
  const bytes = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 0; i < bytes.length; i += 4) {
    const [red, green, blue, alpha] = bytes.slice(i, i + 4);
    if (alpha > 100 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) count++;
  }
  return count;
};

async function check(name, file) {
  const wrong = [], page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => ["error", "warning", "warn"].includes(message.type()) && wrong.push("console: " + message.text()));
  page.on("pageerror", (error) => { wrong.push("error: " + error.message); console.log(name + ": error: " + error.message); failed = true; });
  page.on("request", (request) => !request.url().startsWith("file:") && wrong.push("asks for " + request.url()));
  const expect = (holds, what) => holds || wrong.push(what);
  let counted = { charts: 0, tables: 0 };
  // From the address to the first picture; the best of three, as others use the machine.
  await page.setViewport({ width: 1280, height: 900 });
  let opened = Infinity;
  for (let i = 0; i < 3; i++) {
    const begun = performance.now();
    await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    opened = Math.min(opened, performance.now() - begun);
  }
  expect(opened < 2_000, "it takes " + Math.round(opened) + " ms to open");
  for (const scheme of ["light", "dark"]) {
    for (const width of [1280, 400]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width, height: 900 });
      await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
      await new Promise((resolve) => setTimeout(resolve, 150));
      const where = scheme + " " + width;
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wide <= 0, where + ": the page is " + wide + " px wider than the window");
      if (shots !== "-") await page.screenshot({ path: path.join(shots, name + "-" + scheme + "-" + width + ".png"), fullPage: true });
      if (width === 1280) {
        await page.evaluate(axe);
        const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
        for (const one of found.violations) wrong.push(where + ": axe " + one.id + " on " + one.nodes.length + ": " + one.nodes[0].target + " " + (one.nodes[0].failureSummary || "").replace(/\s+/g, " ").slice(0, 160));
      }
      const plots = await page.$$(".plot canvas");
      for (const [i, plot] of plots.entries()) {
        if (!(await plot.boundingBox())) continue;
        const marks = await plot.evaluate(colored);
        expect(marks > 60, where + ": chart " + i + " has no marks (" + marks + " colored points)");
      }
      counted.charts = Math.max(counted.charts, plots.length);
    }
  }
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  const text = (selector) => page.$eval(selector, (node) => node.textContent);

  // Zoom by the keyboard, values by the arrows, toggles by the legend.
  const plot = await page.$(".plot");
  if (plot) {
    await plot.focus();
    for (const key of ["End", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const read = await page.$eval(".chart .where, .chart-one .where", (node) => node.textContent);
    expect(read.length > 0, "arrow keys read no value");
    const picture = () => page.$eval(".plot canvas", (canvas) => canvas.toDataURL());
    const before = await picture();
    await page.keyboard.press("+");
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await picture()) !== before, "+ does not zoom");
    await page.keyboard.press("0");
    await new Promise((resolve) => setTimeout(resolve, 60));
    const whole = await picture();
    await page.focus(".legend button");
    await page.keyboard.press("Space");
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await page.$eval(".legend button", (node) => node.getAttribute("aria-pressed"))) === "false", "the legend does not toggle");
    expect((await picture()) !== whole, "a hidden line is still drawn");
  }
  // The slider moves by the keyboard, and the picture with it.
  if (await page.$("#swarm input")) {
    const cells = () => page.$eval("#swarm canvas", (canvas) => canvas.toDataURL());
    await page.focus("#swarm input");
    await page.keyboard.press("Home");
    const first = [await text("#swarm .told"), await cells()];
    for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowRight");
    const later = [await text("#swarm .told"), await cells()];
    expect(first[0] !== later[0] && first[1] !== later[1], "the slider does not move the swarm");
    const box = await (await page.$("#swarm canvas")).boundingBox();
    await page.mouse.move(box.x + 6, box.y + 6);
    expect((await text("#swarm .pointed")).startsWith("peer"), "a cell says nothing of its peer");
    await page.focus("#swarm button");
    await page.keyboard.press("Enter");
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await text("#swarm .told")) !== later[0], "Play does not play");
  }
  // Tables are sorted both ways.
  const tables = await page.$$("table.sortable");
  counted.tables = tables.length;
  for (const table of tables) {
    if ((await table.$$("tbody tr")).length < 2) continue;
    const heads = await table.$$("thead button"), head = heads[heads.length - 1];
    const values = () => table.$$eval("tbody tr", (rows) => rows.map((row) => row.cells[row.cells.length - 1]).map((cell) => cell.dataset.value ?? cell.textContent));
    await head.evaluate((node) => node.click());
    const up = await values();
    await head.evaluate((node) => node.click());
    const down = await values();
    const numbers = (all) => all.filter((one) => one !== "–").map(Number);
    if (numbers(up).every((one) => !isNaN(one))) {
      const sorted = (all, sign) => all.every((one, i) => i === 0 || sign * (one - all[i - 1]) >= 0);
      expect(sorted(numbers(up), 1) && sorted(numbers(down), -1), "a table is not sorted: " + up + " / " + down);
    }
  }
  const size = readFileSync(file).length;
  expect(size < 2_000_000, "it has " + size + " bytes");
  await page.close();
  for (const one of [...new Set(wrong)]) console.log(name + ": " + one);
  console.log((wrong.length ? "FAILED " : "ok ") + name + ": " + counted.charts + " charts, " + counted.tables + " sortable tables, " + size + " bytes, open after " + Math.round(opened) + " ms");
  failed ||= wrong.length > 0;
}

for (const report of reports) {
  const at = report.indexOf("=");
  const name = report.slice(0, at);
  try {
    await check(name, path.resolve(report.slice(at + 1)));
  } catch (error) {
    console.log("FAILED " + name + ": it is not as a report is: " + error.message);
    failed = true;
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
