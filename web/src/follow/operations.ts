import type { Operation } from '../socket/events.ts';

/** What is known of a session's operations, though it was told twice or out of order. */
export class Operations {
  readonly #known = new Map<string, Operation>();

  /** Those that the server told of, by their ids. */
  get all(): ReadonlyMap<string, Operation> {
    return this.#known;
  }

  /** Notes what was told, unless more is known: an operation ends once, and does not go back. */
  note(operation: Operation): void {
    const known = this.#known.get(operation.operationId);
    if (known === undefined || !isOlder(operation, known)) {
      this.#known.set(operation.operationId, operation);
    }
  }

  hasEnded(operationId: string): boolean {
    const operation = this.#known.get(operationId);
    return operation !== undefined && isOver(operation);
  }

  /** The ids of those of a turn that have ended. */
  endedOf(turnId: string): string[] {
    return [...this.#known.values()].filter(operation => operation.turnId === turnId && isOver(operation)).map(({ operationId }) => operationId);
  }
}

function isOver({ status }: Operation): boolean {
  return status !== 'running';
}

function isOlder(operation: Operation, known: Operation): boolean {
  if (isOver(operation)) {
    return false;
  }
  return isOver(known) || (operation.progress?.percent ?? 0) < (known.progress?.percent ?? 0);
}
