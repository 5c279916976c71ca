// The AI SDK's `Chat` (npm `ai` 7, src/ui/chat.ts) and its messages, as far as they are looked at.

/** A `UIMessage`. */
export type FollowedMessage = { id: string; role: string; metadata?: unknown; parts: readonly object[] };

/** A `Chat`, of whichever framework. */
export interface FollowedChat<M extends FollowedMessage> {
  readonly status: string;
  readonly error: Error | undefined;
  messages: M[];
  resumeStream(): Promise<void>;
  clearError(): void;
}

/** A part of a message that is a call of a tool; every field may be missing. */
type Call = { toolCallId?: unknown; state?: unknown; approval?: { id?: unknown }; output?: { type?: unknown; operation_id?: unknown } | null };

/** Whether a chat receives nothing, so that it can be told to. */
export function isFree({ status }: { readonly status: string }): boolean {
  return status === 'ready' || status === 'error';
}

/** The turn that an answer is of. */
export function turnOf(message: FollowedMessage | undefined): string | undefined {
  const { turnId } = (message?.metadata ?? {}) as { turnId?: unknown };
  return message?.role === 'assistant' && typeof turnId === 'string' ? turnId : undefined;
}

/** Whether a message asks a human. */
export function asks(message: FollowedMessage): boolean {
  return message.parts.some(part => (part as Call).state === 'approval-requested');
}

/** The operations whose results a message still waits for. */
export function pendingIn(message: FollowedMessage): string[] {
  return message.parts.flatMap(part => {
    const { type, operation_id: id } = (part as Call).output ?? {};
    return type === 'operation_pending' && typeof id === 'string' ? [id] : [];
  });
}

/**
 * The messages of the record, with those that are shown in the place of equal ones, and with the answers to approvals that
 * are not sent before the last of them is given: the record cannot know of them.
 */
export function merged<M extends FollowedMessage>(record: readonly M[], shown: readonly M[]): M[] {
  return record.map(message => {
    const known = shown.find(({ id }) => id === message.id);
    if (known === undefined) {
      return message;
    }
    const whole = { ...message, parts: message.parts.map(part => answered(part, known.parts)) } as M;
    return JSON.stringify(whole) === JSON.stringify(known) ? known : whole;
  });
}

function answered(part: object, shown: readonly object[]): object {
  const call = part as Call;
  const isAnswer = (other: Call) => other.toolCallId === call.toolCallId && other.approval?.id === call.approval?.id;
  const answer = call.state === 'approval-requested' && shown.find(other => (other as Call).state === 'approval-responded' && isAnswer(other));
  return answer || part;
}
