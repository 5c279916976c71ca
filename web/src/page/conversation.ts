import { Chat } from '@ai-sdk/react';
import { type UIMessage, WebSocketChatTransport } from 'ai';
import { lastMessageOnly } from '../index.ts';
import { tokenFor } from './server.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * How the socket is, and whether the server has been asked for a running answer. Until it has sent the whole of it,
 * nothing else should be asked: `Chat` mixes up two answers at a time.
 */
export type Link = { socket: 'none' | 'connecting' | 'open'; resuming: boolean };

/**
 * A session as the page holds it: the AI SDK's `Chat`, its socket, and the will to get back to a running answer.
 *
 * It resumes by itself rather than by `useChat({ resume: true })`, for two reasons. That resumes once; a socket
 * that drops later would end the answer on this page. And two resumes at a time must not be: the newer makes `Chat`
 * abort the older, and an `abort` stops the turn for everyone.
 */
export class Conversation {
  readonly chat: Chat<UIMessage>;
  readonly #transport: WebSocketChatTransport<UIMessage>;
  readonly #listeners = new Set<() => void>();
  #link: Link = { socket: 'none', resuming: false };
  #recovering = false;
  #closed = false;

  constructor(session: string, user: string, messages: UIMessage[]) {
    this.#transport = new WebSocketChatTransport<UIMessage>({
      url: '/ws',
      params: async () => ({ token: await tokenFor(user) }),
      webSocket: this.#watchedSocket() as never,
      // The server holds the history, and API Gateway takes frames of 32 KB: all messages would not fit for long.
      prepareSendMessagesRequest: lastMessageOnly,
    });
    this.chat = new Chat<UIMessage>({
      id: session,
      messages,
      transport: this.#transport,
      onError: error => {
        if (isLost(error)) {
          void this.#recover();
        }
      },
    });
  }

  get link(): Link {
    return this.#link;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes up the answer that is running, if one is, and waits for its end. */
  async resume(): Promise<void> {
    this.#change({ resuming: true });
    await this.chat.resumeStream();
    this.#change({ resuming: false });
  }

  /** Tries again what failed: an answer that broke is written anew, a message that was refused is sent again. */
  async retry(): Promise<void> {
    this.chat.clearError();
    if (this.chat.lastMessage?.role === 'user') {
      await this.#sendLastAgain();
    } else {
      await this.chat.regenerate();
    }
  }

  /** Lets go of the session. A running answer goes on, and is there for whoever comes back. */
  close(): void {
    this.#closed = true;
    this.#transport.close();
  }

  /** After a lost connection: takes up the answer where it is, or sends the message that did not get through. */
  async #recover(): Promise<void> {
    if (this.#recovering) {
      return;
    }
    this.#recovering = true;
    let pause = FIRST_PAUSE_MS;
    do {
      // With jitter: after an outage, the tabs of the world do not all come back at once.
      await new Promise(done => setTimeout(done, pause * (0.5 + Math.random() / 2)));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      if (!this.#closed) {
        await this.resume();
      }
    } while (!this.#closed && isLost(this.chat.error));
    this.#recovering = false;
    if (!this.#closed && this.chat.status === 'ready' && this.chat.lastMessage?.role === 'user') {
      await this.#sendLastAgain();
    }
  }

  /** Sends the last message under its own id: if it did get through, the server knows it and gives its answer. */
  async #sendLastAgain(): Promise<void> {
    const last = this.chat.lastMessage!;
    this.chat.messages = this.chat.messages.slice(0, -1);
    await this.chat.sendMessage(last);
  }

  #change(link: Partial<Link>): void {
    this.#link = { ...this.#link, ...link };
    this.#listeners.forEach(listener => listener());
  }

  #watchedSocket(): typeof WebSocket {
    const changed = (socket: Link['socket']) => this.#change({ socket });
    return class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        changed('connecting');
        this.addEventListener('open', () => changed('open'));
        this.addEventListener('close', () => changed('none'));
      }
    };
  }
}

/** Whether the connection is at fault, as `Chat` itself tells it: by the words of a `TypeError`. */
export function isLost(error: Error | undefined): boolean {
  return error instanceof TypeError && /network|fetch|load failed/i.test(error.message);
}
