// Pictures of the report and of the playground for the documentation. Called by scripts/screenshots:
//   node screenshots.mjs CHROMIUM REPORT.html PLAYGROUND.html FOLDER
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const puppeteer = require("puppeteer-core");
const [chromium, report, playground, folder] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"] });
const page = await browser.newPage();
const pause = () => new Promise((resolve) => setTimeout(resolve, 400));
await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }, { name: "prefers-reduced-motion", value: "reduce" }]);
let failed = false;
const save = async (name, clip) => {
  const file = path.join(folder, name + ".png");
  await page.screenshot({ path: file, clip });
  const { length } = readFileSync(file);
  failed ||= length >= 200_000;
  console.log(name + ".png: " + length + " bytes" + (length >= 200_000 ? ", which is too much" : ""));
};

await page.setViewport({ width: 1180, height: 820 });
await page.goto(pathToFileURL(path.resolve(report)).href, { waitUntil: "load" });
await pause();
await save("report");
// The swarm while the crowd leaves, and what the list gets wrong meanwhile.
await page.$eval("#swarm input", (slider) => { slider.value = String(Math.round(slider.max * 0.3)); slider.dispatchEvent(new Event("input")); });
await pause();
const clip = await page.evaluate(() => {
  const box = document.getElementById("swarm").getBoundingClientRect(), head = document.getElementById("swarm").previousElementSibling.previousElementSibling.getBoundingClientRect();
  return { x: 0, y: head.top + scrollY - 10, width: innerWidth, height: box.bottom - head.top + 26 };
});
await page.setViewport({ width: 1180, height: 2400 });
await pause();
await save("report-swarm", clip);

await page.setViewport({ width: 1280, height: 800 });
await page.goto(pathToFileURL(path.resolve(playground)).href, { waitUntil: "load" });
await page.waitForFunction(() => document.body.dataset.ready === "yes" && !document.getElementById("run").disabled);
await page.click("#run");
await page.waitForFunction(() => +(document.getElementById("outcome").dataset.runs || 0) > 0, { timeout: 120_000 });
await pause();
// With the time that this machine took the picture would be another every time.
await page.$eval("#status", (node) => (node.textContent = node.textContent.replace(/ in .*/, "")));
await page.$eval("#editor textarea", (node) => { node.focus(); const at = node.value.indexOf('"entry_ttl"') + 4; node.setSelectionRange(at, at); });
await pause();
await save("playground");
await browser.close();
process.exit(failed ? 1 : 0);
