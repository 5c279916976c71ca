import { Chat } from '@ai-sdk/react';
import { generateId, lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage, WebSocketChatTransport } from 'ai';
import { type ConnectionState, isOutdated, lastMessageOnly, type Operation, ResumingWebSocket, SessionFollower } from '../index.ts';
import { cancelOperation, historyOf, outputOf, tokenFor } from './server.ts';

/**
 * How the socket is, `none` before it is needed; whether an answer is received that was not asked for here: until its end
 * nothing else should be asked, as `Chat` mixes up two answers at a time; and the operations of the session, by id.
 */
export type Link = { socket: 'none' | ConnectionState; resuming: boolean; operations: ReadonlyMap<string, Operation> };

/** A session as the page holds it: the AI SDK's `Chat`, on a socket that finds its way back by itself, in step with other tabs. */
export class Conversation {
  readonly chat: Chat<UIMessage>;
  readonly #session: string;
  readonly #user: string;
  readonly #transport: WebSocketChatTransport<UIMessage>;
  readonly #follower: SessionFollower<UIMessage>;
  readonly #listeners = new Set<() => void>();
  #link: Link = { socket: 'none', resuming: false, operations: new Map() };

  constructor(session: string, user: string, messages: UIMessage[]) {
    this.#session = session;
    this.#user = user;
    this.#transport = new WebSocketChatTransport<UIMessage>({
      url: '/ws',
      webSocket: ResumingWebSocket.with({
        params: async () => ({ token: await tokenFor(user) }),
        onState: socket => this.#change({ socket }),
        watch: { id: session, onEvent: event => this.#follower.see(event) },
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
          this.#follower.refresh();
        }
      },
    });
    this.#follower = new SessionFollower<UIMessage>({
      chat: this.chat,
      load: () => historyOf(this.#session, this.#user),
      onChange: () => this.#change({ resuming: this.#follower.isResuming, operations: new Map(this.#follower.operations) }),
    });
  }

  get link(): Link {
    return this.#link;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Connects, to see what happens elsewhere: an answer may be running already. The transport connects with its first
   * request only, so it is asked for something that there is not.
   */
  async watch(): Promise<void> {
    await this.#transport.reconnectToStream({ chatId: generateId() }).catch(() => undefined);
  }

  /** Tries again what failed: an answer that broke is written anew, a message that was refused is sent again. */
  async retry(): Promise<void> {
    if (isOutdated(this.chat.error)) {
      this.#follower.refresh();
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

  /** Cancels an operation; `false` if it had ended before. */
  async cancel(operation: string): Promise<boolean> {
    const { cancelled } = await cancelOperation(operation, this.#user);
    // Whatever became of it is in the record, also if the event should be lost.
    this.#follower.refresh();
    return cancelled;
  }

  /** Lets go of the session. A running answer goes on, and is there for whoever comes back. */
  close(): void {
    this.#follower.close();
    this.#transport.close();
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
