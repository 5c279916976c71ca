// Builds the npm package's contents into dist/lib: modules, and their types.
import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const to = 'dist/lib';

await rm(to, { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.lib.json'], { stdio: 'inherit' });
// The compiler rewrites the imports of modules, not those of their types.
for (const name of await readdir(to, { recursive: true })) {
  if (name.endsWith('.d.ts')) {
    const file = join(to, name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/(from '\.{1,2}\/[^']*)\.ts'/g, "$1.js'"));
  }
}
