// Tools on the demo page, in a real browser, where there is one.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { browserIsMissing, openBrowser, pressEnter } from './browser.ts';
import { HOLDFAST_URL, newUser } from './support.ts';

describe('tools on the page', { skip: browserIsMissing() }, () => {
  let browser: BrowserContext;
  let close: () => Promise<void>;
  const faults: string[] = [];

  before(async () => {
    ({ browser, close } = await openBrowser());
    browser.on('weberror', error => faults.push(String(error.error())));
    const page = await browser.newPage();
    await page.goto(HOLDFAST_URL);
    await page.getByLabel('Your name').fill(newUser());
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByLabel('Message').waitFor();
    await page.close();
  });

  afterEach(() => assert.deepEqual(faults.splice(0), []));

  after(() => close?.());

  /** Says something in a new conversation. */
  async function say(text: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(HOLDFAST_URL);
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByLabel('Message').fill(text);
    await pressEnter(page);
    return page;
  }

  const call = (page: Page, name: string): Locator => page.getByRole('group', { name: `Tool ${name}` });

  test('shows what a call was asked, how it is, and what it brought', async () => {
    const page = await say('use wait {"ms":2500}\nuse echo {"value":"hello"}');
    await call(page, 'wait').getByText('is running…').waitFor();
    await call(page, 'wait').getByText('So far').waitFor();
    await call(page, 'wait').getByText('is done').waitFor();
    const echo = call(page, 'echo');
    await echo.getByText('Input').click();
    assert.match(await echo.locator('pre').first().innerText(), /"value": "hello"/);
    await echo.getByText('Output').click();
    assert.match(await echo.locator('pre').last().innerText(), /hello/);
    await page.getByText('echo said:').waitFor();
    await page.close();
  });

  test('shows in words what went wrong', async () => {
    const page = await say('use fail {"message":"The mill is broken"}');
    await call(page, 'fail').getByText('has failed').waitFor();
    await call(page, 'fail').getByText('The mill is broken', { exact: true }).waitFor();
    await page.close();
  });

  test('asks before it transfers, and goes on when it is confirmed, also after a reload', async () => {
    const page = await say('use transfer {"to":"bob","amount":10}\nthen\ncount to 5');
    await call(page, 'transfer').getByText('waits for your answer').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    await page.reload();
    await page.getByRole('button', { name: 'Confirm transfer' }).click();
    await call(page, 'transfer').getByText('is done').waitFor();
    await page.locator('li.assistant').getByText('1 2 3 4 5').waitFor();
    assert.equal(await page.locator('li.assistant').count(), 1);
    assert.equal(await page.getByRole('button', { name: 'Confirm transfer' }).count(), 0);
    await page.close();
  });

  test('takes a reason with a no', async () => {
    const page = await say('use transfer {"to":"bob","amount":10}');
    await page.getByLabel('Reason (optional)').fill('Bob has enough');
    await page.getByRole('button', { name: 'Deny transfer' }).click();
    await call(page, 'transfer').getByText('was denied').waitFor();
    await page.getByText(/transfer failed: .*Bob has enough/).waitFor();
    await page.close();
  });

  test('shows all of a large output when asked', async () => {
    const page = await say('use big {"bytes":60000}\nthen\ncount to 3');
    const big = call(page, 'big');
    await big.getByText('Output').click();
    await big.getByRole('button', { name: /Show all of it/ }).click();
    await big.getByRole('button', { name: /Show all of it/ }).waitFor({ state: 'detached' });
    assert.equal((await big.locator('pre').last().innerText()).length, 60_000);
    await page.close();
  });

  test('shows in both tabs how far work in the background is, then its result and the answer that follows', async () => {
    const one = await say('use build_report {"ms":8000,"progress":15}');
    await call(one, 'build_report').getByText('goes on in the background…').waitFor();
    const two = await browser.newPage();
    await two.goto(`${HOLDFAST_URL}/${new URL(one.url()).hash}`);
    for (const page of [one, two]) {
      const card = call(page, 'build_report');
      await card.getByText(/Part \d+ of 16 is done · \d+ %/).waitFor();
      assert.equal(await card.getByRole('progressbar', { name: 'Progress of build_report' }).count(), 1);
      assert.equal(await card.getByRole('button', { name: 'Cancel build_report' }).count(), 1);
    }
    for (const page of [one, two]) {
      await call(page, 'build_report').getByText('is done', { exact: true }).waitFor();
      await page.locator('li.assistant').nth(1).getByText('is done').waitFor();
      assert.equal(await page.locator('li.assistant').count(), 2);
      assert.equal(await page.getByRole('group', { name: 'Tool build_report' }).count(), 1, 'nothing was copied');
      assert.equal(await page.getByRole('button', { name: 'Cancel build_report' }).count(), 0);
      assert.equal(await page.getByRole('progressbar').count(), 0);
    }
    await one.close();
    await two.close();
  });

  test('cancels work in the background, and work that is waited for', async () => {
    const page = await say('use build_report {"ms":50000,"progress":49}');
    await page.getByRole('button', { name: 'Cancel build_report' }).click();
    await call(page, 'build_report').getByText('has failed', { exact: true }).waitFor();
    assert.equal(await call(page, 'build_report').locator('.problem').innerText(), 'The work was cancelled.');
    assert.equal(await page.getByRole('button', { name: 'Cancel build_report' }).count(), 0);
    await page.getByLabel('Message').fill('use research {"ms":50000,"progress":49}');
    await pressEnter(page);
    await page.getByRole('button', { name: 'Cancel research' }).click();
    await call(page, 'research').getByText('has failed').waitFor();
    await page.getByText(/research failed: /).waitFor();
    assert.equal(await page.locator('li.assistant').count(), 2);
    await page.close();
  });
});
