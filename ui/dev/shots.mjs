// Pictures of every page, to look at: wide, 375 px and dark. `node dev/shots.mjs [folder] [page…]` against KITH_URL.
import { mkdir } from "node:fs/promises";
import { ask, launch, signIn, BASE, heroId } from "../e2e/browser.mjs";

const [folder = "shots", ...only] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launch();
const hero = await heroId(process.env.KITH_PERSON);
const pages = {
  home: "#/", search: "#/", profile: `#/profiles/${hero}`, loose: `#/profiles/${hero}?confidence=0.5`, identity: "#/identity", model: "#/model", scored: "#/scored", review: "#/review", preview: "#/preview?confidence=0.9", events: "#/events", failed: "#/failed", plan: "#/tracking-plan", health: "#/health", sources: "#/sources", changes: "#/changes", sql: "#/sql", catalogue: "#/catalogue", table: "#/catalogue/master/customer", connections: "#/connections", usage: "#/usage", pair: null, signin: null,
};
const { near_threshold: near } = await ask("/identity");
if (near[0]) pages.pair = `#/pairs/${near[0].a.node_id}/${near[0].b.node_id}`;
else delete pages.pair;
const looks = { wide: { width: 1440, height: 960 }, narrow: { width: 375, height: 800 }, dark: { width: 1440, height: 960 } };
for (const [look, viewport] of Object.entries(looks)) {
  const context = await browser.newContext({ viewport, colorScheme: look === "dark" ? "dark" : "light", deviceScaleFactor: look === "narrow" ? 2 : 1.5 });
  const page = await context.newPage();
  await signIn(page);
  for (const [name, at] of Object.entries(pages)) {
    if (only.length && !only.includes(name)) continue;
    if (at === null) await page.evaluate(() => sessionStorage.clear()).then(() => page.reload());
    else await page.goto(`${BASE}/${at}`).then(() => page.reload());
    if (name === "search") await page.getByRole("searchbox").fill("moreau");
    await page.waitForTimeout(500);
    if (name === "profile") await page.locator(".expand").nth(4).click();
    if (name === "sql") await page.getByRole("button", { name: "Run" }).click().then(() => page.waitForTimeout(300));
    await page.screenshot({ path: `${folder}/${name}-${look}.png`, fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) console.log(`${name} ${look}: ${over} px too wide`);
  }
  await context.close();
}
await browser.close();
