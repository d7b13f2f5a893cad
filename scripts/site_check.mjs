// Opens every page of the site from the disk in a headless Chromium: no error on the console, nothing asked for over the network, no picture
// missing, no page wider than the window. Called by scripts/site:
//   node site_check.mjs CHROMIUM SHOTS|- SITE
import { createRequire } from "node:module";
import { readdirSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const puppeteer = require("puppeteer-core");
const [chromium, shots, site] = process.argv.slice(2);
const all = (folder) => readdirSync(folder).flatMap((name) => { const one = path.join(folder, name); return statSync(one).isDirectory() ? all(one) : [one]; });
const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage(), wrong = [];
let at = "";
// The search of a page that is opened from the disk cannot fetch its index; from a server it can.
page.on("console", (message) => message.type() === "error" && !/searchindex|net::ERR/.test(message.text()) && wrong.push(at + ": console: " + message.text()));
page.on("pageerror", (error) => wrong.push(at + ": error: " + error.message));
page.on("request", (request) => /^(file|blob|data|about):/.test(request.url()) || wrong.push(at + ": asks for " + request.url()));
const pages = all(site).filter((one) => one.endsWith(".html") && !/(print|404|toc)\.html$|playground.index/.test(one));
for (const one of pages) {
  at = path.relative(site, one);
  for (const width of [1280, 390]) {
    await page.setViewport({ width, height: 900 });
    await page.goto(pathToFileURL(path.resolve(one)).href, { waitUntil: "load" });
    const found = await page.evaluate(() => ({
      missing: [...document.images].filter((image) => !image.complete || !image.naturalWidth).map((image) => image.src),
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      text: document.querySelector("main").innerText.length,
    }));
    found.missing.forEach((source) => wrong.push(at + ": no picture " + source));
    if (found.text < 200) wrong.push(at + ": there is nothing on it");
    if (found.wide > 0) wrong.push(at + " at " + width + ": " + found.wide + " px wider than the window");
    if (shots !== "-" && width === 1280 && /introduction|reference|metrics|strategies|faq/.test(at)) await page.screenshot({ path: path.join(shots, "site-" + at.replace(/\W/g, "-") + ".png") });
  }
}
await browser.close();
[...new Set(wrong)].forEach((one) => console.log(one));
console.log((wrong.length ? "FAILED" : "ok") + " site: " + pages.length + " pages looked at");
process.exit(wrong.length ? 1 : 0);
