// A real browser, where there is one.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { HOLDFAST_URL } from './support.ts';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const FLAGS = [
  '--no-sandbox', // Chromium refuses to run as root with one
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why nothing can be looked at, for `describe`. */
export function browserIsMissing(): string | false {
  if (HOLDFAST_URL === '') {
    return 'HOLDFAST_URL names no running system';
  }
  return BROWSER === undefined && 'no Chromium on this machine: the page was not looked at';
}

/** A browser with a profile of its own, and what closes it. */
export async function openBrowser(): Promise<{ browser: BrowserContext; close: () => Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), 'holdfast-page-'));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: BROWSER!, headless: true, args: FLAGS });
  return {
    browser,
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Sends what is typed on the page. While an answer is on its way, Enter does nothing; this waits until it does. */
export async function pressEnter(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send', disabled: false }).waitFor();
  await page.getByLabel('Message').press('Enter');
}
