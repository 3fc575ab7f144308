// Header blocks: the dictionary, the layout, and one compression context for many frames.
import { createHash } from 'node:crypto'
import { constants, deflateSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { headerDictionary } from './dictionary.ts'
import { formatHeaders, HeaderDecoder, HeaderEncoder, parseHeaders, type Headers } from './header-block.ts'
import { SpdyError } from './protocol-error.ts'

function headers(entries: Record<string, string | string[]>): Headers {
  return new Map(Object.entries(entries).map(([name, value]) => [name, [value].flat()]))
}

// What kubectl sends for each connection.
function request(id: number, streamType: 'error' | 'data'): Headers {
  return headers({ port: '8080', requestid: String(id), streamtype: streamType })
}

describe('the dictionary', () => {
  it('is that of the specification', () => {
    const dictionary = headerDictionary()
    expect(dictionary).toHaveLength(1423)
    // Of the bytes in moby/spdystream spdy/dictionary.go.
    expect(createHash('sha256').update(dictionary).digest('hex')).toBe(
      '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
    )
  })
})

describe('a header block', () => {
  const port = Buffer.from('00000001' + '00000004' + '706f7274' + '00000002' + '3830', 'hex')

  it('is written as counted names and values', () => {
    expect(formatHeaders(headers({ Port: '80' }))).toEqual(port)
    expect(parseHeaders(port)).toEqual(headers({ port: '80' }))
  })

  it('separates values of one name by a zero byte', () => {
    const several = headers({ accept: ['a', 'b'] })
    expect(formatHeaders(several).includes('a\0b')).toBe(true)
    expect(parseHeaders(formatHeaders(several))).toEqual(several)
  })

  it.each([
    ['a count alone', Buffer.from('00000001', 'hex'), 'header block is cut short'],
    ['a value that is missing', port.subarray(0, 14), 'header block is cut short'],
    ['a length beyond the end', Buffer.from('00000001ffffffff61', 'hex'), 'header block is cut short'],
    ['bytes after its end', Buffer.concat([port, Buffer.alloc(1)]), 'header block is too long'],
    ['nothing', Buffer.alloc(0), 'header block is cut short'],
    ['upper case', Buffer.from(port.toString('latin1').replace('port', 'Port')), 'header was not lowercased'],
    [
      'a name twice',
      Buffer.concat([Buffer.from('00000002', 'hex'), port.subarray(4), port.subarray(4)]),
      'multiple headers with same name',
    ],
  ])('is refused with %s', (_name, block, message) => {
    expect(() => parseHeaders(block)).toThrow(new SpdyError(message))
  })
})

describe('compression', () => {
  it('reads what kubectl 1.35.2 sends for its first connection to port 80', async () => {
    const decoder = new HeaderDecoder()
    const first =
      '78f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45a024cc6461c0c0c0c0590489c44c50e2663400000000ffff'
    const second = '826a25a406d56850299508000000ffff'
    for (const [streamtype, hex] of [
      ['error', first],
      ['data', second],
    ] as const) {
      const block = await decoder.decode(Buffer.from(hex, 'hex'))
      expect(block).toEqual(headers({ streamtype, port: '80', requestid: '0' }))
    }
    decoder.close()
  })

  it('carries many frames in one context, each shorter for the ones before', async () => {
    const encoder = new HeaderEncoder()
    const decoder = new HeaderDecoder()
    const sizes: number[] = []
    for (let id = 0; id < 50; id++) {
      for (const type of ['error', 'data'] as const) {
        const block = await encoder.encode(request(id, type))
        sizes.push(block.length)
        expect(await decoder.decode(block)).toEqual(request(id, type))
      }
    }
    expect(sizes[2]).toBeLessThan((sizes[0] ?? 0) / 2)
    expect(await decoder.decode(await encoder.encode(headers({})))).toEqual(headers({}))
    encoder.close()
    decoder.close()
  })

  it('begins a context with the dictionary, by its checksum', async () => {
    const encoder = new HeaderEncoder()
    const block = await encoder.encode(headers({}))
    // RFC 1950: FDICT, then the Adler-32 of the dictionary; and a sync flush at the end.
    expect((block[1] ?? 0) & 0x20).toBe(0x20)
    expect(block.readUInt32BE(2).toString(16)).toBe('e3c6a7c2')
    expect(block.subarray(-4).toString('hex')).toBe('0000ffff')
    encoder.close()
  })

  it('carries blocks larger than a buffer of zlib', async () => {
    const encoder = new HeaderEncoder()
    const decoder = new HeaderDecoder()
    const large = headers({ large: Array.from({ length: 20_000 }, (_, index) => String(index)) })
    expect(await decoder.decode(await encoder.encode(large))).toEqual(large)
    expect(await decoder.decode(await encoder.encode(request(1, 'data')))).toEqual(request(1, 'data'))
    encoder.close()
    decoder.close()
  })

  it('refuses what is not compressed, has another dictionary, or unpacks to too much', async () => {
    const flush = { finishFlush: constants.Z_SYNC_FLUSH }
    const other = deflateSync(formatHeaders(headers({})), { ...flush, dictionary: Buffer.from('other') })
    const bomb = deflateSync(Buffer.alloc(10_000_000), flush)
    for (const block of [Buffer.from('not compressed'), other, bomb]) {
      const decoder = new HeaderDecoder()
      await expect(decoder.decode(block)).rejects.toThrow(SpdyError)
      decoder.close()
    }
  })
})
