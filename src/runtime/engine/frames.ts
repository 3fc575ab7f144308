// Owns taking apart what an engine sends of a container's output: frames of one stream each, or bytes of a terminal.
import type { Readable } from 'node:stream'

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Buffer
}

const HEADER_BYTES = 8
const STDERR = 2

/**
 * Output as it comes. With a terminal there is one stream and no frames; without one each frame has a header: a byte
 * that names the stream, three zeros, the length in four bytes (Docker Engine API, ContainerAttach).
 */
export async function* outputOf(source: Readable, isTerminal: boolean): AsyncGenerator<OutputChunk> {
  let rest: Buffer = Buffer.alloc(0)
  // No encoding is set on the stream, so it yields buffers.
  for await (const chunk of source as AsyncIterable<Buffer>) {
    if (isTerminal) {
      yield { stream: 'stdout', bytes: chunk }
      continue
    }
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt32BE(4)
      if (rest.length < end) break
      yield { stream: rest[0] === STDERR ? 'stderr' : 'stdout', bytes: rest.subarray(HEADER_BYTES, end) }
      rest = rest.subarray(end)
    }
  }
}
