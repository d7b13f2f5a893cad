// Opens the playground from the disk in a headless Chromium and works with it. Called by scripts/playground, which installs what this needs:
//   node playground_check.mjs CHROMIUM AXE.JS SHOTS|- PAGE.html NATIVE NAME...
// NATIVE holds `swarmsim schema scenario` as schema.json and, for each NAME of an embedded scenario, the folder of a run of it. What the page
// says of each must be what those folders hold: digest, summary, the swarm and the copies in its report. The exit code is 1 where something is wrong.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";

const require = createRequire(path.join(process.cwd(), "package.json"));
const puppeteer = require("puppeteer-core");
const [chromium, axePath, shots, file, native, ...names] = process.argv.slice(2);
const axe = readFileSync(axePath, "utf8");
const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
const wrong = [];
const expect = (holds, what) => holds || wrong.push(what);
const readJson = (name) => JSON.parse(readFileSync(path.join(native, name), "utf8"));
const page = await browser.newPage();
page.setDefaultTimeout(120_000);
page.on("console", (message) => ["error", "warning", "warn"].includes(message.type()) && wrong.push("console: " + message.text()));
page.on("pageerror", (error) => wrong.push("error: " + error.message));
page.on("request", (request) => /^(file|blob|data|about):/.test(request.url()) || wrong.push("asks for " + request.url()));
await page.setViewport({ width: 1400, height: 950 });

const open = async () => {
  await page.goto(pathToFileURL(path.resolve(file)).href, { waitUntil: "load" });
  await page.waitForFunction(() => document.body.dataset.ready === "yes" && !document.getElementById("run").disabled);
};
const text = (selector) => page.$eval(selector, (node) => node.textContent);
const area = "#editor textarea";
const type = async (value) => {
  await page.$eval(area, (node, value) => { node.focus(); node.value = value; node.dispatchEvent(new Event("input")); }, value);
  await new Promise((resolve) => setTimeout(resolve, 400));
};
const runs = () => page.$eval("#outcome", (node) => +(node.dataset.runs || 0));
const run = async () => {
  const before = await runs();
  await page.click("#run");
  await page.waitForFunction((before) => +(document.getElementById("outcome").dataset.runs || 0) > before, { timeout: 240_000 }, before);
  return page.evaluate(() => window.lastRun);
};
const inside = async () => (await page.$("#frame")).contentFrame();
const reported = (name) => {
  const html = readFileSync(path.join(native, name, "report.html"), "utf8"), mark = '<script type="application/json" id="data">';
  return JSON.parse(html.slice(html.indexOf(mark) + mark.length).split("</script>")[0]);
};

process.on("uncaughtException", async (error) => {
  [...new Set(wrong)].forEach((one) => console.log("playground: " + one));
  console.log("FAILED playground: " + error.message + "; the page says: " + (await page.$eval("body", (node) => node.innerText.slice(0, 600)).catch(() => "nothing")));
  process.exit(1);
});
await open();
const schema = await page.evaluate(() => new Promise((resolve) => {
  const worker = new Worker(URL.createObjectURL(new Blob([parts.text("worker.js")])));
  worker.onmessage = ({ data }) => data.line && resolve(data.line.schema);
  worker.postMessage({ module: parts.module });
  worker.postMessage({ id: 1, command: "about", text: "" });
}));
expect(isDeepStrictEqual(schema, readJson("schema.json")), "the schema is not the program's: build the page again with scripts/playground");

for (const name of names) {
  const begun = Date.now();
  await page.select("#scenario", name);
  await page.waitForFunction(() => !document.getElementById("run").disabled);
  const found = await run(), summary = readJson(name + "/summary.json"), report = reported(name);
  const before = wrong.length;
  expect(found.summary.digest === summary.digest, name + ": the digest is " + found.summary.digest + ", the program's " + summary.digest);
  expect(isDeepStrictEqual(found.summary, summary), name + ": the summary is not the program's");
  expect(isDeepStrictEqual(found.swarm, report.swarm), name + ": the swarm is not that of the report");
  expect(isDeepStrictEqual(found.copies, report.copies), name + ": the copies are not those of the report");
  expect((await (await inside()).$eval("#digest", (node) => node.textContent)) === summary.digest, name + ": the digest shown is another");
  console.log((wrong.length === before ? "ok " : "FAILED ") + name + ": " + summary.digest + ", " + ((Date.now() - begun) / 1000).toFixed(1) + " s");
}

// The picture moves, by the keyboard, too; charts have marks.
const frame = await inside();
const cells = () => frame.$eval("#swarm canvas", (canvas) => canvas.toDataURL());
await frame.$eval("#swarm button", (button) => button.textContent === "Pause" && button.click());
await frame.focus("#swarm input");
await page.keyboard.press("Home");
const first = await cells();
for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowRight");
expect((await cells()) !== first, "the slider does not move the swarm");
expect((await frame.$$(".plot canvas")).length === 4, "there are not four charts");

// Accessibility, light and dark, wide and narrow, nothing wider than the window.
for (const scheme of ["light", "dark"]) {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: "reduce" }]);
  for (const width of [1400, 400]) {
    await page.setViewport({ width, height: 950 });
    await open();
    await run();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide <= 0, scheme + " " + width + ": the page is " + wide + " px wider than the window");
    if (shots !== "-") await page.screenshot({ path: path.join(shots, "playground-" + scheme + "-" + width + ".png"), fullPage: true });
    if (width !== 1400) continue;
    for (const [what, where] of [["page", page], ["frame", await inside()]]) {
      await where.evaluate(axe);
      const options = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], iframes: false };
      const found = await where.evaluate((options) => window.axe.run(document, options), options);
      for (const one of found.violations) wrong.push(scheme + " " + what + ": axe " + one.id + ": " + one.nodes[0].target + " " + (one.nodes[0].failureSummary || "").replace(/\s+/g, " ").slice(0, 200));
    }
  }
}
await page.setViewport({ width: 1400, height: 950 });
await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
await open();

// Completion: keys, values, by the keyboard; what is chosen is read by the program.
const options = () => page.$$eval("[role=option] .label", (all) => all.map((one) => one.textContent));
const small = '{\n  "name": "mine",\n  "stop": { "at": "20min" },\n  \n  "network": { "latency": "20ms" },\n  "peers": [\n    { "group": "origin", "initial_chunks": "all", "up": "8 Mbit/s", "down": "8 Mbit/s" },\n    { "group": "home", "count": 8, "up": "4 Mbit/s", "down": "20 Mbit/s" }\n  ]\n}\n';
await type(small);
const caret = (after) => page.$eval(area, (node, after) => { node.focus(); const at = node.value.indexOf(after) + after.length; node.setSelectionRange(at, at); }, after);
await caret('"20min" },\n  ');
await page.keyboard.type('"tra');
expect((await options())[0] === "tracker", "no completion of tra: " + (await options()));
await page.keyboard.press("Enter");
await type(await page.$eval(area, (node) => node.value));
expect((await page.$$("#problems .error")).length === 0 && (await page.$eval(area, (node) => JSON.parse(node.value).tracker.entry_ttl)) === "120s", "a completed key is refused: " + (await text("#problems")));
await caret('"latency": "20ms"');
await page.keyboard.type(', "sh');
await page.keyboard.press("Tab");
await caret('"sharing": "equal-share');
await page.keyboard.down("Control"); await page.keyboard.press("Space"); await page.keyboard.up("Control");
expect((await options()).includes('"equal-share"'), "no values are offered: " + (await options()));
await page.keyboard.press("Escape");
await type(small.replace('"count": 8', '"count": 8, "arrival": '));
await caret('"arrival": ');
await page.keyboard.down("Control"); await page.keyboard.press("Space"); await page.keyboard.up("Control");
expect((await options()).some((one) => one.includes('"poisson"')), "no kinds are offered: " + (await options()));
if (shots !== "-") await page.screenshot({ path: path.join(shots, "playground-completion.png") });
await page.keyboard.press("Escape");
await type(small.replace('"count": 8', '"count": 8, "arrival": { "kind": "poisson", "ra'));
await caret('"poisson", "ra');
await page.keyboard.type("t");
expect((await options())[0] === "rate_per_s", "keys of another kind: " + (await options()));
await page.keyboard.press("Escape");

// Problems: named, marked, and gone to; nothing can be run.
await type(small.replace('"count": 8', '"cuont": 8'));
await page.waitForFunction(() => document.querySelectorAll("#problems .error").length > 0);
expect(/line 8: .*cuont.*count/.test(await text("#problems")), "a mistyped key: " + (await text("#problems")));
expect(await page.$eval("#run", (node) => node.disabled), "a scenario with an error can be run");
await page.click("#problems button");
expect((await page.$eval(area, (node) => node.value.slice(node.selectionStart, node.selectionStart + 7))) === '"cuont"', "a problem does not lead to its place");
for (const text of ["", "{", "[1,", '{"peers":[{', '"', "{]", "{\"a\":{\"b\":[{\"c\":", "\u0000{}", "[".repeat(100_000), '{"a":'.repeat(50_000)]) {
  await type(text);
  await page.keyboard.down("Control"); await page.keyboard.press("Space"); await page.keyboard.up("Control");
  await page.keyboard.press("Escape");
}

// A run that takes long is stopped, and the next one goes.
await type(small.replace('"count": 8', '"count": 3000').replace('"20ms" }', '"20ms" }, "file": { "size": "4 GiB" }'));
await page.waitForFunction(() => !document.getElementById("run").disabled);
await page.click("#run");
await page.waitForFunction(() => /virtual time/.test(document.getElementById("status").textContent));
await page.click("#stop");
await page.waitForFunction(() => document.getElementById("status").textContent === "Stopped.");
await type(small);
await page.waitForFunction(() => !document.getElementById("run").disabled);
expect((await run()).summary.completion.completed === 8, "a run after a stopped one");
await page.focus(area);
await page.keyboard.down("Control"); await page.keyboard.press("Enter"); await page.keyboard.up("Control");
await page.waitForFunction(() => +document.getElementById("outcome").dataset.runs >= 2);

const size = readFileSync(file).length;
expect(size < 400_000, "it has " + size + " bytes");
await browser.close();
[...new Set(wrong)].forEach((one) => console.log("playground: " + one));
console.log((wrong.length ? "FAILED" : "ok") + " playground: " + names.length + " scenarios, " + size + " bytes");
process.exit(wrong.length ? 1 : 0);
