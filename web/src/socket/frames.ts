// The frames of the AI SDK's WebSocketChatTransport (npm `ai` 7, src/ui/websocket-chat-transport.ts), as far as they
// are looked at, and what is Holdfast's own: `ping`, `pong`, `watch` and `event`.

/** A UI message chunk; what else it has is the SDK's business. */
export type Chunk = { type: string; messageId?: unknown; messageMetadata?: { turnId?: unknown } };

/** What a request that goes on in the middle of a turn receives: its 0 is the turn's sequence `base`. */
export type Part = { turnId: string; base: number };

/** What the server says. */
export type ServerFrame =
  | { type: 'start'; requestId: string; sequence?: number; part?: Part }
  | { type: 'chunk'; requestId: string; sequence: number; chunk: Chunk }
  | { type: 'end' | 'no-active' | 'pong'; requestId: string }
  | { type: 'error'; requestId: string; errorText: string }
  | { type: 'event'; requestId: string; event: Record<string, unknown> }
  | { type: 'unknown'; requestId: string };

/** What the transport says. */
export type ClientFrame = { type: 'send' | 'resume'; requestId: string; id: string } | { type: 'abort'; requestId: string };

/** A frame of the server; `undefined` if it is none of ours, such as the gateway's own "Internal server error". */
export function readServerFrame(text: string): ServerFrame | undefined {
  const frame = parse(text);
  if (frame === undefined || typeof frame.type !== 'string' || typeof frame.requestId !== 'string') {
    return undefined;
  }
  const { type, requestId, sequence, chunk, turnId, base, errorText, event } = frame;
  switch (type) {
    case 'start': {
      const part = typeof turnId === 'string' && isSequence(base) ? { turnId, base } : undefined;
      return { type, requestId, sequence: isSequence(sequence) ? sequence : undefined, part };
    }
    case 'chunk':
      return isSequence(sequence) && isObject(chunk) && typeof chunk.type === 'string'
        ? { type, requestId, sequence, chunk: chunk as Chunk }
        : undefined;
    case 'end':
    case 'no-active':
    case 'pong':
      return { type, requestId };
    case 'error':
      return { type, requestId, errorText: typeof errorText === 'string' ? errorText : '' };
    case 'event':
      return { type, requestId, event: isObject(event) ? event : {} };
    default:
      // A server newer than this client.
      return { type: 'unknown', requestId };
  }
}

/** A frame that opens or ends a request; `undefined` if it is another. */
export function readClientFrame(text: string): ClientFrame | undefined {
  const frame = parse(text);
  if (typeof frame?.requestId !== 'string') {
    return undefined;
  }
  const { type, requestId, id } = frame;
  if (type === 'abort') {
    return { type, requestId };
  }
  return (type === 'send' || type === 'resume') && typeof id === 'string' ? { type, requestId, id } : undefined;
}

/** The text of a message; `undefined` if it has none. */
export function textOf(data: unknown): string | undefined {
  if (typeof data === 'string') {
    return data;
  }
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? new TextDecoder().decode(data) : undefined;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
