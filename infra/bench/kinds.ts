// The kinds of fault: what is struck, who reads meanwhile, and which chunk tells that it is over.
import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from '../../web/test/dice.ts';
import { Line, until } from '../../web/test/support.ts';
import { Conversation } from './conversation.ts';
import type { Ground } from './ground.ts';
import { Reader } from './reader.ts';
import type { KindName } from './settings.ts';
import { busy, kill, redis, redisAnswers, redisPid } from './system.ts';

export interface Kind {
  /** What the report calls it. */
  title: string;
  /** Who reads, as the report says it. */
  readers: string;
  run(ground: Ground): Promise<void>;
}

type Stops = Parameters<Reader['hit']>[0];

/** Only a successor says this: a step is written again from its start, unless nothing but the end was missing. */
const successor: Stops = chunk => chunk.type === 'reset-step' || chunk.type === 'finish';

/** A chunk that came over another link than the one that was lost. */
function overNewLink({ tab }: Reader): Stops {
  const lost = tab.sockets.at(-1);
  return () => tab.sockets.at(-1) !== lost;
}

/** An answer of half a second to two and a half, if nothing disturbs it. */
function talk(dice: Dice): Conversation {
  return new Conversation(dice.between(50, 120), dice.between(10, 20));
}

/** Read over the platform's own socket and a resuming one, side by side; either of them asks. */
function sideBySide(dice: Dice): Conversation {
  const conversation = talk(dice);
  const readers = [new Reader(conversation.about), new Reader(conversation.about, {})];
  conversation.add(...(dice.below(2) ? readers : readers.reverse()));
  return conversation;
}

/** Moments between strikes: now and then at once again, before what was struck is whole again. */
async function moment(dice: Dice): Promise<void> {
  await pause(dice.pick([20, 300, 600, 1_000, 1_500]) + dice.below(500));
}

const writer: Kind = {
  title: 'writer killed',
  readers: 'stock and resuming',
  async run(ground) {
    let last = 0;
    await ground.fight(sideBySide, {
      async strike(dice) {
        await moment(dice);
        const pid = ground.isReady ? await busy('TurnFunction') : undefined;
        if (pid !== undefined && pid !== last && kill(pid)) {
          last = pid;
          ground.struckAll(successor);
        }
      },
    });
  },
};

/** Readers on lines of their own, by tab. */
class Lines {
  readonly #lines = new WeakMap<Reader, Line>();

  async reader(conversation: Conversation): Promise<Reader> {
    const line = await Line.open();
    const reader = new Reader(conversation.about, {}, line.url);
    this.#lines.set(reader, line);
    return reader;
  }

  cut(reader: Reader): void {
    this.#lines.get(reader)?.cut();
  }
}

const socket: Kind = {
  title: 'socket dropped',
  readers: 'resuming',
  async run(ground) {
    const lines = new Lines();
    const begin = async (dice: Dice) => {
      const conversation = talk(dice);
      const readers = [await lines.reader(conversation), await lines.reader(conversation)];
      conversation.add(...readers.slice(dice.below(2)));
      return conversation;
    };
    const drop = async (reader: Reader, dice: Dice) => {
      await pause(dice.below(500));
      const link = reader.tab.sockets.at(-1);
      if (link?.readyState === WebSocket.OPEN && !reader.hasEnded && !ground.isDone) {
        ground.tally.faults++;
        reader.hit(overNewLink(reader));
        lines.cut(reader);
        await until('the loss to be noticed', () => link.readyState === WebSocket.CLOSED);
      }
    };
    await ground.fight(begin, {
      async during({ readers }, dice) {
        await Promise.all(
          readers.map(async reader => {
            while (!reader.hasEnded && !ground.isDone) {
              await drop(reader, dice);
            }
          }),
        );
      },
    });
  },
};

const redisLost: Kind = {
  title: 'Redis restarted, empty',
  readers: 'stock and resuming',
  async run(ground) {
    await ground.fight(sideBySide, {
      async strike(dice) {
        await moment(dice);
        await redisAnswers();
        const pid = await redisPid();
        if (!ground.isReady) {
          return;
        }
        switch (dice.below(4)) {
          case 0:
            kill(pid);
            break;
          case 1:
            await redis('FLUSHALL');
            break;
          default:
            await redis('SHUTDOWN', 'NOSAVE');
        }
        ground.struckAll(successor);
      },
    });
  },
};

const rollover: Kind = {
  title: 'rollover in mid-answer',
  readers: 'resuming',
  async run(ground) {
    await ground.fight(
      dice => {
        const conversation = talk(dice);
        const options = { rolloverAfterMs: dice.between(150, 500), pingEveryMs: 100 };
        const readers = [new Reader(conversation.about, options), new Reader(conversation.about, options)];
        for (const reader of readers) {
          reader.tab.onSend = frame => {
            // On each new link the answer that runs is asked for again.
            if (frame.type === 'resume' && reader.isRunning) {
              ground.tally.faults++;
              reader.hit(() => true);
            }
          };
        }
        conversation.add(...readers);
        return conversation;
      },
      {},
    );
  },
};

/**
 * What API Gateway says when the function of a route has died: the server cannot help it. It may come over a link, and
 * nowhere further.
 */
function isGatewayError(text: string): boolean {
  const { message, type } = JSON.parse(text) as { message?: string; type?: string };
  return type === undefined && message === 'Internal server error';
}

const socketFunction: Kind = {
  title: 'socket function killed',
  readers: 'resuming',
  async run(ground) {
    const lines = new Lines();
    let last = 0;
    let asked = 0;
    const begin = async (dice: Dice) => {
      const conversation = talk(dice);
      conversation.add(await lines.reader(conversation), await lines.reader(conversation));
      for (const { tab } of conversation.readers) {
        tab.expectsFrame = isGatewayError;
        tab.onSend = frame => {
          asked += frame.type === 'ping' ? 0 : 1;
        };
      }
      if (dice.below(3) === 0) {
        await pause(dice.below(300));
      }
      return conversation;
    };
    await ground.fight(begin, {
      async strike(dice) {
        await moment(dice);
        if (!ground.isReady) {
          return;
        }
        // Some come back at the same time, so that there are frames and replays on their way.
        const cut = ground.hearing.filter(() => dice.below(3) > 0).map(reader => ({ reader, stops: overNewLink(reader) }));
        const before = asked;
        cut.forEach(({ reader }) => lines.cut(reader));
        await until('somebody to ask', () => asked > before || ground.running.size === 0);
        await pause(dice.pick([0, 0, 2, 5, 10, 20, 40]));
        const pid = await busy('SocketFunction');
        if (pid !== undefined && pid !== last && kill(pid)) {
          last = pid;
          ground.tally.faults++;
          ground.running.forEach(conversation => conversation.strikes++);
          cut.forEach(({ reader, stops }) => reader.hit(stops));
        }
      },
    });
  },
};

export const KINDS: Record<KindName, Kind> = { writer, socket, redis: redisLost, rollover, socketFunction };
