import { useChat } from '@ai-sdk/react';
import { isToolUIPart, type UIMessage } from 'ai';
import { type KeyboardEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Operation } from '../index.ts';
import type { Conversation, Link } from './conversation.ts';
import { type Call, pendingOf, ToolCall } from './tool-call.tsx';

/** What the scripted model of the local system understands. */
const PHRASES = [
  'count to 20',
  'count to 200 every 50 ms',
  'think first\ncount to 5',
  'recall',
  'fail throttled 2 times',
  'fail midstream 1 times',
  'fail validation',
  'show system',
  'use wait {"ms":3000}\nuse echo {"value":"hello"}',
  'use transfer {"to":"bob","amount":10}\nthen\ncount to 5',
  'use fail {"message":"The mill is broken"}',
  'use big {"bytes":200000}',
  'use research {"ms":8000,"progress":7}',
  'use build_report {"ms":15000,"progress":14}',
];

export function ChatView({ conversation }: { conversation: Conversation }) {
  const { messages, status, error, sendMessage, stop, addToolApprovalResponse } = useChat({
    chat: conversation.chat,
    throttle: 50,
  });
  const link = useSyncExternalStore(conversation.subscribe, () => conversation.link);
  const answering = status === 'submitted' || status === 'streaming';
  const waits = !answering && isWaiting(messages.at(-1));
  const busy = answering || link.resuming || waits;
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  useStickyEnd(messages.at(-1)?.role === 'user', messages, error);

  const send = () => {
    if (!busy && text.trim() !== '') {
      void sendMessage({ text });
      setText('');
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a word is being composed (in Japanese, say), Enter belongs to the input method.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  const tryPhrase = (phrase: string) => {
    setText(phrase);
    input.current?.focus();
  };

  return (
    <>
      <main>
        <div role="log" aria-label="Conversation" aria-busy={busy}>
          <ol>
            {messages.map((message, i) => (
              <Message
                key={message.id}
                conversation={conversation}
                message={message}
                operations={link.operations}
                answer={(id, approved, reason) => void addToolApprovalResponse({ id, approved, reason })}
                writing={busy && !waits && i === messages.length - 1}
                failed={error !== undefined && i === messages.length - 1}
              />
            ))}
            {status === 'submitted' && messages.at(-1)?.role === 'user' && <Waiting />}
          </ol>
        </div>
        {error !== undefined && !link.resuming && (
          <div role="alert" className="problem">
            <p>{error.message}</p>
            <button type="button" onClick={() => void conversation.retry()}>
              Try again
            </button>
          </div>
        )}
        {messages.length === 0 && (
          <p className="welcome">
            Say something. Reload in the middle of the answer, open a second tab, pull the cable: nothing is lost.
          </p>
        )}
      </main>
      <footer>
        <details className="phrases" open={messages.length === 0}>
          <summary>Phrases to try</summary>
          <ul>
            {PHRASES.map(phrase => (
              <li key={phrase}>
                <button type="button" onClick={() => tryPhrase(phrase)}>
                  {phrase.replace('\n', ' ⏎ ')}
                </button>
              </li>
            ))}
          </ul>
        </details>
        <form
          className="row"
          onSubmit={event => {
            event.preventDefault();
            send();
          }}
        >
          <label className="visually-hidden" htmlFor="text">
            Message
          </label>
          <textarea
            id="text"
            ref={input}
            rows={1}
            value={text}
            autoFocus
            placeholder="Message"
            onChange={event => setText(event.target.value)}
            onKeyDown={onKeyDown}
          />
          {answering ? (
            <button
              type="button"
              onClick={() => {
                void stop();
                // This button goes; what comes next is most likely another message.
                input.current?.focus();
              }}
            >
              Stop
            </button>
          ) : (
            <button className="primary" disabled={busy || text.trim() === ''}>
              Send
            </button>
          )}
        </form>
        {waits && (
          <p role="status" className="note">
            The assistant waits for your answer above: confirm or deny.
          </p>
        )}
        <p role="status" className={`link ${link.socket}`}>
          {LINKS[link.socket]}
        </p>
      </footer>
    </>
  );
}

const LINKS: Record<Link['socket'], string> = {
  none: 'Not connected. The next message connects.',
  connecting: 'Connecting…',
  online: 'Connected',
  reconnecting: 'Connection lost. Reconnecting…',
  offline: 'Offline. Nothing is lost: it goes on when the connection is back.',
  closed: 'Not connected',
};

/** Whether a human must confirm or deny before the answer goes on. */
function isWaiting(message: UIMessage | undefined): boolean {
  return message?.parts.some(part => isToolUIPart(part) && part.state === 'approval-requested') ?? false;
}

/** What is known of the operation that a call began, if it began one. */
function operationOf(call: Call, message: UIMessage, operations: ReadonlyMap<string, Operation>): Operation | undefined {
  const pending = pendingOf(call);
  if (pending !== undefined) {
    return operations.get(pending.operation_id);
  }
  const { turnId } = (message.metadata ?? {}) as { turnId?: string };
  return [...operations.values()].find(operation => operation.toolCallId === call.toolCallId && operation.turnId === turnId);
}

function Message({
  conversation,
  message,
  operations,
  answer,
  writing,
  failed,
}: {
  conversation: Conversation;
  message: UIMessage;
  operations: ReadonlyMap<string, Operation>;
  answer: (approvalId: string, approved: boolean, reason?: string) => void;
  writing: boolean;
  failed: boolean;
}) {
  if (!message.parts.some(part => isToolUIPart(part) || ('text' in part && part.text !== ''))) {
    // What went wrong is said below, in words.
    return writing ? <Waiting /> : failed ? null : <li className="assistant note">No answer</li>;
  }
  return (
    <li className={message.role}>
      <span className="visually-hidden">{message.role === 'user' ? 'You: ' : 'Assistant: '}</span>
      {message.parts.map((part, i) => {
        if (isToolUIPart(part)) {
          return (
            <ToolCall
              key={part.toolCallId}
              call={part}
              operation={operationOf(part, message, operations)}
              answer={answer}
              whole={url => conversation.whole(url)}
              cancel={id => conversation.cancel(id)}
            />
          );
        }
        switch (part.type) {
          case 'text':
            return <p key={i}>{part.text}</p>;
          case 'reasoning':
            return (
              <details key={i} className="reasoning">
                <summary>{part.state === 'streaming' ? 'Thinking…' : 'Reasoning'}</summary>
                <p>{part.text}</p>
              </details>
            );
          default:
            return null;
        }
      })}
    </li>
  );
}

function Waiting() {
  return (
    <li className="assistant waiting">
      <span className="visually-hidden">The answer is on its way</span>
      <i /> <i /> <i />
    </li>
  );
}

/** Keeps the end in view while it grows, unless the reader has scrolled up. */
function useStickyEnd(own: boolean, ...grows: unknown[]): void {
  const sticks = useRef(true);
  useEffect(() => {
    const scrolled = () => {
      const { scrollHeight, scrollTop, clientHeight } = document.documentElement;
      sticks.current = scrollHeight - scrollTop - clientHeight < 80;
    };
    addEventListener('scroll', scrolled, { passive: true });
    return () => removeEventListener('scroll', scrolled);
  }, []);
  useEffect(() => {
    if (sticks.current || own) {
      scrollTo(0, document.documentElement.scrollHeight);
    }
  }, [own, ...grows]);
}
