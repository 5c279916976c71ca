// Builds the demo page into dist/page: index.html, app.js, app.css.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const from = 'src/page';
const to = 'dist/page';

await rm(to, { recursive: true, force: true });
await mkdir(to, { recursive: true });
await build({
  entryPoints: [`${from}/app.tsx`],
  outfile: `${to}/app.js`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  logLevel: 'warning',
});
// The page last: whoever sees it finds the rest.
for (const file of ['app.css', 'index.html']) {
  await copyFile(`${from}/${file}`, `${to}/${file}`);
}
