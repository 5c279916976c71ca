// What the page asks the local system over HTTP.
import type { UIMessage } from 'ai';

/** A token for a user. Only the local system gives one for the asking. */
export async function tokenFor(user: string): Promise<string> {
  const response = await fetch('/local/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  });
  if (!response.ok) {
    throw new Error(await words(response, 'This name was refused.'));
  }
  return ((await response.json()) as { token: string }).token;
}

/** What was said in a session so far; `undefined` if nobody has spoken in it. */
export async function historyOf(session: string, user: string): Promise<UIMessage[] | undefined> {
  const response = await fetch(`/sessions/${session}`, {
    headers: { authorization: `Bearer ${await tokenFor(user)}` },
  });
  if (response.status === 404) {
    return undefined;
  }
  if (!response.ok) {
    throw new Error(await words(response, `The server answered ${response.status}.`));
  }
  return ((await response.json()) as { messages: UIMessage[] }).messages;
}

/** The output of a call of a tool, by the path that its preview names. */
export async function outputOf(url: string, user: string): Promise<unknown> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${await tokenFor(user)}` } });
  if (!response.ok) {
    throw new Error(await words(response, `The server answered ${response.status}.`));
  }
  return ((await response.json()) as { output: unknown }).output;
}

/** Cancels an operation; says whether this did it, and how the operation has ended. */
export async function cancelOperation(operation: string, user: string): Promise<{ cancelled: boolean; status: string }> {
  const response = await fetch(`/operations/${operation}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenFor(user)}` },
  });
  if (!response.ok) {
    throw new Error(await words(response, `The server answered ${response.status}.`));
  }
  return (await response.json()) as { cancelled: boolean; status: string };
}

/** The words of a problem document (RFC 9457), or others. */
async function words(response: Response, others: string): Promise<string> {
  try {
    const problem = (await response.json()) as { title?: string; detail?: string };
    return problem.detail ?? problem.title ?? others;
  } catch {
    return others;
  }
}
