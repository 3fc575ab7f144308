import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'

import { beforeEach, describe, expect, it } from 'vitest'

import { group, ignoreCheck, PlaneStage, readAll } from '../testing/plane-stage.ts'
import { until } from '../testing/test-target.ts'

let stage: PlaneStage

beforeEach(async () => {
  stage = await PlaneStage.open()
})

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const BLOCK = randomBytes(1024 * 1024)

/** Writes the block `count` times with respect for back-pressure, then FIN. @returns the hash of what was sent. */
async function pump(socket: Socket, count: number): Promise<string> {
  const hash = createHash('sha256')
  for (let index = 0; index < count; index++) {
    hash.update(BLOCK)
    if (!socket.write(BLOCK)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  socket.end()
  return hash.digest('hex')
}

async function hashAll(socket: Socket): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of socket) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

describe('bytes', () => {
  it('carries 100 MB in both directions at once, unchanged', async () => {
    const atTarget = Promise.withResolvers<{ sent: string; received: string }>()
    let isCheck = true
    await stage.target('10.0.0.1', (socket) => {
      if (isCheck) return
      void Promise.all([pump(socket, 100), hashAll(socket)]).then(([sent, received]) =>
        atTarget.resolve({ sent, received }),
      )
    })
    await stage.balance(
      group(['10.0.0.1'], { healthCheck: { ...group([]).healthCheck, intervalSeconds: 60 } }),
    )
    await stage.healthy(1)
    isCheck = false
    const socket = stage.client()
    const [sent, received] = await Promise.all([pump(socket, 100), hashAll(socket)])
    expect(received).toBe((await atTarget.promise).sent)
    expect((await atTarget.promise).received).toBe(sent)
  })

  it('lets the client finish first and still hear the answer', async () => {
    await stage.target('10.0.0.1', (socket) => {
      void readAll(socket).then((request) => socket.end(`got ${digest(request)}`), ignoreCheck)
    })
    await stage.balance(group(['10.0.0.1']))
    await stage.healthy(1)
    const socket = stage.client()
    socket.end(BLOCK)
    expect((await readAll(socket)).toString()).toBe(`got ${digest(BLOCK)}`)
  })

  it('lets the target finish first and still hear the client', async () => {
    const heard = Promise.withResolvers<string>()
    await stage.target('10.0.0.1', (socket) => {
      socket.end('bye')
      void readAll(socket).then((bytes) => bytes.length > 0 && heard.resolve(digest(bytes)), ignoreCheck)
    })
    await stage.balance(group(['10.0.0.1']))
    await stage.healthy(1)
    const socket = stage.client()
    expect((await readAll(socket)).toString()).toBe('bye')
    socket.end(BLOCK)
    expect(await heard.promise).toBe(digest(BLOCK))
  })

  it('passes a reset of the target to the client', async () => {
    await stage.target('10.0.0.1', (socket) => socket.once('data', () => socket.resetAndDestroy()))
    await stage.balance(group(['10.0.0.1']))
    await stage.healthy(1)
    const socket = stage.client()
    socket.write('hello')
    await expect(readAll(socket)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('passes a reset of the client to the target', async () => {
    const atTarget = Promise.withResolvers<string>()
    await stage.target('10.0.0.1', (socket) => {
      socket.once('data', () => {
        socket.once('error', (error) => atTarget.resolve((error as NodeJS.ErrnoException).code ?? ''))
        socket.write('ready')
      })
    })
    await stage.balance(group(['10.0.0.1']))
    await stage.healthy(1)
    const socket = stage.client()
    socket.write('hello')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.resetAndDestroy()
    expect(await atTarget.promise).toBe('ECONNRESET')
  })

  it('stops reading from a target whose client does not read', async () => {
    let written = 0
    await stage.target('10.0.0.1', (socket) => {
      socket.once('data', () => {
        const fill = (): void => {
          while (written < 200 && socket.write(BLOCK)) written++
          if (written < 200) socket.once('drain', fill)
        }
        fill()
      })
    })
    await stage.balance(group(['10.0.0.1']))
    await stage.healthy(1)
    const socket = stage.client()
    socket.pause()
    socket.write('go')
    let before = -1
    await until('the target to be held back', async () => {
      const isSteady = written > 0 && written === before
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
      return isSteady && written === before
    })
    // Socket buffers of the kernel hold some megabytes; 200 would mean that the proxy took them.
    expect(written).toBeLessThan(100)
    socket.destroy()
  })

  it('serves 500 connections at once', async () => {
    await stage.target('10.0.0.1', (socket) => void socket.pipe(socket))
    await stage.target('10.0.0.2', (socket) => void socket.pipe(socket))
    await stage.balance(group(['10.0.0.1', '10.0.0.2']))
    await stage.healthy(2)
    const answers = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const socket = stage.client()
        socket.end(`message ${index}`)
        return (await readAll(socket)).toString()
      }),
    )
    expect(answers).toEqual(Array.from({ length: 500 }, (_, index) => `message ${index}`))
  })

  it('tells the target whose connection it is by PROXY protocol version 2', async () => {
    const heard = Promise.withResolvers<Buffer>()
    await stage.target('10.0.0.1', (socket) => {
      void readAll(socket).then((bytes) => bytes.includes('payload') && heard.resolve(bytes), ignoreCheck)
    })
    await stage.balance(group(['10.0.0.1'], { proxyProtocol: 2 }))
    await stage.healthy(1)
    const socket = stage.client()
    socket.end('payload')
    const bytes = await heard.promise
    expect(bytes.subarray(0, 16).toString('hex')).toBe('0d0a0d0a000d0a515549540a2111000c')
    expect(bytes.readUInt32BE(16)).toBe(0x7f000001)
    expect(bytes.readUInt16BE(26)).toBe(80)
    expect(bytes.subarray(28).toString()).toBe('payload')
  })
})
