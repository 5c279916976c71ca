// What no well-behaved client would send, and who may connect.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import {
  closeAndVerify,
  handshake,
  HOLDFAST_URL,
  newSession,
  newUser,
  numbers,
  RawSocket,
  request,
  sendFrame,
  system,
  Tab,
  tokenOf,
  until,
  upTo,
  userMessage,
} from './support.ts';

const MAX_TEXT = 20_000; // MaxTextCharacters of template.yaml

describe('a connection', system, () => {
  test('is refused without a token', async () => {
    assert.equal(await handshake(''), 401);
    assert.equal(await handshake('?token='), 401);
  });

  test('is refused with what is no token', async () => {
    assert.equal(await handshake('?token=nonsense'), 401);
    assert.equal(await handshake(`?token=${encodeURIComponent('a.b.c')}`), 401);
  });

  test('is refused with a token of another key, of no key, or for another user than was signed', async () => {
    const [header, claims, signature] = (await tokenOf(newUser())).split('.') as [string, string, string];
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    const other = (await tokenOf(newUser())).split('.')[2];
    const forged = [
      [header, claims, other],
      [header, encode({ ...decode(claims), sub: 'mallory' }), signature],
      [encode({ ...decode(header), alg: 'none' }), claims, ''],
      [encode({ ...decode(header), kid: 'unknown' }), claims, signature],
    ];
    for (const parts of forged) {
      assert.equal(await handshake(`?token=${parts.join('.')}`), 401, JSON.stringify(decode(parts[0]!)));
    }
  });

  test('is accepted with a good token', async () => {
    assert.equal(await handshake(`?token=${await tokenOf(newUser())}`), 101);
  });
});

describe('the HTTP API', system, () => {
  test('says that it is well', async () => {
    assert.equal((await request('GET', '/health')).status, 200);
  });

  test('gives no session to nobody', async () => {
    for (const authorization of [undefined, 'Bearer nonsense', 'Basic YTpi']) {
      const response = await request('GET', `/sessions/${newSession()}`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      assert.equal(response.status, 401);
    }
  });

  test('knows no session that nobody has spoken in', async () => {
    const response = await request('GET', `/sessions/${newSession()}`, {
      headers: { authorization: `Bearer ${await tokenOf(newUser())}` },
    });
    assert.equal(response.status, 404);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  });

  test('gives no token for bad requests', async () => {
    for (const body of ['', '{', '[]', '{}', '{"user":""}', '{"user":7}', '{"user":"two words"}']) {
      const response = await fetch(`${HOLDFAST_URL}/local/tokens`, { method: 'POST', body });
      assert.ok(response.status >= 400 && response.status < 500, `${body} was answered ${response.status}`);
    }
  });
});

describe('a frame', system, () => {
  afterEach(closeAndVerify);

  test('ping is answered with pong', async () => {
    const socket = await RawSocket.open();
    socket.send({ type: 'ping', requestId: 'p1' });
    await until('a pong', () => socket.wire.of('p1').some(frame => frame.type === 'pong'));
  });

  const good = () => sendFrame(newSession(), 'hello');
  const message = userMessage('hello');
  const bad: [string, () => string | Record<string, unknown>][] = [
    ['that is no JSON', () => '{"type":"send","requestId":'],
    ['that is empty JSON', () => '""'],
    ['that is a list', () => '[]'],
    ['that is a number', () => '7'],
    ['that is null', () => 'null'],
    ['without a type', () => ({ ...good(), type: undefined })],
    ['of an unknown type', () => ({ ...good(), type: 'shout' })],
    ['whose type is a number', () => ({ ...good(), type: 7 })],
    ['whose type is a route of the gateway', () => ({ ...good(), type: '$connect' })],
    ['without a requestId', () => ({ ...good(), requestId: undefined })],
    ['whose requestId is a number', () => ({ ...good(), requestId: 7 })],
    ['whose requestId is too long', () => ({ ...good(), requestId: 'r'.repeat(5000) })],
    ['without a session', () => ({ ...good(), id: undefined })],
    ['whose session is an object', () => ({ ...good(), id: { a: 1 } })],
    ['whose session id is too short', () => ({ ...good(), id: 'short' })],
    ['whose session id has other characters', () => ({ ...good(), id: 'not/a session' })],
    ['with an unknown trigger', () => ({ ...good(), trigger: 'please' })],
    ['without messages', () => ({ ...good(), messages: undefined })],
    ['whose messages are a text', () => ({ ...good(), messages: 'hello' })],
    ['with no message', () => ({ ...good(), messages: [] })],
    ['whose message is null', () => ({ ...good(), messages: [null] })],
    ['whose message has no id', () => ({ ...good(), messages: [{ ...message, id: undefined }] })],
    ['whose message has an unknown role', () => ({ ...good(), messages: [{ ...message, role: 'boss' }] })],
    ['whose message has no parts', () => ({ ...good(), messages: [{ ...message, parts: undefined }] })],
    ['whose parts are a text', () => ({ ...good(), messages: [{ ...message, parts: 'hello' }] })],
    ['whose text is a number', () => ({ ...good(), messages: [{ ...message, parts: [{ type: 'text', text: 7 }] }] })],
    ['whose text is empty', () => ({ ...good(), messages: [userMessage('')] })],
    ['whose text is too long', () => ({ ...good(), messages: [userMessage('x'.repeat(MAX_TEXT + 1))] })],
    ['whose last message is no user message', () => ({ ...good(), messages: [{ ...message, role: 'system' }] })],
    ['that edits a message which is not there', () => ({ ...good(), messageId: 'nowhere' })],
    ['that resumes after a negative sequence', () => ({ ...resume(newSession()), lastSequence: -1 })],
    ['that resumes after a word', () => ({ ...resume(newSession()), lastSequence: 'x' })],
  ];
  for (const [what, make] of bad) {
    test(`${what} is answered with an error in words, and the socket lives on`, async () => {
      const socket = await RawSocket.open();
      const frame = make();
      socket.send(frame);
      await until('an error', () => socket.wire.frames.length > 0, () => socket.closeCode);
      const answer = socket.wire.frames[0]!;
      assert.equal(answer.type, 'error');
      assert.match(answer.errorText!, /\w+ \w+/, 'words');
      assert.doesNotMatch(answer.errorText!, /Exception|io\.holdfast|amazon|jackson/, 'nothing technical');
      if (typeof frame === 'object' && typeof frame.requestId === 'string' && frame.requestId.length < 100) {
        assert.equal(answer.requestId, frame.requestId);
      }
      await socket.ping();
      assert.equal(socket.wire.frames.length, 2, 'one answer, one pong');
    });
  }

  test('larger than the gateway takes does not reach the others', async () => {
    const other = new Tab();
    const answer = other.ask('count to 40 every 20 ms');
    await other.counted(3);
    const socket = await RawSocket.open();
    socket.send(sendFrame(newSession(), 'x'.repeat(40_000)));
    // API Gateway closes such a socket with 1009; the local one says why before it does.
    await until('the end of the socket', () => socket.closeCode !== undefined);
    assert.equal(socket.closeCode, 1009);
    assert.match(socket.wire.frames[0]?.errorText ?? '', /32768/);
    assert.deepEqual(numbers(await answer), upTo(40));
  });

  test('as long as a text may be is answered', async () => {
    const socket = await RawSocket.open();
    const send = sendFrame(newSession(), 'x'.repeat(MAX_TEXT));
    assert.equal((await socket.ask(send)).type, 'end');
    assert.equal(socket.text(send.requestId), `You said: ${'x'.repeat(MAX_TEXT)}`);
  });

  test('with fields that nobody knows is answered all the same', async () => {
    const socket = await RawSocket.open();
    const send = sendFrame(newSession(), 'hello', { colour: 'red', metadata: { a: [null] }, body: { deep: { x: 1 } } });
    assert.equal((await socket.ask(send)).type, 'end');
    assert.equal(socket.text(send.requestId), 'You said: hello');
  });

  test('under the requestId of a running answer is refused, and can be resumed', async () => {
    const socket = await RawSocket.open();
    const first = sendFrame(newSession(), 'hang');
    socket.send(first);
    await until('the first answer to begin', () => socket.wire.of(first.requestId).length > 1);
    const second = sendFrame(newSession(), 'count to 5', { requestId: first.requestId });
    socket.send(second);
    await until('a refusal', () => socket.wire.last(first.requestId)?.type === 'error');
    const again = resume(second.id);
    assert.equal((await socket.ask(again)).type, 'end');
    assert.deepEqual(numbers(socket.text(again.requestId)), upTo(5));
  });

  test('under the requestId of an ended answer is answered', async () => {
    const socket = await RawSocket.open();
    const first = sendFrame(newSession(), 'count to 3');
    await socket.ask(first);
    const second = sendFrame(newSession(), 'count to 5', { requestId: first.requestId });
    assert.equal((await socket.ask(second)).type, 'end');
    assert.deepEqual(numbers(socket.text(second.requestId)), upTo(5));
  });

  test('resume of an unknown session is answered with no-active', async () => {
    const socket = await RawSocket.open();
    const answer = await socket.ask(resume(newSession()));
    assert.equal(answer.type, 'no-active');
  });
});

describe("another user's session", system, () => {
  afterEach(closeAndVerify);

  test('takes no message from a stranger', async () => {
    const owner = new Tab();
    await owner.ask('red');
    const stranger = await RawSocket.open();
    for (const frame of [
      sendFrame(owner.session, 'recall'),
      sendFrame(owner.session, 'recall', { trigger: 'regenerate-message' }),
      sendFrame(owner.session, 'recall', { messageId: owner.chat.messages[0]!.id, messages: [userMessage('x', owner.chat.messages[0]!.id)] }),
      sendFrame(owner.session, 'recall', { messages: [owner.chat.messages[0]] }),
    ]) {
      const answer = await stranger.ask(frame);
      assert.equal(answer.type, 'error');
      assert.deepEqual(stranger.wire.chunks(frame.requestId), []);
    }
    assert.equal(await owner.ask('recall'), 'red');
  });

  test('shows a stranger nothing, running or ended', async () => {
    const owner = new Tab();
    const answer = owner.ask('count to 40 every 20 ms');
    await owner.counted(3);
    const stranger = await RawSocket.open();
    for (const when of ['running', 'ended']) {
      const frame = resume(owner.session);
      const { type } = await stranger.ask(frame);
      assert.ok(type === 'error' || type === 'no-active', `${type} while ${when}`);
      assert.equal(stranger.wire.of(frame.requestId).length, 1);
      await answer;
    }
  });

  test('cannot be stopped by a stranger who knows the request', async () => {
    const owner = await RawSocket.open();
    const send = sendFrame(newSession(), 'count to 60 every 20 ms');
    owner.send(send);
    await until('the first numbers', () => numbers(owner.text(send.requestId)).length > 3);
    const stranger = await RawSocket.open();
    stranger.send({ type: 'abort', requestId: send.requestId });
    await stranger.ping();
    assert.equal((await owner.end(send.requestId)).type, 'end');
    assert.deepEqual(numbers(owner.text(send.requestId)), upTo(60));
  });
});

describe('a thousand messages at once from one socket', system, () => {
  afterEach(closeAndVerify);

  test("are each answered, the socket stays open, and another user's answer is undisturbed", async () => {
    const other = new Tab();
    const answer = other.ask('count to 150 every 20 ms');
    await other.counted(3);

    const socket = await RawSocket.open();
    const sessions = Array.from({ length: 10 }, newSession);
    const frames = Array.from({ length: 1000 }, (_, i) => sendFrame(sessions[i % 10]!, `hello ${i}`));
    frames.forEach(frame => socket.send(frame));

    const waiting = new Set(frames.map(frame => frame.requestId));
    let seen = 0;
    await until(
      'an answer to each',
      () => {
        for (; seen < socket.wire.frames.length; seen++) {
          const { type, requestId } = socket.wire.frames[seen]!;
          if (type === 'end' || type === 'error') {
            waiting.delete(requestId);
          }
        }
        return waiting.size === 0;
      },
      () => [waiting.size, socket.closeCode, socket.wire.frames.slice(-3)],
      90_000,
    );
    const answered = frames.filter(frame => socket.wire.last(frame.requestId)!.type === 'end');
    assert.ok(answered.length > 0, 'some were answered');
    for (const frame of answered) {
      const ending = socket.wire.chunks(frame.requestId).at(-1)!.type;
      assert.equal(ending, 'finish');
    }
    assert.ok(socket.isOpen);
    await socket.ping();
    assert.deepEqual(numbers(await answer), upTo(150));
  });
});

function resume(session: string) {
  return { type: 'resume', requestId: randomUUID() as string, id: session, headers: {}, body: {} };
}
