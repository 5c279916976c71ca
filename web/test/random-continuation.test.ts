// Turns with tools and approvals while connections are lost and Redis forgets, at random: every reader ends with the whole
// message, as it is stored, and keeps its socket. It prints its seed.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Dice } from './dice.ts';
import { closeAndVerify, forget, http, Line, system, Tab, until, upTo } from './support.ts';
import { assertStored, FORGOTTEN, lines, TRANSFER, use } from './tools-support.ts';

describe('Redis and the line, at random,', system, () => {
  afterEach(closeAndVerify);

  const SEED = Number(process.env.RANDOM_SEED ?? randomInt(1_000_000));
  const TURNS = Number(process.env.RANDOM_TURNS ?? 4);
  const ANSWER = lines(
    'count to 5 every 20 ms',
    use('wait', { ms: 400 }),
    use('echo', { value: 'hello' }),
    TRANSFER,
    'then',
    'count to 10 every 20 ms',
    use('wait', { ms: 100 }),
    'then',
    'count to 20 every 20 ms',
  );

  /** Answers whatever is asked until nothing is. */
  async function answerAll(tab: Tab, dice: Dice): Promise<void> {
    for (let call = asked(tab); call !== undefined; call = asked(tab)) {
      await tab.confirm(call, dice.below(5) > 0);
    }
  }

  const asked = (tab: Tab) => tab.calls().find(({ state }) => state === 'approval-requested');

  for (let run = 0; run < TURNS; run++) {
    test(`lose no part of an answer with tools and approvals (seed ${SEED}, turn ${run})`, async () => {
      const dice = new Dice(SEED * 1000 + run);
      const line = await Line.open();
      const tab = new Tab({ roles: ['user'], url: line.url, resuming: {} });
      const stock = new Tab({ roles: ['user'], session: tab.session, user: tab.user });
      let over = false;
      const trouble = (async () => {
        await until('the answer', () => tab.message() !== undefined);
        // Not for ever: on a machine with much to do, no connection would last until something has come.
        for (let forgot = 0, cuts = 0; !over && (forgot < 3 || cuts < 10); ) {
          await pause(dice.below(700));
          if (forgot < 3) {
            forgot++;
            await forget(tab.turnId(), [...dice.pick(FORGOTTEN)[1]]).catch(() => {});
          }
          if (cuts < 10 && dice.below(2) === 0) {
            cuts++;
            line.cut();
          }
        }
      })();
      try {
        await tab.ask(ANSWER, { assistant: 'guarded' });
        const reads = stock.chat.resumeStream();
        await answerAll(tab, dice);
        await reads;
      } catch (fault) {
        const { body } = await http('GET', `/turns/${tab.turnId()}`, tab.user);
        throw new Error(`${JSON.stringify(body)}\n${tab.log.slice(-20).join('\n')}`, { cause: fault });
      } finally {
        over = true;
        await trouble;
      }
      await assertStored(tab, new RegExp(`${upTo(20).join(' ')}$`));
      assert.equal(tab.log.filter(one => one.includes('gap')).length, 0, tab.log.join(' '));
      assert.equal(stock.sockets.length, 1);
    });
  }
});
