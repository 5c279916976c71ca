// The resuming socket frame by frame, in a world without chance.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isOutdated, ResumingWebSocket, type ResumingWebSocketOptions, type SessionEvent } from '../src/index.ts';
import { settingsOf } from '../src/socket/settings.ts';
import { abort, answer, approve, continuation, end, failure, GATEWAY_ERROR, goOn, noActive, resume, send, start, World } from './fake-world.ts';

const json = (value: object) => JSON.stringify(value);
const lastSequence = (got: any[]) => got.filter(frame => frame.type === 'chunk').at(-1)?.sequence;

/** Nothing was lost, nothing came twice. */
function assertWhole(got: any[], requestId = 'r1'): void {
  const frames = got.filter(frame => frame.requestId === requestId);
  assert.deepEqual(frames, [...answer(requestId), end(requestId)]);
}

describe('a resuming socket', () => {
  test('looks like a WebSocket', async () => {
    const world = new World();
    const { socket, got, events } = world.make();
    assert.equal(socket.readyState, ResumingWebSocket.CONNECTING);
    assert.throws(() => socket.send('{}'), /not open/);
    await world.advance(0);
    assert.equal(world.socket.url, 'ws://server/ws?token=first');
    world.socket.accept();
    assert.equal(socket.readyState, socket.OPEN);
    assert.deepEqual(events, ['open']);
    socket.send(json(send()));
    assert.deepEqual(world.socket.take(), [send()]);
    world.socket.say(...answer(), end());
    assertWhole(got);
    socket.close(1000, 'bye');
    assert.equal(socket.readyState, socket.CLOSING);
    assert.deepEqual(world.socket.closedWith, [1000, 'bye']);
    await world.advance(0);
    assert.equal(socket.readyState, socket.CLOSED);
    assert.deepEqual(events, ['open', 'close']);
    socket.send(json(send('late')));
    socket.close();
    await world.advance(60_000);
    assert.equal(world.sockets.length, 1);
    assert.ok(world.isQuiet);
  });

  test('has listeners as browsers have them', async () => {
    const world = new World();
    const { socket } = world.make();
    const heard: string[] = [];
    const listener = { handleEvent: (event: { data: string }) => heard.push(`object ${event.data}`) };
    const removed = () => heard.push('removed');
    socket.onmessage = event => heard.push(`handler ${event.data} ${event.type} ${event.target === socket}`);
    socket.addEventListener('message', listener);
    socket.addEventListener('message', listener);
    socket.addEventListener('message', () => heard.push('once'), { once: true });
    socket.addEventListener('message', removed);
    socket.removeEventListener('message', removed);
    await world.advance(0);
    world.socket.accept();
    const event = { type: 'event', requestId: 'w1' };
    world.socket.say(event, event);
    assert.deepEqual(heard, [`handler ${json(event)} message true`, `object ${json(event)}`, 'once', `handler ${json(event)} message true`, `object ${json(event)}`]);
    socket.onmessage = null;
    assert.equal(socket.onmessage, null);
  });

  test('can be used from within its own events', async () => {
    const world = new World();
    const { socket, got } = world.make({ onState: (state, it) => state === 'online' && (it as ResumingWebSocket).readyState === 1 && socket.send(json(send('r2', 'session-2'))) });
    socket.onopen = () => socket.send(json(send('r1')));
    await world.advance(0);
    world.socket.accept();
    assert.deepEqual(world.socket.take().map(frame => frame.requestId), ['r1']);
    world.socket.say(...answer());
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take().map(frame => frame.requestId), ['r2']);
    world.socket.say(...answer('r2'), end('r2'));
    assertWhole(got, 'r1');
    assertWhole(got, 'r2');
    socket.onmessage = () => socket.close();
    world.socket.say({ type: 'event', requestId: 'x' });
    await world.advance(0);
    assert.ok(world.isQuiet);
  });

  test('stays open when its connection is lost', async () => {
    const world = new World();
    const { socket, events } = await world.open();
    world.socket.break();
    assert.equal(socket.readyState, socket.OPEN);
    (await world.next()).accept();
    assert.deepEqual(events, ['open']);
  });

  test('tries until its first connection comes about, and says nothing of the failures', async () => {
    const world = new World();
    const { socket, events } = world.make();
    await world.advance(0);
    for (let i = 0; i < 5; i++) {
      world.socket.break();
      await world.next();
      assert.equal(socket.readyState, socket.CONNECTING);
    }
    world.socket.accept();
    assert.deepEqual(events, ['open']);
  });

  test('asks for parameters for each connection', async () => {
    const world = new World();
    let tokens = 0;
    await world.open({ params: async () => ({ token: `t${++tokens}` }) });
    world.socket.break();
    await world.next();
    assert.deepEqual(world.sockets.map(socket => socket.url), ['ws://server/ws?token=t1', 'ws://server/ws?token=t2']);
  });

  test('can be told where to connect', async () => {
    const world = new World();
    await world.open({ url: () => 'https://other/live', params: { a: '1' } });
    assert.equal(world.socket.url, 'wss://other/live?a=1');
  });

  test('takes parameters that fail for a failed attempt, and those that never come', async () => {
    const world = new World();
    const answers = [() => Promise.reject(new Error('no token today')), () => new Promise<never>(() => {}), () => ({ token: 'good' })];
    const { events } = world.make({ params: () => answers.shift()!() });
    await world.advance(11_000);
    assert.equal(world.socket.url, 'ws://server/ws?token=good');
    world.socket.accept();
    assert.deepEqual(events, ['open']);
    assert.ok(world.log.some(line => line.includes('no token today')));
  });

  test('refuses a URL that is none', () => {
    for (const url of ['', 'nowhere', 'ftp://server/', 'ws://server/#top']) {
      assert.throws(() => new ResumingWebSocket(url), /URL/, url);
    }
  });
});

describe('an answer whose connection is lost', () => {
  test('before its first chunk is asked for by the original frame', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [send()]);
    world.socket.say(...answer(), end());
    assertWhole(got);
  });

  for (const seen of [1, 2, 5, 9]) {
    test(`after ${seen} chunks is resumed there`, async () => {
      const world = new World();
      const { socket, got } = await world.open();
      socket.send(json(send()));
      world.socket.say(...answer().slice(0, seen));
      world.socket.break();
      (await world.next()).accept();
      assert.deepEqual(world.socket.take(), [
        { type: 'resume', requestId: 'r1', id: 'session-1', lastSequence: seen - 1, turnId: 'turn_1', headers: {}, body: {} },
      ]);
      world.socket.say(start('r1', seen), ...answer().slice(seen), end());
      assertWhole(got);
    });
  }

  test('says no turn if the answer had none', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(send()));
    world.socket.say({ type: 'chunk', requestId: 'r1', sequence: 0, chunk: { type: 'start' } });
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [{ type: 'resume', requestId: 'r1', id: 'session-1', lastSequence: 0, headers: {}, body: {} }]);
  });

  test('again and again, after each chunk, is whole', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    for (const [i, chunk] of answer().entries()) {
      world.socket.say(...(i === 0 ? [] : [start('r1', i)]), chunk);
      if (i < answer().length - 1) {
        world.socket.break();
        (await world.next()).accept();
      }
    }
    world.socket.say(end());
    assertWhole(got);
  });

  test('after its last chunk ends at once, and nothing is asked', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer());
    world.socket.break();
    assertWhole(got);
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), []);
  });

  test('ends too if only its end does not come', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer());
    world.socket.pong();
    await world.advance(6_000);
    assertWhole(got);
    world.socket.say(end());
    assertWhole(got);
  });

  test('that the page itself resumed is announced once', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(resume()));
    world.socket.say(start());
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [resume()]);
    world.socket.say(start(), ...answer().slice(0, 4));
    world.socket.break();
    (await world.next()).accept();
    world.socket.say(start('r1', 4), ...answer().slice(4), end());
    assert.deepEqual(got, [{ type: 'start', requestId: 'r1' }, ...answer(), end()]);
  });

  test('is one of two, and both go on', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send('r1')));
    socket.send(json(send('r2', 'session-2')));
    world.socket.say(...answer('r1').slice(0, 3), ...answer('r2').slice(0, 6));
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take().map(frame => [frame.requestId, frame.id, frame.lastSequence]), [['r1', 'session-1', 2], ['r2', 'session-2', 5]]);
    world.socket.say(start('r2', 6), start('r1', 3), ...answer('r2').slice(6), end('r2'), ...answer('r1').slice(3), end('r1'));
    assertWhole(got, 'r1');
    assertWhole(got, 'r2');
  });

  test('is not asked again once it has ended', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer(), end());
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), []);
  });

  test('is handed on once, though the server repeats itself', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 5), ...answer().slice(2, 7), ...answer().slice(6), end(), end());
    assertWhole(got);
  });

  test('is whole after a full replay of the same answer', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 5));
    world.socket.break();
    (await world.next()).accept();
    world.socket.say(start('r1', 0), ...answer(), end());
    assertWhole(got);
  });

  test('goes on when the server had to make the stream again, with reset-step for what was lost', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    const before = answer().slice(0, 5);
    world.socket.say(...before);
    const made = before.map((frame, i) => (i < 2 ? frame : { ...frame, chunk: { type: 'reset-step' } }));
    const rest = answer().map((frame: any) => ({ ...frame, sequence: frame.sequence + 4 }));
    const reset = { ...before[0], sequence: 5, chunk: { type: 'reset-step' } };
    world.socket.say(...made, reset, ...rest.slice(2), end());
    assert.deepEqual(got.slice(0, 6), [...before, reset]);
    assert.equal(got.at(-1).type, 'end');
  });

  for (const [what, frames] of [
    ['another answer is replayed', [start('r1', 0), ...answer('r1', 'msg_2', 'turn_2', ['uno '])]],
    ['the same answer is replayed in other words', [start('r1', 0), ...answer('r1', 'msg_1', 'turn_1', ['one two ', 'three '])]],
    ['there is nothing to resume any more', [noActive()]],
  ] as const) {
    test(`ends with an error that tells the page to load it again, if ${what}`, async () => {
      const world = new World();
      const { socket, got } = await world.open();
      socket.send(json(send()));
      world.socket.say(...answer().slice(0, 5));
      world.socket.break();
      (await world.next()).accept();
      world.socket.say(...frames, end());
      assert.deepEqual(got.slice(0, 5), answer().slice(0, 5));
      assert.equal(got.length, 6);
      assert.equal(got[5].type, 'error');
      assert.ok(isOutdated(new Error(got[5].errorText)));
      assert.ok(!isOutdated(new Error('Something else.')));
      world.socket.pong();
      await world.advance(9_000);
      assert.equal(world.sockets.length, 2, 'nothing more is asked');
    });
  }

  test('of a resume that finds nothing is told so', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(resume()));
    world.socket.break();
    (await world.next()).accept();
    world.socket.say(noActive());
    assert.deepEqual(got, [noActive()]);
  });
});

describe('what follows the answer to an approval', () => {
  /** Nothing was lost, nothing came twice, and the frame `start` stayed between the server and the socket. */
  function assertWholeContinuation(got: any[]): void {
    assert.deepEqual(got, [...continuation(), end()]);
  }

  const question = (lastSequence: number) => ({
    type: 'resume',
    requestId: 'r1',
    id: 'session-1',
    lastSequence,
    turnId: 'turn_1',
    base: 7,
    headers: {},
    body: {},
  });

  test('is handed on as it comes', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(approve()));
    world.socket.say(goOn(), ...continuation(), end());
    assertWholeContinuation(got);
  });

  for (const [what, frames] of [['the server has taken it up', []], ['its first chunk', [goOn()]]] as const) {
    test(`is asked for by the same answer again, if the connection is lost before ${what}`, async () => {
      const world = new World();
      const { socket, got } = await world.open();
      socket.send(json(approve()));
      world.socket.say(...frames);
      world.socket.break();
      (await world.next()).accept();
      assert.deepEqual(world.socket.take(), [approve()]);
      world.socket.say(goOn(), ...continuation(), end());
      assertWholeContinuation(got);
    });
  }

  for (let seen = 1; seen < continuation().length; seen++) {
    test(`is resumed after ${seen} chunks, with the turn and where in it the sequences begin`, async () => {
      const world = new World();
      const { socket, got } = await world.open();
      socket.send(json(approve()));
      world.socket.say(goOn(), ...continuation().slice(0, seen));
      world.socket.break();
      (await world.next()).accept();
      assert.deepEqual(world.socket.take(), [question(seen - 1)]);
      world.socket.say(start('r1', seen), ...continuation().slice(seen), end());
      assertWholeContinuation(got);
    });
  }

  test('is resumed again and again, after each chunk', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(approve()));
    for (const [i, chunk] of continuation().entries()) {
      world.socket.say(i === 0 ? goOn() : start('r1', i), chunk);
      if (i < continuation().length - 1) {
        world.socket.break();
        (await world.next()).accept();
        assert.deepEqual(world.socket.take(), [question(i)]);
      }
    }
    world.socket.say(end());
    assertWholeContinuation(got);
  });

  test('is asked for by the same answer again, as long as it is not known what its sequences count from', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(approve()));
    // The frame `start` was lost.
    world.socket.say(...continuation().slice(0, 4));
    socket.send(json(abort()));
    world.socket.take();
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [approve(), abort()], 'the server attaches the same answer to the same turn');
    world.socket.say(goOn(), ...continuation(), end());
    assertWholeContinuation(got);
  });

  test('may begin at the very beginning of a turn', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(approve()));
    world.socket.say(goOn('r1', 'turn_1', 0), ...continuation().slice(0, 2));
    world.socket.break();
    (await world.next()).accept();
    const { base, ...rest } = question(1);
    assert.deepEqual(world.socket.take(), [rest]);
  });

  test('waits for the next approval as it did for the first: the end comes without a last chunk', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(approve()));
    const asked = [...continuation().slice(0, 4), { type: 'chunk', requestId: 'r1', sequence: 4, chunk: { type: 'tool-approval-request', approvalId: 'a2', toolCallId: 'c2' } }];
    world.socket.say(goOn(), ...asked);
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [question(4)]);
    world.socket.say(start('r1', 5), end());
    assert.deepEqual(got, [...asked, end()]);
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [], 'nothing is open any more');
  });

  test('moves to the next connection before the old one closes', async () => {
    const world = new World();
    const { socket, got } = await world.open({ rolloverAfterMs: 60_000, pingEveryMs: 540_000 });
    socket.send(json(approve()));
    world.socket.say(goOn());
    world.socket.pong();
    const old = world.socket;
    const fresh = (await world.next(61_000)).accept();
    assert.deepEqual(fresh.take(), [approve()]);
    old.say(...continuation().slice(0, 3));
    fresh.say(goOn(), ...continuation().slice(0, 5));
    assert.ok(old.closedWith);
    fresh.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [question(4)]);
    world.socket.say(start('r1', 5), ...continuation().slice(5), end());
    assertWholeContinuation(got);
  });

  test('can be stopped, also while there is no connection', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(approve()));
    world.socket.say(goOn(), ...continuation().slice(0, 3));
    world.socket.break();
    socket.send(json(abort()));
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [question(2)], 'first it must be known which answer is there');
    world.socket.say(start('r1', 3));
    assert.deepEqual(world.socket.take(), [abort()]);
  });

  test('ends with an error if all of a turn comes instead', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(approve()));
    world.socket.say(goOn(), ...continuation().slice(0, 3));
    world.socket.break();
    (await world.next()).accept();
    world.socket.say(start('r1', 0), ...answer());
    assert.deepEqual(got.slice(0, 3), continuation().slice(0, 3));
    assert.equal(got.length, 4);
    assert.ok(isOutdated(new Error(got[3].errorText)));
  });

  test('stops nothing if all of a turn comes instead', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(approve()));
    world.socket.say(goOn(), ...continuation().slice(0, 3));
    world.socket.break();
    socket.send(json(abort()));
    (await world.next()).accept();
    world.socket.say(start('r1', 0), ...answer());
    assert.deepEqual(world.socket.take().map(frame => frame.type), ['resume']);
  });

  test('goes on when the server had to make the stream again, with chunks that change nothing for what was lost', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(approve()));
    const before = continuation().slice(0, 7);
    world.socket.say(goOn(), ...before);
    const lost = [{ type: 'message-metadata', messageMetadata: {} }, undefined, undefined, undefined, { type: 'reset-step' }, { type: 'reset-step' }, { type: 'reset-step' }];
    const made = before.map((frame, i) => ({ ...frame, ...(lost[i] && { chunk: lost[i] }) }));
    const rest = continuation().map((frame: any) => ({ ...frame, sequence: frame.sequence + 4 }));
    const reset = { type: 'chunk', requestId: 'r1', sequence: 7, chunk: { type: 'reset-step' } };
    world.socket.say(...made, reset, ...rest.slice(4), end());
    assert.deepEqual(got, [...before, reset, ...rest.slice(4), end()]);
  });
});

describe('a server that fails', () => {
  test('with an error to the question of the page is quoted', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(failure());
    assert.deepEqual(got, [failure()]);
  });

  test('with an error to our own question is asked again', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 3));
    world.socket.break();
    (await world.next()).accept().say(failure());
    (await world.next()).accept();
    assert.equal(world.socket.take()[0]!.lastSequence, 2);
    world.socket.say(start('r1', 3), ...answer().slice(3), end());
    assertWhole(got);
  });

  test('with errors only is quoted in the end', async () => {
    const world = new World();
    const { socket, got } = await world.open({ maxFailures: 3 });
    socket.send(json(send()));
    world.socket.break();
    for (let i = 0; i < 3; i++) {
      (await world.next()).accept().say(failure('r1', `No ${i}.`));
    }
    assert.deepEqual(got, [failure('r1', 'No 2.')]);
  });

  test('with words of the gateway is asked again on a new connection, and the old one serves until then', async () => {
    const world = new World();
    const { socket, got, events } = await world.open();
    socket.send(json(send()));
    const old = world.socket;
    old.say(GATEWAY_ERROR);
    const fresh = await world.next();
    old.say(...answer().slice(0, 4));
    fresh.accept();
    assert.equal(fresh.take()[0]!.lastSequence, 3);
    old.say(answer()[4]!);
    fresh.say(start('r1', 4));
    assert.ok(old.closedWith, 'the old one is not needed any more');
    fresh.say(...answer().slice(4), end());
    assertWhole(got);
    assert.deepEqual(events, ['open']);
    assert.deepEqual(world.states, ['connecting', 'online']);
  });

  for (const junk of ['', 'x', '[]', '7', 'null', '{}', '{"type":7,"requestId":"r1"}', '{"type":"chunk","requestId":"r1","sequence":-1,"chunk":{"type":"x"}}', '{"type":"chunk","requestId":"r1","sequence":0,"chunk":[]}']) {
    test(`with ${junk || 'an empty frame'} does not reach the page`, async () => {
      const world = new World();
      const { socket, got } = await world.open();
      world.socket.say(junk);
      await world.advance(1_000);
      assert.equal(world.sockets.length, 1, 'nothing is open, nothing can be lost');
      socket.send(json(send()));
      world.socket.say(junk);
      (await world.next()).accept();
      world.socket.say(...answer(), end());
      assertWhole(got);
    });
  }

  test('with a frame of a kind that is not known yet is left alone', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say({ type: 'news', requestId: 'r1' }, ...answer(), end());
    assertWhole(got);
  });

  test('for long is not hammered, and the request is not given up', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(GATEWAY_ERROR);
    for (let i = 0; i < 8; i++) {
      (await world.next()).accept().say(GATEWAY_ERROR, GATEWAY_ERROR);
    }
    const pauses = world.sockets.slice(1).map((socket, i) => socket.at - world.sockets[i]!.at);
    assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    assert.deepEqual(got, []);
    (await world.next()).accept();
    assert.deepEqual(world.socket.take()[0], send());
    world.socket.say(...answer(), end());
    assertWhole(got);
  });

  test('now and then, with progress between, is borne for ever', async () => {
    const world = new World();
    const words = Array.from({ length: 30 }, (_, i) => `${i} `);
    const whole = answer('r1', 'msg_1', 'turn_1', words);
    const { socket, got } = await world.open();
    socket.send(json(send()));
    for (const [i, chunk] of whole.entries()) {
      world.socket.say(...(i === 0 ? [] : [start('r1', i)]), chunk, GATEWAY_ERROR);
      (await world.next(200)).accept();
    }
    assert.deepEqual(got.slice(0, whole.length), whole);
  });

  test('by leaving a gap is asked for what is missing', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    const [one, two, three, four, ...others] = answer();
    const old = world.socket;
    old.say(one!, two!, four!, ...others, end());
    assert.equal(lastSequence(got), 1);
    (await world.next()).accept();
    assert.equal(world.socket.take()[0]!.lastSequence, 1);
    world.socket.say(start('r1', 2), three!, four!, ...others, end());
    assertWhole(got);
  });

  test('by silence is asked again after half a minute', async () => {
    const world = new World();
    const { socket, got } = await world.open({ pingEveryMs: 540_000 });
    world.socket.pong();
    socket.send(json(send()));
    await world.advance(29_000);
    assert.equal(world.sockets.length, 1);
    await world.advance(2_000);
    assert.equal(world.sockets.length, 2);
    world.socket.accept();
    assert.deepEqual(world.socket.take(), [send()]);
    world.socket.say(...answer(), end());
    assertWhole(got);
  });

  test('because a message is too large for the gateway ends that message, and the others go on', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    socket.send(json({ ...send('r2', 'session-2'), body: { text: 'ü'.repeat(20_000) } }));
    world.socket.break(1009);
    assert.deepEqual(got, [{ type: 'error', requestId: 'r2', errorText: 'The message is too long to be sent.' }]);
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [send()]);
  });
});

describe('while there is no connection', () => {
  test('frames wait, and go out in their order', async () => {
    const world = new World();
    const { socket } = await world.open();
    world.socket.break();
    socket.send(json(send('r1')));
    socket.send(json({ type: 'watch', requestId: 'w1', id: 'session-1' }));
    socket.send(json(send('r2', 'session-2')));
    assert.equal(socket.bufferedAmount, json(send('r1')).length + json(send('r2', 'session-2')).length + json({ type: 'watch', requestId: 'w1', id: 'session-1' }).length);
    (await world.next()).accept();
    assert.deepEqual(world.socket.take().map(frame => frame.requestId), ['r1', 'r2', 'w1']);
    assert.equal(socket.bufferedAmount, 0);
  });

  test('only so many wait; more are refused in words', async () => {
    const world = new World();
    const { socket, got } = await world.open({ maxWaiting: 3 });
    world.socket.break();
    for (let i = 0; i < 5; i++) {
      socket.send(json(send(`r${i}`, `session-${i}`)));
      socket.send(json({ type: 'watch', requestId: `w${i}` }));
    }
    assert.deepEqual(got.map(frame => [frame.type, frame.requestId]), [['error', 'r3'], ['error', 'r4']]);
    (await world.next()).accept();
    assert.deepEqual(world.socket.take().map(frame => frame.requestId), ['r0', 'r1', 'r2', 'w0', 'w1', 'w2']);
  });

  test('attempts grow apart, to five seconds, half of it by chance', async () => {
    for (const [chance, share] of [[0, 0.5], [0.5, 0.75], [1, 1]] as const) {
      const world = new World();
      await world.open();
      world.chance = chance;
      for (let i = 0; i < 9; i++) {
        world.socket.break();
        await world.next();
      }
      const pauses = world.sockets.slice(1).map((socket, i) => Math.round(socket.at - world.sockets[i]!.at));
      assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000].map(ms => ms * share));
    }
  });

  test('attempts begin anew after a connection that worked, but not after one that only opened', async () => {
    const world = new World();
    await world.open();
    for (let i = 0; i < 4; i++) {
      world.socket.break();
      (await world.next()).accept();
    }
    assert.equal(world.sockets[4]!.at - world.sockets[3]!.at, 800);
    world.socket.pong();
    world.socket.break();
    await world.next();
    assert.equal(world.sockets[5]!.at - world.sockets[4]!.at, 100);
  });

  test('an attempt that takes too long is left for the next', async () => {
    const world = new World();
    const { events } = world.make();
    await world.advance(0);
    const first = world.socket;
    await world.advance(10_000);
    assert.ok(first.closedWith);
    (await world.next()).accept();
    assert.deepEqual(events, ['open']);
  });

  test('the state tells how it is', async () => {
    const world = new World();
    const { socket } = world.make();
    await world.advance(0);
    world.socket.accept();
    world.socket.break();
    assert.equal(socket.state, 'reconnecting');
    for (let i = 0; i < 6; i++) {
      (await world.next()).break();
      assert.equal(socket.state, 'reconnecting');
    }
    (await world.next()).break();
    assert.equal(socket.state, 'offline', 'after ten seconds');
    (await world.next()).accept();
    assert.equal(socket.state, 'online');
    socket.close();
    assert.deepEqual(world.states, ['connecting', 'online', 'reconnecting', 'offline', 'online', 'closed']);
  });

  test('it gives up only if told to', async () => {
    const world = new World();
    const patient = await world.open();
    const impatient = await world.open({ giveUpAfterMs: 60_000 });
    world.sockets.forEach(socket => socket.break());
    for (let i = 0; i < 70; i++) {
      await world.advance(1_000);
      world.sockets.filter(socket => socket.readyState === 0).forEach(socket => socket.break());
    }
    assert.deepEqual(impatient.events, ['open', 'error', 'close']);
    assert.equal(impatient.socket.readyState, 3);
    assert.deepEqual(patient.events, ['open']);
    assert.equal(patient.socket.readyState, 1);
  });
});

describe('a ping', () => {
  test('goes out every ten seconds in an answer, under the ids of the open requests in turns', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send('r1')));
    socket.send(json(send('r2', 'session-2')));
    world.socket.say(...answer('r1').slice(0, 3), ...answer('r2').slice(0, 3));
    for (let i = 0; i < 40; i++) {
      await world.advance(1_000);
      world.socket.pong();
    }
    assert.deepEqual(world.socket.pings, ['ping-0', 'r2', 'r1', 'r2', 'r1']);
    assert.equal(got.length, 6, 'pongs are not handed on');
    assert.equal(world.sockets.length, 1);
  });

  test('goes out as often as was asked for while nothing is open', async () => {
    const world = new World();
    await world.open({ idlePingEveryMs: 60_000 });
    for (let i = 0; i < 185; i++) {
      await world.advance(1_000);
      world.socket.pong();
    }
    assert.equal(world.socket.pings.length, 4);
  });

  test('that nothing answers means a dead link: the next is opened at once', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.pong();
    world.socket.say(...answer().slice(0, 3));
    const begun = world.time;
    const dead = world.socket;
    const next = await world.next();
    assert.ok(dead.closedWith);
    assert.ok(next.at - begun <= 16_000, `${next.at - begun} ms`);
    next.accept().say(start('r1', 3));
    dead.say(...answer().slice(3));
    assert.equal(got.length, 3, 'of a link that was given up nothing is taken');
    next.say(...answer().slice(3), end());
    assertWhole(got);
  });

  test('is answered by any frame', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(send()));
    const whole = answer('r1', 'msg_1', 'turn_1', Array.from({ length: 40 }, () => 'x'));
    for (const chunk of whole) {
      world.socket.say(chunk);
      await world.advance(4_000);
    }
    assert.equal(world.sockets.length, 1);
  });

  test('goes out when the page is looked at again', async () => {
    const world = new World();
    await world.open();
    world.socket.pong();
    const before = world.socket.pings.length;
    world.signal('visible');
    assert.equal(world.socket.pings.length, before + 1);
    await world.advance(6_000);
    assert.equal(world.sockets.length, 2);
  });
});

describe('a watched session', () => {
  const watch = { type: 'watch', requestId: 'watch', id: 'session-1' };
  const tell = (event: object) => ({ type: 'event', requestId: 'watch', event });
  const operation = { operationId: 'op-1', turnId: 'turn_1', toolCallId: 'c1', toolName: 'build', createdAt: '2026-01-01T00:00:00Z', status: 'running' };
  const watching = { type: 'watching', activeTurn: { turnId: 'turn_1', status: 'running' }, operations: [operation] };

  /** A socket that watches, and what it was told. */
  async function open(world: World, options: ResumingWebSocketOptions = {}) {
    const events: SessionEvent[] = [];
    const errors: string[] = [];
    const opened = await world.open({
      watch: { id: 'session-1', onEvent: event => void events.push(event), onError: words => void errors.push(words) },
      ...options,
    });
    return { ...opened, events, errors };
  }

  test('is asked for on each new link, before anything else, and its events are not the transport\'s', async () => {
    const world = new World();
    const { socket, got, events } = await open(world);
    assert.deepEqual(world.socket.take(), [watch]);
    const all = [
      watching,
      { type: 'turn-started', turnId: 'turn_1' },
      { type: 'turn-waiting', turnId: 'turn_1' },
      { type: 'turn-continued', turnId: 'turn_1' },
      { type: 'turn-ended', turnId: 'turn_1', status: 'completed' },
      { type: 'operation-changed', operation: { ...operation, status: 'completed' } },
      { type: 'title-changed', title: 'Reports' },
    ];
    world.socket.say(...all.map(tell));
    assert.deepEqual(events, all);
    socket.send(json(send()));
    world.socket.take();
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [watch, send()]);
    world.socket.say(tell(watching), ...answer(), end());
    assertWhole(got);
    assert.deepEqual(got.length, answer().length + 1);
    assert.deepEqual(events.at(-1), watching);
  });

  test('is told of what is known: other events, and what is none, are left out', async () => {
    const world = new World();
    const { got, events } = await open(world);
    world.socket.say(
      tell({ type: 'moon-rose' }),
      tell({ type: 'turn-started' }),
      tell({ type: 'turn-ended', turnId: 'turn_1' }),
      tell({ type: 'operation-changed', operation: 'op-1' }),
      { type: 'event', requestId: 'watch' },
      { type: 'event', requestId: 'watch', event: [1] },
      { type: 'sing', requestId: 'watch' },
      tell({ type: 'watching', activeTurn: 'none', operations: [operation, null, {}] }),
      tell({ type: 'watching' }),
    );
    assert.deepEqual(events, [
      { type: 'watching', operations: [operation] },
      { type: 'watching', operations: [] },
    ]);
    assert.deepEqual(got, []);
    assert.equal(world.sockets.length, 1);
  });

  test('may be watched in other ways too', async () => {
    const world = new World();
    const { socket, got, events } = await open(world);
    const others = { type: 'event', requestId: 'w1', event: { type: 'turn-started', turnId: 'turn_9' } };
    socket.send(json({ type: 'watch', requestId: 'w1', id: 'session-9' }));
    assert.deepEqual(world.socket.take().at(-1), { type: 'watch', requestId: 'w1', id: 'session-9' });
    world.socket.say(others);
    assert.deepEqual(got, [others]);
    assert.deepEqual(events, []);
  });

  test('is told again with each ping while nothing else is open', async () => {
    const world = new World();
    await open(world);
    world.socket.say(tell(watching));
    for (let i = 0; i < 30; i++) {
      await world.advance(1_000);
      world.socket.pong();
    }
    assert.deepEqual(world.socket.pings, ['ping-0', 'watch', 'watch', 'watch']);
  });

  test('takes no ping away from an open answer', async () => {
    const world = new World();
    const { socket } = await open(world);
    world.socket.say(tell(watching));
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 3));
    for (let i = 0; i < 60; i++) {
      await world.advance(1_000);
      world.socket.pong();
    }
    assert.deepEqual(world.socket.pings.filter(id => id !== 'watch'), ['ping-0', 'r1', 'r1', 'r1', 'r1', 'r1', 'r1']);
    assert.equal(world.socket.pings.filter(id => id === 'watch').length, 2);
  });

  test('is asked for again every five seconds as long as nothing is said of it', async () => {
    const world = new World();
    const { events } = await open(world);
    world.socket.pong();
    assert.deepEqual(world.socket.take(), [watch]);
    world.socket.say(GATEWAY_ERROR);
    for (let i = 0; i < 20; i++) {
      await world.advance(1_000);
      world.socket.pong();
    }
    assert.deepEqual(world.socket.take(), [watch, watch, watch, watch]);
    assert.deepEqual(world.socket.pings, ['ping-0', 'ping-1', 'ping-2']);
    world.socket.say(tell(watching));
    await world.advance(10_000);
    assert.deepEqual(world.socket.take(), []);
    assert.deepEqual(events, [watching]);
    assert.equal(world.sockets.length, 1);
  });

  test('that is refused is told of in words, and not asked for again on that link', async () => {
    const world = new World();
    const { got, events, errors } = await open(world);
    world.socket.take();
    world.socket.say(failure('watch', 'This conversation is not yours.'));
    assert.deepEqual(errors, ['This conversation is not yours.']);
    assert.ok(world.log.includes('The session cannot be watched.'));
    for (let i = 0; i < 40; i++) {
      await world.advance(1_000);
      world.socket.pong();
    }
    assert.deepEqual(world.socket.take(), []);
    assert.ok(!world.socket.pings.includes('watch'));
    assert.equal(world.sockets.length, 1);
    assert.deepEqual([got, events], [[], []]);
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [watch]);
  });

  test('is told of by the newest link only, when one replaces another', async () => {
    const world = new World();
    const { socket, events } = await open(world, { rolloverAfterMs: 60_000 });
    const old = world.socket;
    old.say(tell(watching));
    socket.send(json(send()));
    old.say(...answer().slice(0, 3));
    for (let i = 0; world.sockets.length === 1; i++) {
      assert.ok(i < 70);
      await world.advance(1_000);
      old.pong();
    }
    old.say(tell({ type: 'turn-waiting', turnId: 'turn_1' }));
    assert.deepEqual(events.length, 2, 'it serves until the next is open');
    world.socket.accept();
    assert.deepEqual(world.socket.take()[0], watch);
    old.say(tell({ type: 'turn-ended', turnId: 'turn_1', status: 'failed' }), failure('watch'));
    assert.equal(events.length, 2);
    assert.equal(old.closedWith, undefined, 'the answer has not moved yet');
    world.socket.say(tell(watching));
    assert.deepEqual(events.slice(2), [watching]);
  });

  test('disturbs nothing by a fault of whoever is told', async () => {
    const world = new World();
    const faults: unknown[] = [];
    const handlers = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', fault => faults.push(fault));
    const fault = new Error('not ours');
    try {
      const { socket, got } = await world.open({
        watch: {
          id: 'session-1',
          onEvent() {
            throw fault;
          },
        },
      });
      socket.send(json(send()));
      world.socket.say(tell(watching), ...answer(), end());
      assertWhole(got);
      await world.advance(0);
    } finally {
      process.removeAllListeners('uncaughtException');
      handlers.forEach(handler => process.on('uncaughtException', handler as never));
    }
    assert.deepEqual(faults, [fault]);
    assert.equal(world.sockets.length, 1);
  });

  test('is named when the socket is made', () => {
    assert.throws(() => ResumingWebSocket.with({ watch: { onEvent() {} } as never }), TypeError);
    assert.throws(() => ResumingWebSocket.with({ watch: { id: 'session-1' } as never }), TypeError);
  });
});

describe('the browser', () => {
  test('that has slept connects anew beside the old link', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.pong();
    world.socket.say(...answer().slice(0, 3));
    const old = world.socket;
    await world.sleep(3_600_000);
    assert.equal(world.sockets.length, 2);
    assert.equal(old.closedWith, undefined, 'it may be alive');
    old.say(answer()[3]!);
    world.socket.accept();
    assert.equal(world.socket.take()[0]!.lastSequence, 3);
    world.socket.say(start('r1', 4), ...answer().slice(4), end());
    assertWhole(got);
  });

  test('whose hidden page had late timers only asks for a sign of life', async () => {
    const world = new World();
    await world.open();
    world.socket.pong();
    world.hidden = true;
    for (let i = 0; i < 5; i++) {
      await world.sleep(59_000);
      world.socket.pong();
    }
    assert.equal(world.sockets.length, 1);
    await world.sleep(59_000);
    await world.sleep(59_000);
    assert.equal(world.sockets.length, 1, 'silence across late timers is no silence');
    await world.advance(6_000);
    assert.equal(world.sockets.length, 2);
  });

  test('that loses and finds its network is believed', async () => {
    const world = new World();
    const { socket } = await world.open();
    world.socket.pong();
    world.signal('offline');
    assert.equal(socket.state, 'offline');
    world.socket.pong();
    assert.equal(socket.state, 'online', 'unless the server is heard all the same');
    world.network = false;
    world.signal('offline');
    world.socket.break();
    assert.equal(socket.state, 'offline');
    for (let i = 0; i < 8; i++) {
      (await world.next()).break();
    }
    world.network = true;
    world.signal('online');
    assert.equal(socket.state, 'offline', 'it has been without a connection for long');
    await world.advance(1);
    world.socket.accept();
    assert.equal(socket.state, 'online');
  });

  test('that is online again does not wait for an attempt of before', async () => {
    const world = new World();
    await world.open();
    world.socket.break();
    const stuck = await world.next();
    world.signal('online');
    await world.advance(1);
    assert.ok(stuck.closedWith);
    assert.equal(world.sockets.length, 3);
  });
});

describe('the rollover', () => {
  const soon = { rolloverAfterMs: 60_000, pingEveryMs: 540_000, idlePingEveryMs: 540_000 };

  test('moves an answer to the next connection before it closes the old one', async () => {
    const world = new World();
    const { socket, got, events } = await world.open(soon);
    socket.send(json(send()));
    world.socket.pong();
    world.socket.say(...answer().slice(0, 3));
    const old = world.socket;
    const fresh = await world.next(61_000);
    assert.ok(fresh.at - old.at >= 54_000);
    old.say(answer()[3]!);
    fresh.accept();
    assert.equal(fresh.take()[0]!.lastSequence, 3);
    old.say(answer()[4]!, answer()[5]!);
    assert.equal(old.closedWith, undefined);
    fresh.say(start('r1', 4), answer()[4]!);
    assert.deepEqual(old.closedWith, [1000, undefined]);
    fresh.say(...answer().slice(5), end());
    assertWhole(got);
    assert.deepEqual(events, ['open']);
    assert.deepEqual(world.states, ['connecting', 'online']);
    assert.equal(old.frames.filter(frame => frame.type === 'abort').length, 0);
  });

  test('comes a little earlier by chance, and again', async () => {
    const world = new World();
    world.chance = 0;
    await world.open(soon);
    world.chance = 1;
    for (let i = 0; i < 3; i++) {
      world.socket.pong();
      (await world.next(62_000)).accept();
    }
    const lives = world.sockets.slice(1).map((socket, i) => Math.round((socket.at - world.sockets[i]!.at) / 1000));
    assert.deepEqual(lives, [60, 54, 54]);
  });

  test('that fails leaves the old connection, and is tried again', async () => {
    const world = new World();
    const { socket, got } = await world.open(soon);
    socket.send(json(send()));
    world.socket.pong();
    const old = world.socket;
    old.say(...answer().slice(0, 3));
    const refused = await world.next(61_000);
    refused.break();
    assert.equal(old.closedWith, undefined);
    old.say(...answer().slice(3, 5));
    const fresh = await world.next();
    assert.ok(fresh.at - refused.at >= 5_000);
    fresh.accept();
    fresh.say(start('r1', 5), ...answer().slice(5), end());
    assertWhole(got);
  });

  test('is the way out when the old connection breaks meanwhile', async () => {
    const world = new World();
    const { socket, got } = await world.open(soon);
    socket.send(json(send()));
    world.socket.pong();
    world.socket.say(...answer().slice(0, 3));
    const old = world.socket;
    const fresh = await world.next(61_000);
    old.break();
    assert.equal(socket.state, 'reconnecting');
    fresh.accept();
    fresh.say(start('r1', 3), ...answer().slice(3), end());
    assertWhole(got);
    assert.equal(world.sockets.length, 2);
  });

  test('whose new connection breaks at once goes on with what the old one still brings', async () => {
    const world = new World();
    const { socket, got } = await world.open(soon);
    socket.send(json(send()));
    world.socket.pong();
    world.socket.say(...answer().slice(0, 3));
    const old = world.socket;
    (await world.next(61_000)).accept().break();
    old.say(...answer().slice(3, 6));
    assert.equal(lastSequence(got), 5);
    (await world.next()).accept();
    assert.equal(world.socket.take()[0]!.lastSequence, 5);
    world.socket.say(start('r1', 6), ...answer().slice(6), end());
    assertWhole(got);
  });

  test('is not disturbed by what happens to the old connection', async () => {
    const world = new World();
    const { socket, got } = await world.open(soon);
    socket.send(json(send()));
    world.socket.pong();
    world.socket.say(...answer().slice(0, 3));
    const old = world.socket;
    (await world.next(61_000)).accept();
    old.say(GATEWAY_ERROR, answer()[5]!, failure());
    old.break();
    await world.advance(4_000);
    assert.equal(world.sockets.length, 2);
    assert.equal(socket.state, 'online');
    world.socket.say(start('r1', 3), ...answer().slice(3), end());
    assertWhole(got);
  });

  test('does not wait for ever for what does not move', async () => {
    const world = new World();
    const { socket } = await world.open({ ...soon, answerWithinMs: 3_600_000 });
    socket.send(json(send()));
    world.socket.pong();
    const old = world.socket;
    (await world.next(61_000)).accept();
    await world.advance(4_000);
    world.socket.pong();
    await world.advance(27_000);
    assert.ok(old.closedWith);
  });
});

describe('an abort', () => {
  test('is sent', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 3));
    socket.send(json(abort()));
    assert.deepEqual(world.socket.take(), [send(), abort()]);
    world.socket.say({ type: 'chunk', requestId: 'r1', sequence: 3, chunk: { type: 'abort' } }, end());
    assert.equal(got.at(-1).type, 'end');
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), []);
  });

  test('after the last chunk is not sent: there is nothing to stop', async () => {
    for (const last of [{ type: 'finish' }, { type: 'error', errorText: 'No.' }, { type: 'abort' }]) {
      const world = new World();
      const { socket } = await world.open();
      socket.send(json(send()));
      world.socket.say(answer()[0]!, { type: 'chunk', requestId: 'r1', sequence: 1, chunk: last });
      socket.send(json(abort()));
      world.socket.say(end());
      socket.send(json(abort()));
      assert.deepEqual(world.socket.take(), [send()]);
    }
  });

  test('of a request that was never made is not sent', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(abort('nobody')));
    assert.deepEqual(world.socket.take(), []);
  });

  test('of a resume that a newer one replaces at once is not sent', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(resume('r1')));
    world.socket.say(start('r1'), ...answer('r1').slice(0, 3));
    socket.send(json(abort('r1')));
    await world.advance(50);
    socket.send(json(resume('r2')));
    await world.advance(1_000);
    assert.deepEqual(world.socket.take(), [resume('r1'), resume('r2')]);
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [resume('r2')], 'nobody waits for the older one');
    world.socket.say(start('r2'), ...answer('r2'), end('r2'));
    assert.deepEqual(got.filter(frame => frame.requestId === 'r2'), [{ type: 'start', requestId: 'r2' }, ...answer('r2'), end('r2')]);
  });

  test('of a resume is sent a moment later, if it was meant', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(resume('r1')));
    world.socket.say(start('r1'), ...answer('r1').slice(0, 3));
    socket.send(json(abort('r1')));
    socket.send(json(resume('r2', 'another-session')));
    await world.advance(99);
    assert.deepEqual(world.socket.take().map(frame => frame.type), ['resume', 'resume']);
    await world.advance(1);
    assert.deepEqual(world.socket.take(), [abort('r1')]);
    socket.send(json(resume('r3')));
    assert.deepEqual(world.socket.take(), [resume('r3')]);
  });

  test('of a resume is sent at once when the socket closes', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(resume('r1')));
    world.socket.say(start('r1'), ...answer('r1').slice(0, 3));
    socket.send(json(abort('r1')));
    socket.close();
    assert.deepEqual(world.socket.take(), [resume('r1'), abort('r1')]);
    await world.advance(1_000);
    assert.ok(world.isQuiet);
  });

  test('while there is no connection stops the turn as soon as there is one', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 3));
    world.socket.break();
    socket.send(json(abort()));
    (await world.next()).accept();
    assert.deepEqual(world.socket.take().map(frame => frame.type), ['resume'], 'first it must be known which answer is there');
    world.socket.say(start('r1', 3));
    assert.deepEqual(world.socket.take(), [abort()]);
    world.socket.break();
    (await world.next()).accept().say(start('r1', 3));
    assert.deepEqual(world.socket.take().map(frame => frame.type), ['resume', 'abort'], 'until the server has confirmed it');
    world.socket.say({ type: 'chunk', requestId: 'r1', sequence: 3, chunk: { type: 'abort' } }, end());
    assert.ok(got.every(frame => frame.type !== 'error'));
    world.socket.break();
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), []);
  });

  test('while there is no connection stops what was sent but not answered', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(send()));
    world.socket.break();
    socket.send(json(abort()));
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), [send(), abort()]);
  });

  test('of what has never gone out takes it back', async () => {
    const world = new World();
    const { socket } = await world.open();
    world.socket.break();
    socket.send(json(send()));
    socket.send(json(abort()));
    (await world.next()).accept();
    assert.deepEqual(world.socket.take(), []);
  });

  test('stops no other answer than the one that was meant', async () => {
    const world = new World();
    const { socket, got } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 3));
    world.socket.break();
    socket.send(json(abort()));
    (await world.next()).accept();
    world.socket.say(start('r1', 0), ...answer('r1', 'msg_2', 'turn_2'));
    assert.deepEqual(world.socket.take().map(frame => frame.type), ['resume']);
    assert.equal(got.length, 3);
  });

  test('stops the same answer if the server replays it from the start', async () => {
    const world = new World();
    const { socket } = await world.open();
    socket.send(json(send()));
    world.socket.say(...answer().slice(0, 3));
    world.socket.break();
    socket.send(json(abort()));
    (await world.next()).accept();
    world.socket.say(start('r1', 0), answer()[0]!);
    assert.deepEqual(world.socket.take().map(frame => frame.type), ['resume', 'abort']);
  });
});

describe('the options', () => {
  test('have these defaults', () => {
    const { params, url, webSocket, onState, watch, log, ...numbers } = settingsOf({});
    assert.deepEqual([params, url, webSocket, onState, watch, typeof log], [undefined, undefined, undefined, undefined, undefined, 'function']);
    assert.deepEqual(numbers, {
      firstRetryMs: 100,
      longestRetryMs: 5_000,
      connectWithinMs: 10_000,
      pingEveryMs: 10_000,
      idlePingEveryMs: 10_000,
      pongWithinMs: 5_000,
      answerWithinMs: 30_000,
      rolloverAfterMs: 6_600_000,
      offlineAfterMs: 10_000,
      giveUpAfterMs: Infinity,
      maxWaiting: 100,
      maxFailures: 6,
      holdAbortMs: 100,
    });
  });

  for (const [options, words] of [
    [{ pingEveryMs: 5 }, /pingEveryMs must be a number from 100 to 540000, not 5/],
    [{ pingEveryMs: NaN }, /pingEveryMs/],
    [{ rolloverAfterMs: Infinity }, /rolloverAfterMs/],
    [{ maxWaiting: '7' }, /maxWaiting must be a number/],
    [{ firstRetryMs: 2_000, longestRetryMs: 1_000 }, /longestRetryMs must be at least firstRetryMs/],
    [{ pingEvry: 7 }, /no option pingEvry/],
  ] as const) {
    test(`refuse ${json(options)}`, () => {
      assert.throws(() => ResumingWebSocket.with(options as never), words);
    });
  }
});
