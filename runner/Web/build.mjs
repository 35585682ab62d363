// Bundles the two pages into dist/: one script and one style sheet each, nothing that is fetched from elsewhere.
import { build } from "esbuild";
import { copyFile, rm } from "node:fs/promises";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { "report/report": "src/report/main.ts", "dashboard/dashboard": "src/dashboard/main.ts" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16"],
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Charts: uPlot, MIT licence, https://github.com/leeoniya/uPlot */" },
  logLevel: "warning",
});
await copyFile("src/dashboard/index.html", "dist/dashboard/index.html");
