import { type DynamicToolUIPart, getToolName, type ToolUIPart } from 'ai';
import { type FormEvent, useId, useRef, useState } from 'react';
import type { Operation } from '../index.ts';

export type Call = ToolUIPart | DynamicToolUIPart;

/** What the server shows of an output that is too large for a frame. */
type Preview = { type: 'preview'; preview: string; bytes: number; url: string };

/** What the server shows in the place of a result that is not waited for. */
type Pending = { type: 'operation_pending'; operation_id: string; message: string };

type Actions = {
  /** Confirms or denies a call that waits. */
  answer: (approvalId: string, approved: boolean, reason?: string) => void;
  /** Fetches the whole of a call. */
  whole: (url: string) => Promise<unknown>;
  /** Cancels the operation of a call; `false` if it had ended before. */
  cancel: (operationId: string) => Promise<boolean>;
};

/** One call of a tool: what it was asked, how it is, what it brought; and the buttons, if a human must confirm it. */
export function ToolCall({ call, operation, answer, whole, cancel }: { call: Call; operation: Operation | undefined } & Actions) {
  const name = getToolName(call);
  const pending = pendingOf(call);
  const running = isRunning(call) && operation?.status === 'running' ? operation : undefined;
  const cancellable = running?.operationId ?? (pending !== undefined && operation === undefined ? pending.operation_id : undefined);
  const group = useRef<HTMLDivElement>(null);
  return (
    <div ref={group} role="group" aria-label={`Tool ${name}`} tabIndex={-1} className={`call ${call.state}`}>
      <p className="call-head">
        <span className="call-name">{name}</span> <span aria-live="polite">{stateOf(call, operation)}</span>
      </p>
      {isShown(call.input) && (
        // Nobody should confirm what they have not seen.
        <details open={call.state === 'approval-requested'}>
          <summary>Input</summary>
          <pre>{textOf(call.input)}</pre>
        </details>
      )}
      {call.state === 'approval-requested' && (
        <Question
          name={name}
          reason={call.approval.requestReason}
          answer={(approved, reason) => {
            // The buttons go; the call stays.
            group.current?.focus();
            answer(call.approval.id, approved, reason);
          }}
        />
      )}
      {running !== undefined && <Progress name={name} progress={running.progress} />}
      {pending !== undefined && operation?.error !== undefined && <p className="problem">{operation.error.message}</p>}
      {cancellable !== undefined && (
        <Cancel
          key={cancellable}
          name={name}
          cancel={async () => {
            const did = await cancel(cancellable);
            // The button goes; the call stays.
            group.current?.focus();
            return did;
          }}
        />
      )}
      {call.state === 'output-available' && pending === undefined && running === undefined && (
        <Output output={call.output} open={call.preliminary === true} whole={whole} />
      )}
      {call.state === 'output-error' && <p className="problem">{call.errorText}</p>}
      {call.state === 'output-denied' && call.approval.reason !== undefined && <p className="note">{call.approval.reason}</p>}
    </div>
  );
}

/** What stands in the place of a result, if it is not waited for and has not come yet. */
export function pendingOf(call: Call): Pending | undefined {
  const { type, operation_id: id } = (call.output ?? {}) as Partial<Pending>;
  return type === 'operation_pending' && typeof id === 'string' ? (call.output as Pending) : undefined;
}

/** Whether there is no result yet. */
function isRunning(call: Call): boolean {
  return call.state === 'input-available' || (call.state === 'output-available' && (call.preliminary === true || pendingOf(call) !== undefined));
}

function stateOf(call: Call, operation: Operation | undefined): string {
  if (pendingOf(call) !== undefined) {
    switch (operation?.status) {
      case 'completed':
        return 'is done; its result comes…';
      case 'failed':
        return 'has failed';
      case 'cancelled':
        return 'was cancelled';
      default:
        return 'goes on in the background…';
    }
  }
  switch (call.state) {
    case 'input-streaming':
      return 'is being asked for…';
    case 'input-available':
      return 'is running…';
    case 'approval-requested':
      return 'waits for your answer';
    case 'approval-responded':
      return call.approval.approved ? 'is confirmed…' : 'is denied…';
    case 'output-available':
      return call.preliminary ? 'is running…' : 'is done';
    case 'output-error':
      return 'has failed';
    case 'output-denied':
      return 'was denied';
  }
}

/** How far an operation is, as its service has it. */
function Progress({ name, progress }: { name: string; progress: Operation['progress'] }) {
  const { percent, message } = progress ?? {};
  const words = [message, percent !== undefined && `${Math.round(percent)} %`].filter(Boolean).join(' · ');
  return (
    <div className="progress">
      <progress max={100} value={percent} aria-label={`Progress of ${name}`} />
      <p role="status">{words}</p>
    </div>
  );
}

/** Asks the server to cancel an operation, and says what came of that. */
function Cancel({ name, cancel }: { name: string; cancel: () => Promise<boolean> }) {
  const [state, setState] = useState<'idle' | 'asking' | 'cancelled' | 'late'>('idle');
  const [problem, setProblem] = useState('');
  const ask = () => {
    setState('asking');
    setProblem('');
    cancel().then(
      did => setState(did ? 'cancelled' : 'late'),
      (error: Error) => {
        setState('idle');
        setProblem(error.message);
      },
    );
  };
  return (
    <div className="cancel">
      {(state === 'idle' || state === 'asking') && (
        <button type="button" aria-label={`Cancel ${name}`} disabled={state === 'asking'} onClick={ask}>
          {state === 'asking' ? 'Cancelling…' : 'Cancel'}
        </button>
      )}
      <p role="status" className="note">
        {state === 'cancelled' ? 'Cancelled.' : state === 'late' ? 'It had ended already.' : ''}
      </p>
      {problem !== '' && (
        <p role="alert" className="problem">
          It could not be cancelled: {problem}
        </p>
      )}
    </div>
  );
}

function Question({
  name,
  reason,
  answer,
}: {
  name: string;
  reason: string | undefined;
  answer: (approved: boolean, reason?: string) => void;
}) {
  const id = useId();
  const [words, setWords] = useState('');
  const send = (approved: boolean) => answer(approved, words.trim() === '' ? undefined : words.trim());
  const submit = (event: FormEvent) => {
    // Enter in the field is no answer: it could as well mean the other one.
    event.preventDefault();
  };
  return (
    <form className="question" onSubmit={submit}>
      {reason !== undefined && <p>{reason}</p>}
      <div className="row">
        <label className="visually-hidden" htmlFor={id}>
          Reason (optional)
        </label>
        <input id={id} value={words} maxLength={500} placeholder="Reason (optional)" onChange={event => setWords(event.target.value)} />
        <button type="button" className="primary" aria-label={`Confirm ${name}`} onClick={() => send(true)}>
          Confirm
        </button>
        <button type="button" aria-label={`Deny ${name}`} onClick={() => send(false)}>
          Deny
        </button>
      </div>
    </form>
  );
}

function Output({ output, open, whole }: { output: unknown; open: boolean; whole: Actions['whole'] }) {
  const [all, setAll] = useState<unknown>();
  const [problem, setProblem] = useState('');
  const preview = isPreview(output) ? output : undefined;
  const shown = all ?? preview?.preview ?? output;
  const load = () => {
    setProblem('');
    whole(preview!.url).then(setAll, (error: Error) => setProblem(error.message));
  };
  return (
    <details open={open}>
      <summary>{open ? 'So far' : 'Output'}</summary>
      <pre>{textOf(shown)}</pre>
      {preview !== undefined && all === undefined && (
        <button type="button" className="quiet" onClick={load}>
          Show all of it ({Math.ceil(preview.bytes / 1024)} KB)
        </button>
      )}
      {problem !== '' && (
        <p role="alert" className="problem">
          {problem}
        </p>
      )}
    </details>
  );
}

function isPreview(output: unknown): output is Preview {
  const { type, preview, url } = (output ?? {}) as Partial<Preview>;
  return type === 'preview' && typeof preview === 'string' && typeof url === 'string';
}

/** An input that says nothing is not worth a line. */
function isShown(input: unknown): boolean {
  return input != null && !(typeof input === 'object' && Object.keys(input).length === 0);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
}
