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
