// The follower between the AI SDK's own `Chat` and transport and a server that does what the test says.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Chat } from '@ai-sdk/react';
import { lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage, type UIMessageChunk, WebSocketChatTransport } from 'ai';
import { isOutdated, type Operation, type SessionEvent, SessionFollower } from '../src/index.ts';
import { Dice } from './dice.ts';
import { textOf, until, userMessage } from './support.ts';

type Turn = { turnId: string; messageId: string; chunks: UIMessageChunk[]; isOver: boolean; readers: Map<string, (frame: object) => void> };

/** A server with one session: its record and the stream of its latest turn. */
class Server {
  record: UIMessage[] = [];
  latest: Turn | undefined;
  /** The frames that came. */
  readonly frames: { type: string; requestId: string }[] = [];
  /** In which words a message is refused, if one is. */
  refusal: string | undefined;
  loads = 0;
  /** What every load waits for. */
  gate: Promise<void> = Promise.resolve();
  /** How many loads are on their way, and how many there were at a time. */
  loading = 0;
  mostLoading = 0;
  /** By the id of the question. */
  readonly #turns = new Map<string, Turn>();

  /** A WebSocket to it. */
  socket(): new () => WebSocket {
    const server = this;
    return class {
      readyState = 1;
      onopen?: () => void;
      onmessage?: (event: object) => void;

      constructor() {
        queueMicrotask(() => this.onopen?.());
      }

      send(text: string): void {
        const frame = JSON.parse(text);
        server.frames.push(frame);
        server.#asked(frame, said => this.onmessage?.({ data: JSON.stringify({ ...said, requestId: frame.requestId }) }));
      }

      close(): void {}
    } as never;
  }

  async load(): Promise<UIMessage[]> {
    this.loads++;
    this.mostLoading = Math.max(this.mostLoading, ++this.loading);
    const record = structuredClone(this.record);
    await this.gate.finally(() => this.loading--);
    return record;
  }

  get resumes(): number {
    return this.frames.filter(({ type }) => type === 'resume').length;
  }

  /** A turn begins, with a user's message or without one. */
  begin(name: string, question?: string): Turn {
    if (question !== undefined) {
      this.record.push(userMessage(question, `question-${name}`));
    }
    this.latest = { turnId: `turn-${name}`, messageId: `answer-${name}`, chunks: [], isOver: false, readers: new Map() };
    this.#turns.set(`question-${name}`, this.latest);
    this.say({ type: 'start', messageId: this.latest.messageId, messageMetadata: { turnId: this.latest.turnId } });
    return this.latest;
  }

  say(...chunks: UIMessageChunk[]): void {
    for (const chunk of chunks) {
      const sequence = this.latest!.chunks.push(chunk) - 1;
      this.latest!.readers.forEach(tell => tell({ type: 'chunk', sequence, chunk }));
    }
  }

  text(delta: string): void {
    this.say({ type: 'start-step' }, { type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta }, { type: 'text-end', id: 't' }, { type: 'finish-step' });
  }

  /** The turn ends: its message is in the record, and its readers are told. */
  end(message?: UIMessage): void {
    const { turnId, messageId } = this.latest!;
    this.put(message ?? answer(turnId.slice(5), this.latest!.chunks.map(chunk => (chunk.type === 'text-delta' ? chunk.delta : '')).join('')));
    this.say({ type: 'finish' });
    this.latest!.isOver = true;
    this.release();
    assert.ok(this.record.some(({ id }) => id === messageId));
  }

  put(message: UIMessage): void {
    this.record = [...this.record.filter(({ id }) => id !== message.id), message];
  }

  /** Its readers get the end of their requests. */
  release(): void {
    this.latest!.readers.forEach(tell => tell({ type: 'end' }));
    this.latest!.readers.clear();
  }

  #asked({ type, requestId, messages }: { type: string; requestId: string; messages?: UIMessage[] }, tell: (frame: object) => void): void {
    const turn = type === 'send' ? this.#turns.get(messages!.at(-1)!.id) : this.latest;
    if (type === 'abort') {
      this.#turns.forEach(({ readers }) => readers.delete(requestId));
    } else if (type === 'send' && this.refusal !== undefined) {
      tell({ type: 'error', errorText: this.refusal });
    } else if (turn === undefined) {
      tell({ type: 'no-active' });
    } else {
      tell({ type: 'start' });
      turn.chunks.forEach((chunk, sequence) => tell({ type: 'chunk', sequence, chunk }));
      if (turn.isOver) {
        tell({ type: 'end' });
      } else {
        turn.readers.set(requestId, tell);
      }
    }
  }
}

const stepped = (text: string) => [{ type: 'step-start' as const }, { type: 'text' as const, text, state: 'done' as const }];

function answer(name: string, text: string, ...parts: object[]): UIMessage {
  return { id: `answer-${name}`, role: 'assistant', metadata: { turnId: `turn-${name}` }, parts: [...parts, ...(text === '' ? [] : stepped(text))] as UIMessage['parts'] };
}

const PENDING = { type: 'operation_pending', operation_id: 'op-1', message: 'It goes on.' };
const build = (output: unknown) => ({ type: 'tool-build', toolCallId: 'c1', state: 'output-available', input: {}, output });

const operation = (status: Operation['status'], over: Partial<Operation> = {}): Operation => ({
  operationId: 'op-1',
  turnId: 'turn-1',
  toolCallId: 'c1',
  toolName: 'build',
  createdAt: '2026-01-01T00:00:00Z',
  status,
  ...over,
});

const started = (name: string): SessionEvent => ({ type: 'turn-started', turnId: `turn-${name}` });
const continued = (name: string): SessionEvent => ({ type: 'turn-continued', turnId: `turn-${name}` });
const waiting = (name: string): SessionEvent => ({ type: 'turn-waiting', turnId: `turn-${name}` });
const ended = (name: string): SessionEvent => ({ type: 'turn-ended', turnId: `turn-${name}`, status: 'completed' });
const changed = (status: Operation['status'], over: Partial<Operation> = {}): SessionEvent => ({ type: 'operation-changed', operation: operation(status, over) });

describe('a follower', () => {
  const closers: (() => void)[] = [];
  afterEach(() => closers.splice(0).forEach(close => close()));

  /** A tab that shows what the record has, and follows. */
  function tabOf(server: Server) {
    const transport = new WebSocketChatTransport<UIMessage>({ url: 'ws://server/ws', webSocket: server.socket() as never });
    const chat = new Chat<UIMessage>({
      id: 'session-1',
      messages: structuredClone(server.record),
      transport,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    });
    const follower = new SessionFollower<UIMessage>({ chat, load: () => server.load() });
    closers.push(() => {
      follower.close();
      transport.close();
    });
    return { chat, follower, texts: () => chat.messages.map(textOf), ids: () => chat.messages.map(({ id }) => id) };
  }

  /** Until everything has come to rest that needs no time. */
  async function rest(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      await turn();
    }
  }

  const shows = (chat: Chat<UIMessage>, ...texts: string[]) =>
    until(JSON.stringify(texts), () => JSON.stringify(chat.messages.map(textOf)) === JSON.stringify(texts) && chat.status === 'ready', () => [chat.status, chat.messages]);

  test('shows what another tab asks, and its answer as it comes', async () => {
    const server = new Server();
    const { chat, follower, texts } = tabOf(server);
    server.begin('1', 'hello');
    server.text('one ');
    follower.see(started('1'));
    await until('the beginning', () => chat.status === 'streaming' && texts()[1] === 'one ', texts);
    assert.equal(follower.isResuming, true);
    server.text('two');
    await until('more of it', () => texts()[1] === 'one two', texts);
    server.end();
    follower.see(ended('1'));
    await shows(chat, 'hello', 'one two');
    assert.equal(follower.isResuming, false);
    assert.deepEqual([server.loads, server.resumes], [1, 1]);
  });

  test('adds the answer that follows an operation as a message of its own, and copies nothing into it', async () => {
    const server = new Server();
    server.record = [userMessage('build', 'question-1'), answer('1', 'It has begun.', build(PENDING))];
    const { chat, follower, ids } = tabOf(server);
    server.put(answer('1', 'It has begun.', build({ report: 'thick' })));
    follower.see(changed('completed'));
    server.begin('2');
    follower.see(started('2'));
    server.text('Here it is.');
    server.end();
    follower.see(ended('2'));
    await shows(chat, 'build', 'It has begun.', 'Here it is.');
    assert.deepEqual(ids(), ['question-1', 'answer-1', 'answer-2']);
    assert.deepEqual(chat.messages[1]!.parts[0], build({ report: 'thick' }));
    assert.deepEqual(chat.messages[2]!.parts.map(({ type }) => type), ['step-start', 'text']);
  });

  test('copies nothing either while the message before has parts that the SDK keeps for what goes on', async () => {
    const server = new Server();
    const responded = { type: 'tool-pay', toolCallId: 'c2', state: 'approval-responded', input: {}, approval: { id: 'a1', approved: true } };
    server.record = [userMessage('pay', 'question-1'), answer('1', '', responded)];
    const { chat, follower, ids } = tabOf(server);
    server.begin('2');
    server.text('Here it is.');
    follower.see(started('2'));
    await until('the answer', () => textOf(chat.messages.at(-1)) === 'Here it is.', () => chat.messages);
    server.end();
    follower.see(ended('2'));
    await until('its end', () => chat.status === 'ready' && !follower.isResuming);
    assert.deepEqual(ids(), ['question-1', 'answer-1', 'answer-2']);
    assert.deepEqual(chat.messages[2]!.parts.map(({ type }) => type), ['step-start', 'text']);
    assert.deepEqual(chat.messages[1]!.parts, [responded]);
  });

  test('loads the result of an operation in its place, once, however often it is told', async () => {
    const server = new Server();
    server.record = [userMessage('build', 'question-1'), answer('1', 'It has begun.', build(PENDING))];
    const { chat, follower } = tabOf(server);
    follower.see(changed('running', { progress: { percent: 40, message: 'Cutting' } }));
    await rest();
    assert.equal(server.loads, 0, 'progress is no reason');
    server.put(answer('1', 'It has begun.', build({ report: 'thick' })));
    for (let i = 0; i < 20; i++) {
      follower.see(changed('completed'));
    }
    await until('the result', () => JSON.stringify(chat.messages[1]).includes('thick'), () => chat.messages);
    follower.see(changed('completed'));
    await rest();
    assert.equal(server.loads, 1);
    assert.equal(server.mostLoading, 1);
    assert.equal(server.resumes, 0);
  });

  test('looks again for a result that was told of before it was in the record, but not for ever', async () => {
    const server = new Server();
    server.record = [userMessage('build', 'question-1'), answer('1', 'It has begun.', build(PENDING))];
    const { chat, follower } = tabOf(server);
    const watching: SessionEvent = { type: 'watching', latestTurn: { turnId: 'turn-1', status: 'completed' }, operations: [operation('cancelled')] };
    for (let i = 0; i < 10; i++) {
      follower.see(watching);
      await rest();
    }
    assert.equal(server.loads, 3);
    server.put(answer('1', 'It has begun.', build({ report: 'none' })));
    follower.see(ended('1'));
    await until('the result', () => JSON.stringify(chat.messages[1]).includes('none'), () => chat.messages);
  });

  test('knows how far an operation is, whatever order it is told in', () => {
    const { follower } = tabOf(new Server());
    const of = () => follower.operations.get('op-1');
    const at = (percent: number) => changed('running', { progress: { percent } });
    [20, 60, 40].forEach(percent => follower.see(at(percent)));
    assert.deepEqual(of()!.progress, { percent: 60 });
    follower.see(changed('failed', { error: { kind: 'failed', message: 'no paper' } }));
    follower.see(at(80));
    assert.equal(of()!.status, 'failed');
  });

  test('leaves alone what the tab itself receives, though the events come late and twice', async () => {
    const server = new Server();
    const { chat, follower } = tabOf(server);
    server.begin('1', 'hello');
    const asked = chat.sendMessage(userMessage('hello', 'question-1'));
    follower.see(started('1'));
    await until('the request', () => server.frames.length === 1);
    server.text('fine');
    server.end();
    follower.see(started('1'));
    await asked;
    [started('1'), ended('1'), ended('1'), started('1')].forEach(event => follower.see(event));
    follower.see({ type: 'watching', latestTurn: { turnId: 'turn-1', status: 'completed' }, operations: [] });
    await shows(chat, 'hello', 'fine');
    await rest();
    assert.deepEqual([server.loads, server.resumes], [0, 0]);
  });

  test('waits until the tab has received its own answer, then takes up the next', async () => {
    const server = new Server();
    const { chat, follower, texts } = tabOf(server);
    const first = server.begin('1', 'hello');
    const asked = chat.sendMessage(userMessage('hello', 'question-1'));
    server.text('fine');
    await until('the answer', () => texts()[1] === 'fine', texts);
    // The next begins before this tab has seen the end of the first.
    server.put(answer('1', 'fine'));
    follower.see(ended('1'));
    follower.see(started('2'));
    await rest();
    assert.deepEqual([server.loads, server.resumes], [0, 0]);
    assert.equal(server.latest, first);
    server.end();
    server.begin('2', 'and you?');
    server.text('fine too');
    await asked;
    await until('the next answer', () => texts()[3] === 'fine too', texts);
    server.end();
    await shows(chat, 'hello', 'fine', 'and you?', 'fine too');
    assert.deepEqual([server.loads, server.resumes], [1, 1]);
  });

  test('does not lose what is said while it loads, nor what is said while it resumes', async () => {
    const server = new Server();
    const { chat, follower, texts } = tabOf(server);
    let open = () => {};
    server.gate = new Promise(resolve => (open = resolve));
    server.begin('1', 'hello');
    server.text('fine');
    follower.see(started('1'));
    await until('a load', () => server.loading === 1);
    follower.see(ended('1'));
    server.end();
    open();
    await shows(chat, 'hello', 'fine');

    server.begin('2', 'again');
    follower.see(started('2'));
    server.text('still fine');
    await until('the answer', () => texts()[3] === 'still fine', texts);
    follower.see(ended('2'));
    follower.see(started('3'));
    follower.see(ended('3'));
    server.end();
    server.record.push(userMessage('missed', 'question-3'), answer('3', 'not for long'));
    await shows(chat, 'hello', 'fine', 'again', 'still fine', 'missed', 'not for long');
    assert.equal(server.mostLoading, 1);
  });

  test('shows the question of a turn that begins while an older record comes', async () => {
    const server = new Server();
    const { chat, follower, ids } = tabOf(server);
    let open = () => {};
    server.gate = new Promise(resolve => (open = resolve));
    follower.see(ended('0'));
    await until('a load', () => server.loading === 1);
    server.begin('1', 'hello');
    server.text('fine');
    follower.see(started('1'));
    open();
    await until('the answer', () => textOf(chat.messages.at(-1)) === 'fine', ids);
    server.end();
    follower.see(ended('1'));
    await shows(chat, 'hello', 'fine');
    assert.deepEqual([server.loads, server.resumes], [2, 1]);
  });

  test('does not put an older record in the place of what was sent while it came', async () => {
    const server = new Server();
    server.record = [userMessage('build', 'question-1'), answer('1', 'It has begun.', build(PENDING))];
    const { chat, follower } = tabOf(server);
    let open = () => {};
    server.gate = new Promise(resolve => (open = resolve));
    server.put(answer('1', 'It has begun.', build({ report: 'thick' })));
    follower.see(changed('completed'));
    await until('a load', () => server.loading === 1);
    server.begin('2', 'hello');
    const asked = chat.sendMessage(userMessage('hello', 'question-2'));
    server.text('fine');
    await until('the request', () => server.frames.length === 1);
    server.end();
    await asked;
    open();
    await until('the result', () => JSON.stringify(chat.messages[1]).includes('thick'), () => chat.messages);
    assert.deepEqual(chat.messages.map(textOf), ['build', 'It has begun.', 'hello', 'fine']);
    assert.equal(server.loads, 2);
  });

  test('keeps what it has received of a turn that the record does not have yet', async () => {
    const server = new Server();
    server.record = [userMessage('build', 'question-1'), answer('1', 'It has begun.', build(PENDING))];
    const { chat, follower } = tabOf(server);
    server.begin('2', 'hello');
    const asked = chat.sendMessage(userMessage('hello', 'question-2'));
    server.text('fine');
    await until('the request', () => server.frames.length === 1);
    const record = server.record;
    server.end();
    server.record = record;
    await asked;
    server.record = record.map(message => (message.id === 'answer-1' ? answer('1', 'It has begun.', build({ report: 'thick' })) : message));
    const shown: number[] = [];
    chat['~registerMessagesCallback'](() => shown.push(chat.messages.length));
    follower.see(changed('completed'));
    await until('the result', () => JSON.stringify(chat.messages[1]).includes('thick'), () => chat.messages);
    assert.deepEqual(chat.messages.map(textOf), ['build', 'It has begun.', 'hello', 'fine']);
    assert.deepEqual(shown, [4]);
  });

  test('takes up a turn that a human has answered elsewhere', async () => {
    const server = new Server();
    const requested = { type: 'tool-pay', toolCallId: 'c2', state: 'approval-requested', input: {}, approval: { id: 'a1' } };
    const { chat, follower } = tabOf(server);
    server.begin('1', 'pay');
    server.say(
      { type: 'start-step' },
      { type: 'tool-input-available', toolCallId: 'c2', toolName: 'pay', input: {} },
      { type: 'tool-approval-request', approvalId: 'a1', toolCallId: 'c2' },
    );
    follower.see(started('1'));
    await until('the question', () => JSON.stringify(chat.messages).includes('approval-requested'), () => chat.messages);
    server.put(answer('1', '', { type: 'step-start' }, requested));
    server.release();
    follower.see(waiting('1'));
    await until('the end of its stream', () => chat.status === 'ready' && !follower.isResuming);
    follower.see({ type: 'watching', activeTurn: { turnId: 'turn-1', status: 'waiting' }, operations: [] });
    await rest();
    assert.equal(server.resumes, 1, 'a question that is shown is not asked for again');

    server.say({ type: 'tool-approval-response', approvalId: 'a1', approved: true }, { type: 'tool-output-available', toolCallId: 'c2', output: 'paid' }, { type: 'finish-step' });
    server.text('Done.');
    follower.see(continued('1'));
    follower.see(continued('1'));
    await until('what follows', () => textOf(chat.messages.at(-1)) === 'Done.', () => chat.messages);
    server.end(answer('1', 'Done.'));
    await shows(chat, 'pay', 'Done.');
    assert.equal(server.resumes, 2);
    assert.equal(chat.messages.length, 2);
  });

  test('loads what followed a question that was answered elsewhere, if that was missed', async () => {
    const server = new Server();
    const { chat, follower } = tabOf(server);
    server.begin('1', 'pay');
    server.say(
      { type: 'start-step' },
      { type: 'tool-input-available', toolCallId: 'c2', toolName: 'pay', input: {} },
      { type: 'tool-approval-request', approvalId: 'a1', toolCallId: 'c2' },
    );
    follower.see(started('1'));
    await until('the question', () => JSON.stringify(chat.messages).includes('approval-requested'), () => chat.messages);
    server.release();
    await until('the end of its stream', () => chat.status === 'ready' && !follower.isResuming);
    server.put(answer('1', 'Done.'));
    follower.see(ended('1'));
    follower.see(ended('1'));
    await shows(chat, 'pay', 'Done.');
    assert.deepEqual([server.loads, server.resumes], [2, 1]);
  });

  test('does not undo the answers to approvals that wait for others', async () => {
    const server = new Server();
    const asked = (id: string) => ({ type: 'tool-pay', toolCallId: `c${id}`, state: 'approval-requested', input: {}, approval: { id } });
    server.record = [
      userMessage('build', 'question-1'),
      answer('1', 'It has begun.', build(PENDING)),
      userMessage('pay', 'question-2'),
      answer('2', '', asked('a1'), asked('a2')),
    ];
    const { chat, follower } = tabOf(server);
    await chat.addToolApprovalResponse({ id: 'a1', approved: false, reason: 'no' });
    server.record[1] = answer('1', 'It has begun.', build({ report: 'thick' }));
    follower.see(changed('completed'));
    await until('the result', () => JSON.stringify(chat.messages[1]).includes('thick'), () => chat.messages);
    assert.deepEqual(chat.messages[3]!.parts.map(part => (part as { state: string }).state), ['approval-responded', 'approval-requested']);
  });

  test('loads what it has missed, and only that, when it is told how the session is', async () => {
    const server = new Server();
    server.record = [userMessage('hello', 'question-1'), answer('1', 'fine')];
    const { chat, follower } = tabOf(server);
    server.record.push(userMessage('again', 'question-2'), answer('2', 'still fine'));
    const watching: SessionEvent = { type: 'watching', latestTurn: { turnId: 'turn-2', status: 'completed' }, operations: [] };
    follower.see(watching);
    await shows(chat, 'hello', 'fine', 'again', 'still fine');
    for (let i = 0; i < 5; i++) {
      follower.see(watching);
      await rest();
    }
    assert.deepEqual([server.loads, server.resumes], [1, 0]);
  });

  test('takes up an answer of which the record had only a part', async () => {
    const server = new Server();
    server.begin('1', 'hello');
    server.text('one ');
    server.put(answer('1', 'one '));
    const { chat, follower } = tabOf(server);
    server.text('two');
    follower.see({ type: 'watching', activeTurn: { turnId: 'turn-1', status: 'running' }, operations: [] });
    await until('all of it', () => textOf(chat.messages[1]) === 'one two', () => chat.messages);
    server.end();
    await shows(chat, 'hello', 'one two');
    assert.equal(server.resumes, 1);
  });

  test('loads an answer of which the record had only a part, if it has ended since', async () => {
    const server = new Server();
    server.record = [userMessage('hello', 'question-1'), answer('1', 'one ')];
    const { chat, follower } = tabOf(server);
    server.put(answer('1', 'one two'));
    follower.see({ type: 'watching', latestTurn: { turnId: 'turn-1', status: 'completed' }, operations: [] });
    await shows(chat, 'hello', 'one two');
    assert.equal(server.resumes, 0);
  });

  test('tries again until the record can be loaded, at once when the connection is back', async () => {
    const server = new Server();
    const { chat, follower } = tabOf(server);
    server.record.push(userMessage('hello', 'question-1'), answer('1', 'fine'));
    server.gate = Promise.reject(new Error('no network'));
    server.gate.catch(() => {});
    follower.see(ended('1'));
    await until('a failure', () => server.loads === 1 && server.loading === 0);
    await until('another', () => server.loads === 2 && server.loading === 0);
    server.gate = Promise.resolve();
    await rest();
    const before = performance.now();
    follower.see({ type: 'watching', latestTurn: { turnId: 'turn-1', status: 'completed' }, operations: [] });
    await shows(chat, 'hello', 'fine');
    assert.ok(performance.now() - before < 1_000, 'it did not wait for its next attempt');
  });

  test('keeps a message that was refused, and the error, and shows what others say above it', async () => {
    const server = new Server();
    const { chat, follower, texts } = tabOf(server);
    server.refusal = 'An answer is already on its way.';
    await chat.sendMessage(userMessage('mine', 'mine'));
    assert.equal(chat.status, 'error');
    server.begin('1', 'hello');
    follower.see(started('1'));
    server.text('fine');
    await rest();
    assert.deepEqual(texts(), ['mine'], 'an answer to another would come below it');
    server.end();
    follower.see(ended('1'));
    await until('what the other said', () => texts().length === 3, texts);
    assert.deepEqual(texts(), ['hello', 'fine', 'mine']);
    assert.equal(chat.error?.message, server.refusal);
    assert.equal(server.resumes, 0);
  });

  test('shows the record in the place of an answer that could not be resumed, without its error', async () => {
    const server = new Server();
    const { chat, follower } = tabOf(server);
    server.refusal = 'The connection was lost for too long: the answer has to be loaded again.';
    await chat.sendMessage(userMessage('hello', 'question-1'));
    assert.ok(isOutdated(chat.error));
    server.record = [...chat.messages];
    follower.refresh();
    await until('no error', () => chat.error === undefined, () => chat.error?.message);
    server.record.push(answer('1', 'fine'));
    follower.refresh();
    await shows(chat, 'hello', 'fine');
  });

  const SEED = Number(process.env.RANDOM_SEED ?? randomInt(1_000_000));

  test(`comes to show the record whatever happens and whatever is told of it, seed ${SEED}`, async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => atRandom(new Dice(SEED * 100 + i))));
  });

  /** Others ask, this tab asks, an operation ends; events are lost, come twice, late, and in any order. */
  async function atRandom(dice: Dice): Promise<void> {
    const server = new Server();
    server.record = [userMessage('build', 'question-0'), answer('0', 'It has begun.', build(PENDING))];
    const { chat, follower, texts } = tabOf(server);
    const told: SessionEvent[] = [];
    let turns = 0;
    let done: Operation['status'] = 'running';
    const isQuiet = () => server.latest?.isOver ?? true;
    const isInStep = () => {
      const ids = (messages: UIMessage[]) => messages.map(({ id }) => id).join();
      return chat.status === 'ready' && ids(chat.messages) === ids(server.record) && texts().join() === server.record.map(textOf).join();
    };
    const begin = (...question: [string?]) => {
      const { turnId } = server.begin(`${++turns}`, ...question);
      told.push({ type: 'turn-started', turnId });
    };
    const end = () => {
      told.push({ type: 'turn-ended', turnId: server.latest!.turnId, status: 'completed' });
      server.end();
    };
    const watching = (): SessionEvent => ({
      type: 'watching',
      ...(server.latest && (isQuiet() ? { latestTurn: { turnId: server.latest.turnId, status: 'completed' } } : { activeTurn: { turnId: server.latest.turnId, status: 'running' } })),
      operations: [operation(done, { turnId: 'turn-0' })],
    });
    for (let i = 0; i < 60; i++) {
      switch (dice.below(7)) {
        case 0:
          if (isQuiet()) {
            begin(`question ${turns}`);
          }
          break;
        case 1:
          // Whoever sends something has seen what was said before.
          if (isInStep() && isQuiet() && !follower.isResuming) {
            begin(`mine ${turns}`);
            void chat.sendMessage(server.record.at(-1)!);
          }
          break;
        case 2:
          if (isQuiet() && done === 'running') {
            done = 'completed';
            server.record[1] = answer('0', 'It has begun.', build({ report: 'thick' }));
            told.push(changed('completed', { turnId: 'turn-0' }));
            begin();
          }
          break;
        case 3:
          if (!isQuiet()) {
            server.text(`word ${i} `);
          }
          break;
        case 4:
          if (!isQuiet()) {
            end();
          }
          break;
        case 5:
          for (const event of dice.shuffled(told.splice(0))) {
            Array.from({ length: dice.pick([0, 1, 1, 2]) }, () => follower.see(event));
          }
          break;
        case 6:
          for (let turns = dice.below(20); turns > 0; turns--) {
            await turn();
          }
      }
    }
    if (!isQuiet()) {
      end();
    }
    await until(
      'the record',
      () => {
        // As with each ping.
        follower.see(watching());
        return isInStep() && (done === 'running' || JSON.stringify(chat.messages[1]).includes('thick'));
      },
      () => [chat.status, follower.isResuming, texts(), server.record.map(textOf)],
    );
    assert.equal(server.mostLoading, Math.min(1, server.loads), 'one at a time');
  }

  test('says nothing more once it is closed', async () => {
    const server = new Server();
    const { chat, follower } = tabOf(server);
    let open = () => {};
    server.gate = new Promise(resolve => (open = resolve));
    server.record.push(userMessage('hello', 'question-1'), answer('1', 'fine'));
    follower.see(ended('1'));
    await until('a load', () => server.loading === 1);
    follower.close();
    open();
    follower.see(ended('2'));
    await rest();
    assert.deepEqual(chat.messages, []);
    assert.equal(server.loads, 1);
  });
});
