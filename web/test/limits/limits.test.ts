// The resuming socket against a gateway whose real limits strike within seconds: `WebIT` starts it so.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, test } from 'node:test';
import { closeAndVerify, numbers, RawSocket, system, Tab, until, upTo } from '../support.ts';

/** As `WebIT` sets them: API Gateway closes what is silent for ten minutes, and everything after two hours. */
const IDLE_MS = 1_500;
const AGE_MS = 4_000;

describe('a gateway that closes what is silent or old', system, () => {
  afterEach(closeAndVerify);

  test('closes a socket that says nothing, and one that is too old', async () => {
    const silent = await RawSocket.open();
    const opened = performance.now();
    await until('the idle limit', () => silent.closeCode !== undefined);
    assert.ok(performance.now() - opened < AGE_MS, 'it was silence that closed it');
    const busy = await RawSocket.open();
    const born = performance.now();
    while (busy.closeCode === undefined && performance.now() - born < 2 * AGE_MS) {
      busy.send({ type: 'ping', requestId: 'r1' });
      await pause(100);
    }
    const age = performance.now() - born;
    assert.ok(busy.closeCode !== undefined && age > AGE_MS - 500, `closed after ${age} ms`);
  });

  test('is not noticed by an answer over the resuming socket, which pings and moves on in time', async () => {
    const tab = new Tab({ resuming: { pingEveryMs: 400, idlePingEveryMs: 400, rolloverAfterMs: 2_500 } });
    assert.deepEqual(numbers(await tab.ask('count to 60 every 200 ms')), upTo(60));
    await pause(2 * IDLE_MS);
    assert.deepEqual(numbers(await tab.ask('count to 5')), upTo(5));
    assert.deepEqual(tab.states, ['connecting', 'online'], 'there was always a connection');
    assert.ok(tab.sockets.length >= 4, `${tab.sockets.length} connections`);
  });

  test('is survived by a resuming socket that neither pings nor moves on', async () => {
    const tab = new Tab({ resuming: { pingEveryMs: 60_000, idlePingEveryMs: 60_000 } });
    assert.deepEqual(numbers(await tab.ask('count to 30 every 300 ms')), upTo(30));
    assert.ok(tab.sockets.length >= 3, `${tab.sockets.length} connections`);
  });
});
