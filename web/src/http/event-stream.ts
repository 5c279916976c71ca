/** One block of an event stream (HTML, "Server-sent events"), as far as Holdfast writes them: each field in one line. */
export interface Block {
  id?: string;
  data?: string;
  /** Milliseconds to stay away before the next window. */
  retry?: number;
  comment?: string;
}

/** The blocks of an answer, each when it is whole; one that is cut off in the middle does not come. */
export async function* blocks(answer: Response): AsyncGenerator<Block> {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        return;
      }
      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        yield blockOf(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  } finally {
    // Whoever reads no further must not keep the connection.
    await reader.cancel().catch(() => {});
  }
}

function blockOf(text: string): Block {
  const block: Block = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^ /, '');
    switch (line.slice(0, Math.max(colon, 0))) {
      case '':
        block.comment = value;
        break;
      case 'id':
        block.id = value;
        break;
      case 'data':
        block.data = value;
        break;
      case 'retry':
        block.retry = Number(value);
        break;
      default:
        // Others mean nothing here, as HTML says.
        break;
    }
  }
  return block;
}
