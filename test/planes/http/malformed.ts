// Owns scenarios of HTTP/2 frames that break the rules, and of floods of good ones. Sections are those of RFC 9113.
import type { Scenario, Stage } from '../scenario.ts'
import { listen } from './answers.ts'
import {
  ACK,
  block,
  END_HEADERS,
  END_STREAM,
  frame,
  framesOf,
  get,
  openHttp2,
  reaction,
  REQUEST,
  TYPE,
  uint32,
} from './frames.ts'

const HEADERS = (headers: readonly (readonly [string, string])[], flags = END_STREAM | END_HEADERS): Buffer =>
  frame(TYPE.HEADERS, flags, 1, block(headers))
const without = (name: string): readonly (readonly [string, string])[] =>
  REQUEST.filter(([each]) => each !== name)

const STREAM = 'Malformed (8.1.1): Neargate ends the stream, nginx answers it'
const LENIENT = 'nginx does not look at it'

interface Case {
  readonly name: string
  readonly frames: readonly Buffer[]
  readonly why?: string
}

const CASES: readonly Case[] = [
  { name: 'a PING', frames: [frame(TYPE.PING, 0, 0, Buffer.alloc(8))] },
  { name: 'a PING of 6 bytes (6.7)', frames: [frame(TYPE.PING, 0, 0, Buffer.alloc(6))] },
  { name: 'a PING on a stream (6.7)', frames: [frame(TYPE.PING, 0, 1, Buffer.alloc(8))] },
  { name: 'an unknown type of frame (4.1)', frames: [frame(0xee, 0, 0, Buffer.alloc(8)), get(1)] },
  { name: 'DATA on stream 0 (6.1)', frames: [frame(TYPE.DATA, END_STREAM, 0, Buffer.from('x'))] },
  {
    name: 'DATA on a stream that nobody opened (5.1)',
    frames: [frame(TYPE.DATA, END_STREAM, 1, Buffer.from('x'))],
    why: LENIENT,
  },
  {
    name: 'DATA with more padding than data (6.1)',
    frames: [HEADERS(REQUEST, END_HEADERS), frame(TYPE.DATA, 8, 1, Buffer.of(9, 1))],
  },
  { name: 'HEADERS on an even stream (5.1.1)', frames: [get(2)] },
  {
    name: 'HEADERS on a stream below an earlier one (5.1.1)',
    frames: [get(5), get(3)],
    why: 'nghttp2 takes a lower stream for one that is closed, and drops what comes for it',
  },
  {
    name: 'HEADERS on stream 0 (6.2)',
    frames: [frame(TYPE.HEADERS, END_STREAM | END_HEADERS, 0, block(REQUEST))],
  },
  {
    name: 'a frame larger than was agreed (4.2)',
    frames: [frame(TYPE.DATA, 0, 1, Buffer.alloc(20_000))],
    why: LENIENT,
  },
  { name: 'SETTINGS of 5 bytes (6.5)', frames: [frame(TYPE.SETTINGS, 0, 0, Buffer.alloc(5))] },
  {
    name: 'an ACK of SETTINGS with a payload (6.5)',
    frames: [frame(TYPE.SETTINGS, ACK, 0, Buffer.alloc(6))],
  },
  { name: 'SETTINGS on a stream (6.5)', frames: [frame(TYPE.SETTINGS, 0, 1)] },
  {
    name: 'a window of more than 2^31-1 by SETTINGS (6.5.2)',
    frames: [frame(TYPE.SETTINGS, 0, 0, Buffer.from('0004ffffffff', 'hex'))],
  },
  {
    name: 'ENABLE_PUSH of 2 (6.5.2)',
    frames: [frame(TYPE.SETTINGS, 0, 0, Buffer.from('000200000002', 'hex'))],
  },
  {
    name: 'a frame size below 16 KB by SETTINGS (6.5.2)',
    frames: [frame(TYPE.SETTINGS, 0, 0, Buffer.from('000500000001', 'hex'))],
  },
  {
    name: 'unknown SETTINGS (6.5.2)',
    frames: [frame(TYPE.SETTINGS, 0, 0, Buffer.from('00ee00000001', 'hex')), get(1)],
  },
  { name: 'WINDOW_UPDATE of 0 (6.9)', frames: [frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(0))] },
  {
    name: 'WINDOW_UPDATE beyond 2^31-1 (6.9.1)',
    frames: [frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(0x7fffffff))],
  },
  { name: 'WINDOW_UPDATE of 3 bytes (6.9)', frames: [frame(TYPE.WINDOW_UPDATE, 0, 0, Buffer.alloc(3))] },
  {
    name: 'RST_STREAM of a stream that nobody opened (6.4)',
    frames: [frame(TYPE.RST_STREAM, 0, 1, uint32(8))],
    why: LENIENT,
  },
  {
    name: 'RST_STREAM of 3 bytes (6.4)',
    frames: [HEADERS(REQUEST, END_HEADERS), frame(TYPE.RST_STREAM, 0, 1, Buffer.alloc(3))],
  },
  {
    name: 'PUSH_PROMISE from a client (8.4)',
    frames: [frame(TYPE.PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([uint32(2), block(REQUEST)]))],
  },
  {
    name: 'CONTINUATION without HEADERS (6.10)',
    frames: [frame(TYPE.CONTINUATION, END_HEADERS, 1, block(REQUEST))],
  },
  {
    name: 'HEADERS and CONTINUATION (6.10)',
    frames: [
      frame(TYPE.HEADERS, END_STREAM, 1, block(REQUEST.slice(0, 2))),
      frame(TYPE.CONTINUATION, END_HEADERS, 1, block(REQUEST.slice(2))),
    ],
  },
  {
    name: 'another frame between HEADERS and CONTINUATION (6.10)',
    frames: [HEADERS(REQUEST, END_STREAM), frame(TYPE.PING, 0, 0, Buffer.alloc(8))],
  },
  {
    name: 'a block of headers that cannot be read (4.3)',
    frames: [frame(TYPE.HEADERS, END_STREAM | END_HEADERS, 1, Buffer.from('ffffffffff', 'hex'))],
  },
  { name: 'an upper-case name (8.2)', frames: [HEADERS([...REQUEST, ['X-A', '1']])] },
  {
    name: 'a Connection header (8.2.2)',
    frames: [HEADERS([...REQUEST, ['connection', 'keep-alive']])],
    why: STREAM,
  },
  { name: 'TE other than trailers (8.2.2)', frames: [HEADERS([...REQUEST, ['te', 'gzip']])], why: STREAM },
  { name: 'an unknown pseudo-header (8.3)', frames: [HEADERS([...REQUEST, [':a', '1']])], why: STREAM },
  {
    name: 'a pseudo-header behind another header (8.3)',
    frames: [HEADERS([...without(':path'), ['x-a', '1'], [':path', '/']])],
    why: STREAM,
  },
  { name: 'a pseudo-header twice (8.3)', frames: [HEADERS([...REQUEST, [':path', '/b']])], why: STREAM },
  { name: 'no method (8.3.1)', frames: [HEADERS(without(':method'))], why: STREAM },
  { name: 'no path (8.3.1)', frames: [HEADERS(without(':path'))], why: STREAM },
  { name: 'an empty path (8.3.1)', frames: [HEADERS([...without(':path'), [':path', '']])], why: STREAM },
  {
    name: 'a value with a line feed (8.2.1)',
    frames: [HEADERS([...REQUEST, ['x-a', 'b\r\nx-c: d']])],
    why: 'nghttp2 drops a header whose value cannot be, the target does not get it',
  },
  {
    name: 'less DATA than Content-Length says (8.1.1)',
    frames: [
      HEADERS([...REQUEST, ['content-length', '5']], END_HEADERS),
      frame(TYPE.DATA, END_STREAM, 1, Buffer.from('x')),
    ],
    why: STREAM,
  },
  {
    name: 'trailers with a pseudo-header (8.1)',
    frames: [HEADERS(REQUEST, END_HEADERS), HEADERS([[':path', '/b']])],
    why: 'An error of the stream (8.1.1), which nginx takes for one of the connection',
  },
  {
    name: 'DATA behind the end of a stream (5.1)',
    frames: [get(1), frame(TYPE.DATA, END_STREAM, 1, Buffer.from('x'))],
    why: 'nghttp2 ends the connection (5.1 allows both)',
  },
]

export const MALFORMED: readonly Scenario[] = [
  ...CASES.map(({ name, frames, why }): Scenario => ({
    name: `HTTP/2: ${name}`,
    async run(stage) {
      listen(stage)
      return await reaction(stage, frames)
    },
    ...(why !== undefined && { why }),
  })),
  {
    name: 'HTTP/2: a flood of CONTINUATION',
    run: async (stage) =>
      await flood(stage, 20_000, (turn) =>
        turn === 0
          ? frame(TYPE.HEADERS, END_STREAM, 1, block(REQUEST))
          : frame(TYPE.CONTINUATION, 0, 1, block([[`x-${turn}`, 'a'.repeat(100)]])),
      ),
  },
  {
    name: 'HTTP/2: a flood of requests that are given up at once',
    run: async (stage) =>
      await flood(stage, 20_000, (turn) =>
        Buffer.concat([get(2 * turn + 1), frame(TYPE.RST_STREAM, 0, 2 * turn + 1, uint32(8))]),
      ),
  },
  {
    name: 'HTTP/2: more streams at once than are allowed',
    async run(stage) {
      stage.target.serve((socket) => void socket.resume())
      const wire = await openHttp2(stage)
      await wire.send(Buffer.concat(Array.from({ length: 300 }, (_, index) => get(2 * index + 1))))
      const isRefused = (): boolean =>
        framesOf(wire).some(({ type, payload }) => type === TYPE.RST_STREAM && payload.readUInt32BE(0) === 7)
      return (await wire.until(() => isRefused())) ? 'those beyond are refused' : 'none is refused'
    },
  },
]

async function flood(stage: Stage, turns: number, make: (turn: number) => Buffer): Promise<string> {
  listen(stage)
  const wire = await openHttp2(stage)
  for (let turn = 0; turn < turns && !wire.isOver; turn += 100) {
    const some = Array.from({ length: 100 }, (_, index) => make(turn + index))
    await Promise.race([wire.send(Buffer.concat(some)), wire.ending(2000)])
    await new Promise((resolve) => setImmediate(resolve))
  }
  return (await wire.ending(500)) === 'open' ? 'goes on' : 'is ended'
}
