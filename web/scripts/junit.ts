// Node's JUnit reporter, without the characters that XML forbids: it lets colours of messages through.
import { junit } from 'node:test/reporters';

type Events = Parameters<typeof junit>[0];

export default async function* (events: Events): AsyncGenerator<string> {
  for await (const text of junit(events)) {
    yield text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
  }
}
