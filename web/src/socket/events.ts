// What the server tells of a session that is watched. All of it is ours, not the AI SDK's.

/** How a turn is: the first three may change, the others are for good. */
export type TurnStatus = 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

/** A turn, and how it is. */
export type TurnState = { turnId: string; status: TurnStatus };

/** A piece of work that an outside service does for a call of a tool. */
export type Operation = {
  operationId: string;
  turnId: string;
  toolCallId: string;
  toolName: string;
  createdAt: string;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  /** How far it is, as its service has it. */
  progress?: { percent?: number; message?: string };
  error?: { kind: string; message: string };
};

/**
 * What happened in a session. Each is a hint, no more: it may come twice, late, out of order or not at all. The record is
 * the truth, and the next `watching` tells what was missed.
 *
 * `watching`: how the session is, with its newest 20 operations, newest first. `turn-waiting`: a human is asked;
 * `turn-continued`: a human has answered. `turn-queued`: a message waits for the answer before its own.
 */
export type SessionEvent =
  | { type: 'watching'; activeTurn?: TurnState; latestTurn?: TurnState; operations: Operation[] }
  | { type: 'turn-queued' | 'turn-started' | 'turn-waiting' | 'turn-continued'; turnId: string }
  | { type: 'turn-ended'; turnId: string; status: TurnStatus }
  | { type: 'operation-changed'; operation: Operation }
  | { type: 'title-changed'; title: string }
  | { type: 'session-deleted' };

/** An event as the server sent it; `undefined` if it is of a kind that is not known yet, or is none. */
export function readEvent(value: Record<string, unknown>): SessionEvent | undefined {
  const { type, turnId, status, title, activeTurn, latestTurn, operation, operations } = value;
  switch (type) {
    case 'watching':
      return {
        type,
        ...(isTurn(activeTurn) && { activeTurn }),
        ...(isTurn(latestTurn) && { latestTurn }),
        operations: Array.isArray(operations) ? operations.filter(isOperation) : [],
      };
    case 'turn-queued':
    case 'turn-started':
    case 'turn-waiting':
    case 'turn-continued':
      return typeof turnId === 'string' ? { type, turnId } : undefined;
    case 'turn-ended': {
      const turn = { turnId, status };
      return isTurn(turn) ? { type, ...turn } : undefined;
    }
    case 'operation-changed':
      return isOperation(operation) ? { type, operation } : undefined;
    case 'session-deleted':
      return { type };
    case 'title-changed':
      return typeof title === 'string' ? { type, title } : undefined;
    default:
      return undefined;
  }
}

function isTurn(value: unknown): value is TurnState {
  const { turnId, status } = (value ?? {}) as Partial<TurnState>;
  return typeof turnId === 'string' && typeof status === 'string';
}

function isOperation(value: unknown): value is Operation {
  const { operationId, status } = (value ?? {}) as Partial<Operation>;
  return typeof operationId === 'string' && typeof status === 'string';
}
