// An MCP server's tools and prompts, through the AI SDK's client: while it is there, while it is not, and when it changes.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { getToolName } from 'ai';
import { closeAndVerify, HOLDFAST_URL, http, newUser, stored, Tab, textOf, until } from './support.ts';
import { assertWords, lines, mcpIsMissing, plain, preliminary, states, use } from './tools-support.ts';

describe('an MCP server', { skip: await mcpIsMissing() }, () => {
  afterEach(closeAndVerify);

  const ECHO = use('everything_echo', { message: 'hello' });

  /** Stops or starts the server, and waits until it is done. */
  async function make(what: 'start' | 'stop'): Promise<void> {
    const response = await fetch(`${HOLDFAST_URL}/local/mcp/${what}`, { method: 'POST' });
    assert.equal(response.status, 200, await response.text());
  }

  /** Does something while the server is stopped. */
  async function whileAway(act: () => Promise<void>): Promise<void> {
    try {
      await make('stop');
      await act();
    } finally {
      await make('start');
    }
  }

  /** Asks for the tool until it is there: the server starts beside the system. */
  async function echoes(tab: Tab): Promise<void> {
    await until(
      'the tool of the MCP server',
      async () => {
        await tab.ask(ECHO);
        return tab.calls().at(-1)!.state === 'output-available';
      },
      () => tab.calls().at(-1),
    );
  }

  /** Asks for the prompts until they are there. */
  async function promptsOf(user: string): Promise<void> {
    await until('the prompts of the MCP server', async () => (await http('GET', '/prompts', user)).body.items.length > 0);
  }

  test('offers its tools under a prefix', async () => {
    const tab = new Tab();
    await echoes(tab);
    const listed = async () => (await http('GET', '/tools', tab.user)).body.items.filter(({ kind }: { kind: string }) => kind === 'mcp');
    await until('its tools in the list', async () => (await listed()).length > 0);
    const [echo, environment] = ['everything_echo', 'everything_get-env'].map(async wanted => (await listed()).find(({ name }: { name: string }) => name === wanted));
    assert.deepEqual([(await echo).risk, (await echo).asks], ['low', false]);
    assert.deepEqual([(await environment).risk, (await environment).asks], ['medium', false]);
    const call = tab.calls().at(-1)!;
    assert.equal(call.type, 'dynamic-tool', 'no frontend knows its tools beforehand');
    assert.equal(getToolName(call), 'everything_echo');
    assert.match(JSON.stringify(call.output), /Echo: hello/);
    assert.match(tab.text(), /^everything_echo said: .*Echo: hello/);
    assert.match(await tab.ask('show tools'), /^everything_echo: .*^everything_get-sum: /ms);
  });

  test('is told when the input is wrong, and the model goes on', async () => {
    const tab = new Tab();
    await echoes(tab);
    const text = await tab.ask(use('everything_get-sum', { a: 'one' }));
    assert.equal(tab.calls().at(-1)!.state, 'output-error');
    assert.match(text, /^everything_get-sum failed: /);
  });

  test('tells how far a long call is', async () => {
    const tab = new Tab();
    await echoes(tab);
    await tab.ask(use('everything_trigger-long-running-operation', { duration: 2, steps: 4 }));
    const call = tab.calls().at(-1)!;
    assert.equal(call.state, 'output-available');
    assert.match(JSON.stringify(call.output), /Long running operation completed/);
    assert.ok(preliminary(tab).length > 0, 'no preliminary output');
  });

  test('offers its prompts, which become messages', async () => {
    const user = newUser();
    await promptsOf(user);
    const { body } = await http('GET', '/prompts', user);
    assert.deepEqual(body.silent, []);
    const prompt = body.items.find(({ name }: { name: string }) => name === 'everything_args-prompt');
    assert.equal(prompt.server, 'everything');
    assert.deepEqual(prompt.arguments.map(({ name, required }: any) => [name, required]), [['city', true], ['state', false]]);

    const say = (name: string, args?: object | string) => http('POST', `/prompts/everything_${name}`, user, typeof args === 'string' ? args : { arguments: args });
    const { body: said } = await say('args-prompt', { city: 'Bern', state: 'BE' });
    assert.deepEqual(said.messages.map(({ role, parts }: any) => [role, parts]), [['user', [{ type: 'text', text: "What's weather in Bern, BE?" }]]]);
    const session = `s-${said.messages[0].id}`;
    const sent = await http('POST', `/sessions/${session}/messages?wait=25`, user, { message: said.messages[0] });
    assert.equal(textOf(sent.body.message), "You said: What's weather in Bern, BE?");
    assert.deepEqual(plain((await stored(session, user)).messages[0]), said.messages[0]);

    assert.match(textOf((await say('simple-prompt')).body.messages[0]), /\w+ \w+/);
    const resource = await say('resource-prompt', { resourceType: 'Blob', resourceId: '1' });
    assert.match(textOf(resource.body.messages[1]), /"type":"resource".*"bytes":\d+/);
    for (const [status, words, answer] of [
      [400, /city is missing/, await say('args-prompt', {})],
      [400, /city is missing/, await say('args-prompt')],
      [400, /\[city, state\]/, await say('args-prompt', { city: 'Bern', year: '1' })],
      [400, /texts/, await say('args-prompt', { city: 7 })],
      [400, /texts/, await say('args-prompt', '{"arguments":[]}')],
      [400, /texts/, await say('args-prompt', 'nonsense')],
      [404, /no such prompt/, await say('nothing', {})],
      [404, /no such prompt/, await http('POST', '/prompts/args-prompt', user, {})],
      [502, /Invalid resourceType/, await say('resource-prompt', { resourceType: 'x', resourceId: '1' })],
    ] as const) {
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(answer.body.detail, words);
    }
  });

  test('that is away is named, and what it offers is missing', async () => {
    const user = newUser();
    await promptsOf(user);
    await whileAway(async () => {
      assert.deepEqual((await http('GET', '/prompts', user)).body, { items: [], silent: ['everything'] });
      const answer = await http('POST', '/prompts/everything_simple-prompt', user, {});
      assert.equal(answer.status, 502);
      assertWords(answer.body.detail);
    });
    await promptsOf(user);
  });

  test('may go away and come back in the middle of a conversation', async () => {
    const tab = new Tab();
    await echoes(tab);
    await whileAway(async () => {
      const text = await tab.ask(lines(ECHO, use('echo', { value: 'still here' })));
      assert.deepEqual(states(tab.calls()), ['everything_echo output-error', 'echo output-available']);
      assertWords(tab.calls()[0]!.errorText);
      assert.match(text, /^everything_echo failed: .*\necho said: .*still here/);
    });
    await echoes(tab);
  });

  test('may restart, and forget its sessions, without anybody noticing', async () => {
    const tab = new Tab();
    await echoes(tab);
    await make('stop');
    await make('start');
    await tab.ask(ECHO);
    assert.equal(tab.calls().at(-1)!.state, 'output-available');
  });

  test('that goes away in the middle of a call leaves an error in words', async () => {
    const tab = new Tab();
    await echoes(tab);
    try {
      const answer = tab.ask(use('everything_trigger-long-running-operation', { duration: 20, steps: 40 }));
      await until('a preliminary output', () => preliminary(tab).length > 0);
      await make('stop');
      assert.match(await answer, /^everything_trigger-long-running-operation failed: /);
      assertWords(tab.calls().at(-1)!.errorText);
    } finally {
      await make('start');
    }
  });
});
