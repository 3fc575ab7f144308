// Frames against bytes written by hand from the tables of SPDY Protocol draft 3.1.
import { describe, expect, it } from 'vitest'

import { FrameReader } from './frame-reader.ts'
import { encodeFrame, type Frame } from './frames.ts'
import { SpdyError } from './protocol-error.ts'

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

function read(reader: FrameReader, chunk: Uint8Array): unknown[] {
  return [...reader.push(chunk)]
}

const vectors: readonly { readonly name: string; readonly hex: string; readonly frame: Frame }[] = [
  {
    name: 'DATA',
    hex: '00000005 00 000003 616263',
    frame: { type: 'data', streamId: 5, fin: false, data: Buffer.from('abc') },
  },
  {
    name: 'DATA with FIN and nothing in it',
    hex: '7fffffff 01 000000',
    frame: { type: 'data', streamId: 0x7fffffff, fin: true, data: Buffer.alloc(0) },
  },
  {
    name: 'SYN_STREAM',
    hex: '8003 0001 00 00000c 00000001 00000000 0000 cafe',
    frame: { type: 'syn-stream', streamId: 1, fin: false, unidirectional: false, headers: bytes('cafe') },
  },
  {
    name: 'SYN_STREAM that is closed on both sides',
    hex: '8003 0001 03 00000a 00000003 00000000 0000',
    frame: { type: 'syn-stream', streamId: 3, fin: true, unidirectional: true, headers: Buffer.alloc(0) },
  },
  {
    name: 'SYN_REPLY',
    hex: '8003 0002 00 000006 00000001 beef',
    frame: { type: 'syn-reply', streamId: 1, fin: false, headers: bytes('beef') },
  },
  {
    name: 'SYN_REPLY with FIN',
    hex: '8003 0002 01 000004 00000001',
    frame: { type: 'syn-reply', streamId: 1, fin: true, headers: Buffer.alloc(0) },
  },
  {
    name: 'RST_STREAM',
    hex: '8003 0003 00 000008 00000003 00000005',
    frame: { type: 'rst-stream', streamId: 3, status: 5 },
  },
  { name: 'PING', hex: '8003 0006 00 000004 00000001', frame: { type: 'ping', id: 1 } },
  {
    name: 'GOAWAY',
    hex: '8003 0007 00 000008 00000007 00000001',
    frame: { type: 'go-away', lastStreamId: 7, status: 1 },
  },
]

describe('frames', () => {
  it.each(vectors)('reads and writes $name', ({ hex, frame }) => {
    expect(encodeFrame(frame)).toEqual(bytes(hex))
    expect(read(new FrameReader(), bytes(hex))).toEqual([frame])
  })

  it.each([
    ['SETTINGS', '8003 0004 00 00000c 00000001 00000004 00000064', 4],
    ['HEADERS', '8003 0008 00 000005 00000001 aa', 8],
    ['WINDOW_UPDATE', '8003 0009 00 000008 00000001 00010000', 9],
    ['what is not known', '8003 00ff 00 000001 00', 255],
  ])('passes %s as a frame of no meaning', (_name, hex, controlType) => {
    expect(read(new FrameReader(), bytes(hex))).toEqual([
      { type: 'other', controlType, body: bytes(hex).subarray(8) },
    ])
  })

  it.each([
    ['another version', '8002 0006 00 000004 00000001', 'SPDY version 2 is not supported'],
    ['DATA on stream 0', '00000000 00 000000', 'stream id zero is disallowed'],
    ['SYN_STREAM for stream 0', '8003 0001 00 00000a 00000000 00000000 0000', 'stream id zero is disallowed'],
    ['SYN_STREAM cut short', '8003 0001 00 000004 00000001', 'invalid control frame'],
    ['RST_STREAM cut short', '8003 0003 00 000004 00000001', 'invalid control frame'],
    ['PING cut short', '8003 0006 00 000000', 'invalid control frame'],
    ['a control frame beyond 64 KiB', '8003 0001 00 010001', 'control frame of 65537 bytes'],
  ])('refuses %s', (_name, hex, message) => {
    expect(() => read(new FrameReader(), bytes(hex))).toThrow(new SpdyError(message))
  })
})

describe('a frame reader', () => {
  const all = Buffer.concat(vectors.map(({ hex }) => bytes(hex)))
  const frames = vectors.map(({ frame }) => frame)

  it.each([1, 2, 3, 7, 8, 9, 13, 64, 1000])('finds every frame in pieces of %i bytes', (size) => {
    const reader = new FrameReader()
    const found: unknown[] = []
    for (let offset = 0; offset < all.length; offset += size) {
      found.push(...read(reader, all.subarray(offset, offset + size)))
    }
    expect(found).toEqual(frames)
  })

  it('joins a frame of the largest size', () => {
    const data = Buffer.alloc(2 ** 24 - 1, 'x')
    const wire = encodeFrame({ type: 'data', streamId: 1, fin: false, data })
    const reader = new FrameReader()
    const found: unknown[] = []
    for (let offset = 0; offset < wire.length; offset += 65_536) {
      found.push(...read(reader, wire.subarray(offset, offset + 65_536)))
    }
    expect(found).toHaveLength(1)
    expect((found[0] as { data: Buffer }).data.equals(data)).toBe(true)
  })
})
