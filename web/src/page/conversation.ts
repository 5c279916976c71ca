import { Chat } from '@ai-sdk/react';
import { lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage, WebSocketChatTransport } from 'ai';
import { type ConnectionState, isOutdated, lastMessageOnly, ResumingWebSocket } from '../index.ts';
import { historyOf, outputOf, tokenFor } from './server.ts';

/**
 * How the socket is, `none` before it is needed; and whether the server has been asked for a running answer. Until it
 * has sent the whole of it, nothing else should be asked: `Chat` mixes up two answers at a time.
 */
export type Link = { socket: 'none' | ConnectionState; resuming: boolean };

/** A session as the page holds it: the AI SDK's `Chat`, on a socket that finds its way back by itself. */
export class Conversation {
  readonly chat: Chat<UIMessage>;
  readonly #session: string;
  readonly #user: string;
  readonly #transport: WebSocketChatTransport<UIMessage>;
  readonly #listeners = new Set<() => void>();
  #link: Link = { socket: 'none', resuming: false };
  #closed = false;
  #wasAway = false;

  constructor(session: string, user: string, messages: UIMessage[]) {
    this.#session = session;
    this.#user = user;
    this.#transport = new WebSocketChatTransport<UIMessage>({
      url: '/ws',
      webSocket: ResumingWebSocket.with({
        params: async () => ({ token: await tokenFor(user) }),
        onState: socket => this.#onState(socket),
      }),
      // The server holds the history, and API Gateway takes frames of 32 KB: all messages would not fit for long.
      prepareSendMessagesRequest: lastMessageOnly,
    });
    this.chat = new Chat<UIMessage>({
      id: session,
      messages,
      transport: this.#transport,
      // An approval's answer goes out when it was the last that is open.
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
      onError: error => {
        if (isOutdated(error)) {
          void this.#reload();
        }
      },
      onFinish: () => void this.#catchUp(),
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
    if (isOutdated(this.chat.error)) {
      await this.#reload();
      return;
    }
    this.chat.clearError();
    if (this.chat.lastMessage?.role === 'user') {
      await this.#sendLastAgain();
    } else {
      await this.chat.regenerate();
    }
  }

  /** The whole output of a call of which the message has a preview. */
  whole(url: string): Promise<unknown> {
    return outputOf(url, this.#user);
  }

  /** Lets go of the session. A running answer goes on, and is there for whoever comes back. */
  close(): void {
    this.#closed = true;
    this.#transport.close();
  }

  #onState(socket: ConnectionState): void {
    this.#change({ socket });
    if (socket === 'reconnecting' || socket === 'offline') {
      this.#wasAway = true;
    } else if (socket === 'online' && this.chat.status === 'ready') {
      void this.#catchUp();
    }
  }

  /** After a time without a connection: the answer that was open is whole, but others may have been given since. */
  async #catchUp(): Promise<void> {
    if (!this.#wasAway) {
      return;
    }
    this.#wasAway = false;
    const messages = await historyOf(this.#session, this.#user).catch(() => undefined);
    if (!this.#closed && this.chat.status === 'ready' && messages && messages.at(-1)?.id !== this.chat.lastMessage?.id) {
      await this.#reload();
    }
  }

  /** The conversation went on elsewhere while there was no connection: shows what the record has. */
  async #reload(): Promise<void> {
    this.#change({ resuming: true });
    try {
      const messages = await historyOf(this.#session, this.#user);
      if (!this.#closed) {
        this.chat.messages = messages ?? [];
        this.chat.clearError();
        await this.resume();
      }
    } catch {
      // The error stays, and with it the button to try again.
    }
    this.#change({ resuming: false });
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
}
