// What can be chosen over HTTP: assistants, and the tools that they may use for whoever asks.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newUser, request, system, Tab, tokenOf, closeAndVerify } from './support.ts';

type Item = { name: string; kind: string; description: string; risk: string; asks: boolean; operation?: string };

async function get(path: string, roles: string[] = []): Promise<{ status: number; body: any; text: string }> {
  return request('GET', path, { headers: { authorization: `Bearer ${await tokenOf(newUser(), roles)}` } });
}

const own = (items: Item[]) => items.filter(({ kind }) => kind !== 'mcp');

describe('the assistants', system, () => {
  test('are listed with what may be chosen, and without what they are told', async () => {
    const { body, text } = await get('/assistants');
    assert.equal(body.default, 'default');
    assert.deepEqual(body.items.map(({ name }: Item) => name), ['brief', 'composed', 'default', 'guarded', 'hasty', 'workbench']);
    const item = body.items[2];
    assert.deepEqual(item.tools, ['*']);
    assert.deepEqual(item.overrides, { models: ['script*', '*'], reasoningEfforts: ['none', 'low', 'medium', 'high'] });
    assert.equal(item.reasoningEffort, 'none');
    assert.doesNotMatch(text, /prompt|Confirm at once|Two steps/i);
    assert.equal((await request('GET', '/assistants')).status, 401);
  });
});

describe('the tools', system, () => {
  test('are those that the assistant is offered, with who does them and who is asked', async () => {
    const { body } = await get('/tools');
    assert.equal(body.assistant, 'default');
    const tools = new Map<string, Item>(body.items.map((item: Item) => [item.name, item]));
    const shown = (name: string) => [tools.get(name)!.kind, tools.get(name)!.risk, tools.get(name)!.asks, tools.get(name)!.operation];
    assert.deepEqual(shown('calculator'), ['builtin', 'low', false, undefined]);
    assert.deepEqual(shown('fetch_page'), ['builtin', 'medium', false, undefined]);
    assert.deepEqual(shown('transfer'), ['builtin', 'high', true, undefined]);
    assert.deepEqual(shown('sum'), ['lambda', 'low', false, undefined]);
    assert.deepEqual(shown('http_echo'), ['http', 'low', false, undefined]);
    assert.deepEqual(shown('research'), ['http', 'low', false, 'await']);
    assert.deepEqual(shown('build_report'), ['http', 'low', false, 'detach']);
    assert.equal(tools.get('echo')!.description, 'Gives back what it gets.');
    assert.match(tools.get('calculator')!.description, /\w+ \w+/, 'a built-in tool brings its own');
  });

  test('are what the model is shown, whatever the roles of the caller', async () => {
    for (const roles of [[], ['guest'], ['user'], ['admin'], ['guest', 'user'], ['nobody']]) {
      const { body } = await get('/tools?assistant=guarded', roles);
      const tab = new Tab({ roles });
      const shown = (await tab.ask('show tools', { assistant: 'guarded' })).match(/^[\w-]+(?=: )/gm) ?? [];
      assert.deepEqual(own(body.items).map(({ name }) => name), shown.filter(name => !name.startsWith('everything_')), roles.join());
    }
    await closeAndVerify();
  });

  test('ask whom the policy says', async () => {
    const asking = async (roles: string[]) => own((await get('/tools?assistant=guarded', roles)).body.items).filter(({ asks }) => asks).map(({ name }) => name);
    assert.deepEqual(await asking(['admin']), []);
    assert.deepEqual(await asking(['user']), ['fetch_page', 'transfer', 'wait']);
    assert.deepEqual(await asking(['guest']), []);
  });

  test('of no assistant are none', async () => {
    const { status, body } = await get('/tools?assistant=nobody');
    assert.equal(status, 400);
    assert.match(body.detail, /no such assistant/);
    assert.equal((await request('GET', '/tools')).status, 401);
  });
});
