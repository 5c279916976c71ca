import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type UIMessage, WebSocketChatTransport } from 'ai';
import { lastMessageOnly } from '../src/index.ts';
import { userMessage } from './support.ts';

describe('lastMessageOnly', () => {
  test('keeps the last of several messages', () => {
    const messages = [userMessage('one'), userMessage('two'), userMessage('three')];
    assert.deepEqual(lastMessageOnly({ messages }), { messages: [messages[2]] });
    assert.equal(messages.length, 3, 'the caller keeps its list');
  });

  test('sends nothing of nothing', () => {
    assert.deepEqual(lastMessageOnly({ messages: [] }), { messages: [] });
  });

  const answers = [
    { type: 'tool-transfer', toolCallId: 'c1', state: 'approval-responded', input: { to: 'bob' }, approval: { id: 'a1', approved: true } },
    {
      type: 'dynamic-tool',
      toolName: 'shop_order',
      toolCallId: 'c2',
      state: 'approval-responded',
      input: null,
      approval: { id: 'a2', approved: false, reason: 'Too dear' },
    },
  ];

  test('keeps of the assistant’s message the answers to approvals, and of them what the server looks at', () => {
    const [transfer, order] = answers;
    const message = {
      id: 'msg_1',
      role: 'assistant',
      metadata: { turnId: 'turn_1' },
      parts: [
        { type: 'step-start' },
        { type: 'text', text: 'long '.repeat(100_000) },
        { type: 'data-chart', data: { state: 'approval-responded' } },
        { type: 'tool-echo', toolCallId: 'c0', state: 'output-available', input: {}, output: 'long '.repeat(100_000) },
        { ...transfer, title: 'Transfer', rawInput: '{"to":"bob"}', output: undefined, callProviderMetadata: {} },
        { ...order, preliminary: undefined },
      ],
    };
    const { messages } = lastMessageOnly({ messages: [userMessage('pay'), message] });
    assert.deepEqual(messages, [{ id: 'msg_1', role: 'assistant', parts: answers }]);
    assert.equal(message.parts.length, 6, 'the caller keeps its message');
  });

  test('keeps an assistant’s message that answers nothing, and a user’s whatever it holds', () => {
    for (const message of [{ id: 'msg_1', role: 'assistant', parts: [{ type: 'text', text: 'hello' }] }, { id: 'm1', role: 'user', parts: answers }]) {
      assert.equal(lastMessageOnly({ messages: [message] }).messages[0], message);
    }
  });

  test('makes the transport send the last message, and leaves the rest of the frame as it is', async () => {
    const sent: string[] = [];
    class Socket {
      readyState = 0;
      onopen?: () => void;
      constructor() {
        queueMicrotask(() => {
          this.readyState = 1;
          this.onopen?.();
        });
      }
      send(text: string) {
        sent.push(text);
      }
      close() {}
    }
    const transport = new WebSocketChatTransport<UIMessage>({
      url: 'ws://localhost/ws',
      webSocket: Socket as never,
      headers: { 'x-shop': 'north' },
      body: { topic: 'tea' },
      prepareSendMessagesRequest: lastMessageOnly,
    });
    const last = userMessage('two');
    await transport.sendMessages({
      chatId: 'chat-0001',
      trigger: 'submit-message',
      messageId: undefined,
      messages: [userMessage('one'), last],
      abortSignal: undefined,
    });

    const { requestId, ...frame } = JSON.parse(sent[0]!);
    assert.equal(typeof requestId, 'string');
    assert.deepEqual(frame, {
      type: 'send',
      id: 'chat-0001',
      trigger: 'submit-message',
      messages: [last],
      headers: { 'x-shop': 'north' },
      body: { topic: 'tea' },
    });
    transport.close();
  });
});
