// What goes over the wire to an engine, and what comes back.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, Readable } from 'node:stream'

import { describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { EngineApi, listContainers } from './api.ts'
import type { RegistryCredential } from '../../rules/kubernetes/registry-keys.ts'
import { createEngineRuntime } from './engine-runtime.ts'
import { exitFrom } from './exits.ts'
import { outputOf } from './frames.ts'
import { EngineImages } from './images.ts'
import { readLog } from './log-lines.ts'
import { PAUSE_IMAGE, pauseProgram } from './pause.ts'
import { execIn } from './sessions.ts'
import { tarOf } from './tar.ts'
import { answeringEngine as engine } from './testing/answering-engine.ts'
import { ulimitsWithin } from './ulimits.ts'

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

describe('a request', () => {
  it('tells who answered what it asked for', async () => {
    const seen: (string | undefined)[] = []
    const api = await engine((request, response) => {
      seen.push(request.method, request.url)
      response.end('{"a":1}')
    })
    expect(await api.json('POST', '/x', { query: { all: true, none: undefined } })).toEqual({ a: 1 })
    expect(seen).toEqual(['POST', '/x?all=true'])
  })

  it.each([
    [404, '{"message":"no such image"}', { code: 'NotFound', message: 'no such image' }],
    [500, '{"cause":"x","message":"container not known"}', { code: 'NotFound' }],
    [500, 'broken', { code: 'StartFailed', message: 'broken' }],
  ])('that is refused with %i says why', async (status, body, expected) => {
    const api = await engine((_, response) => response.writeHead(status).end(body))
    await expect(api.text('GET', '/')).rejects.toMatchObject(expected)
  })

  it('to nobody is refused as unavailable', async () => {
    const api = new EngineApi('/nowhere/engine.sock')
    await expect(api.text('GET', '/')).rejects.toMatchObject({ code: 'Unavailable' })
  })

  it('for a list is repeated when a container went while it was counted', async () => {
    let asked = 0
    const api = await engine((_, response) => {
      asked += 1
      if (asked < 3) response.writeHead(500).end('{"message":"container not known"}')
      else response.end('[{"Id":"a"}]')
    })
    expect(await listContainers(api, '{}')).toEqual([{ Id: 'a' }])
  })
})

describe('output', () => {
  it('comes in frames, cut anywhere', async () => {
    const bytes = Buffer.concat([frame(1, 'hello '), frame(2, 'oh'), frame(1, 'world')])
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]))
    const chunks = await Array.fromAsync(outputOf(Readable.from(pieces), false))
    expect(chunks.map(({ stream, bytes: text }) => `${stream} ${text}`)).toEqual([
      'stdout hello ',
      'stderr oh',
      'stdout world',
    ])
  })

  it('of a terminal comes as it is', async () => {
    const chunks = await Array.fromAsync(outputOf(Readable.from([Buffer.from('a\u0000b')]), true))
    expect(chunks.map(({ bytes }) => String(bytes))).toEqual(['a\u0000b'])
  })
})

describe('a log', () => {
  const at = (second: number): string => `2026-11-27T08:00:0${second}.000000000Z`

  it('has lines with their times, and joins those that came in parts', async () => {
    const api = await engine((_, response) =>
      response.end(
        Buffer.concat([
          frame(1, `${at(1)} first\n`),
          frame(1, `${at(2)} par`),
          frame(2, `${at(3)} problem\n`),
          frame(1, `${at(4)} tial\n`),
          frame(1, `${at(5)} open`),
        ]),
      ),
    )
    const lines = await Array.fromAsync(readLog(api, { id: 'c', isTerminal: false }, {}))
    expect(lines.map(({ text, stream }) => `${stream} ${text}`)).toEqual([
      'stdout first',
      'stderr problem',
      'stdout partial',
      'stdout open',
    ])
    expect(lines[2]?.timeMs).toBe(Date.parse(at(2)))
  })

  it('has its last line although an engine has not counted one without an end', async () => {
    const tails: (string | null)[] = []
    const api = await engine(({ url = '' }, response) => {
      const tail = new URL(url, 'http://engine').searchParams.get('tail')
      tails.push(tail)
      response.end(tail === 'all' ? frame(1, `${at(1)} DONE`) : '')
    })
    const lines = await Array.fromAsync(readLog(api, { id: 'c', isTerminal: false }, { tailLines: 80 }))
    expect(lines).toEqual([{ timeMs: Date.parse(at(1)), text: 'DONE', stream: 'stdout', isOpen: true }])
    expect(tails).toEqual(['80', 'all'])
  })

  it('leaves out what is older than asked for', async () => {
    const api = await engine((_, response) =>
      response.end(Buffer.concat([frame(1, `${at(1)} old\n`), frame(1, `${at(3)} new\n`)])),
    )
    const sinceMs = Date.parse(at(2))
    const lines = await Array.fromAsync(readLog(api, { id: 'c', isTerminal: false }, { sinceMs }))
    expect(lines.map(({ text }) => text)).toEqual(['new'])
  })
})

describe('a terminal', () => {
  it('has the sizes of the one before it, once there is a process', async () => {
    const sized: string[] = []
    const done = Promise.withResolvers<void>()
    const api = await engine(({ url = '' }, response) => {
      if (url.includes('/resize')) {
        sized.push(url)
        response.writeHead(sized.length === 1 ? 500 : 200).end()
        if (sized.length === 3) done.resolve()
      } else response.end(url.endsWith('/json') ? '{"ExitCode":0}' : '{"Id":"e1"}')
    })
    // A process that says nothing until it was resized.
    const silence = async function* (): AsyncGenerator<Buffer> {
      yield* await done.promise.then((): Buffer[] => [])
    }
    api.hijack = async () => Duplex.from(silence())
    const sizes = [
      { columns: 80, rows: 24 },
      { columns: 100, rows: 30 },
    ]
    const code = await execIn(
      { api, clock: systemClock, containerId: 'c1' },
      {
        command: ['sh'],
        tty: true,
        stdin: undefined,
        sizes: Readable.from(sizes),
        onOutput: () => undefined,
      },
    )
    expect(code).toBe(0)
    expect(sized).toEqual([
      '/exec/e1/resize?w=80&h=24',
      '/exec/e1/resize?w=80&h=24',
      '/exec/e1/resize?w=100&h=30',
    ])
  })
})

describe('an image', () => {
  const pull = { sandboxId: 'pod', policy: 'IfNotPresent', credentials: [] } as const
  const present = (id: string): string => JSON.stringify({ Id: id, RepoDigests: [] })

  it('that is there is not pulled, unless it always is', async () => {
    const seen: string[] = []
    const api = await engine((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.end(request.method === 'POST' ? '{"status":"done"}' : present('sha256:aa'))
    })
    const images = new EngineImages(api)
    expect(await images.ensure('web:1', pull)).toBe('sha256:aa')
    expect(seen).toEqual(['GET /images/web:1/json'])
    await images.ensure('web:1', { ...pull, policy: 'Always' })
    expect(seen.slice(1)).toEqual(['POST /images/create?fromImage=web%3A1', 'GET /images/web:1/json'])
  })

  it('that is not there is an error where it is never pulled', async () => {
    const api = await engine((_, response) => response.writeHead(404).end('{}'))
    const never = new EngineImages(api).ensure('web:1', { ...pull, policy: 'Never' })
    await expect(never).rejects.toMatchObject({
      code: 'ImageNeverPulled',
      message: 'Container image "web:1" is not present with pull policy of Never',
    })
  })

  const key = (username: string): RegistryCredential => ({
    username,
    password: 'secret',
    serverAddress: 'r.example',
  })

  it.each([
    {
      ofPod: ['me', 'you'],
      ofMachine: ['AWS'],
      asks: ['me', 'you', 'AWS'],
      says: '[denied to me, denied to you, denied to AWS]',
    },
    { ofPod: ['me'], ofMachine: [], asks: ['me'], says: 'denied to me' },
    { ofPod: ['<token>'], ofMachine: [], asks: ['token secret'], says: 'denied to token secret' },
    { ofPod: [], ofMachine: [], asks: ['nobody'], says: 'denied to nobody' },
  ])(
    'is asked for with each key until one fits, without one only where there is none: $asks',
    async (row) => {
      const asked: string[] = []
      const api = await engine((request, response) => {
        if (request.method === 'GET') return void response.writeHead(404).end('{}')
        const header = String(request.headers['x-registry-auth'] ?? '')
        expect(header).toMatch(/^([\w-]{4})*([\w-]{2}==|[\w-]{3}=)?$/)
        const { username, identitytoken } = header
          ? JSON.parse(Buffer.from(header, 'base64url').toString())
          : { username: 'nobody' }
        const who = username ?? `token ${identitytoken}`
        asked.push(who)
        response.end(`{"status":"Pulling"}\n{"error":"denied to ${who}"}\n`)
      })
      const images = new EngineImages(api, async () => row.ofMachine.map(key))
      const credentials = row.ofPod.map(key)
      const failing = images.ensure('r.example/web:1', { ...pull, credentials })
      await expect(failing).rejects.toMatchObject({ code: 'ImageNotFound', message: row.says })
      expect(asked).toEqual(row.asks)
    },
  )

  it('of the pause container is loaded once', async () => {
    const seen: string[] = []
    const api = await engine((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      request.resume()
      if (request.url === '/info') response.end('{"Architecture":"aarch64"}')
      else if (request.method === 'GET') response.writeHead(404).end('{}')
      else response.end()
    })
    const images = new EngineImages(api)
    await Promise.all([images.ensurePause(), images.ensurePause()])
    expect(seen).toEqual([`GET /images/${PAUSE_IMAGE}/json`, 'GET /info', 'POST /images/load'])
  })
})

describe('an end', () => {
  const answer = (state: object, memory = 0): Parameters<typeof exitFrom>[0] => ({
    Id: 'c'.repeat(64),
    State: {
      Status: 'exited',
      Running: false,
      Pid: 0,
      ExitCode: 0,
      StartedAt: '2026-11-27T08:00:00Z',
      FinishedAt: '2026-11-27T08:00:01Z',
      ...state,
    },
    Config: {},
    HostConfig: { Memory: memory },
  })

  it.each([
    ['by itself', {}, 'Completed'],
    ['with a code', { ExitCode: 3 }, 'Error'],
    ['for want of memory', { ExitCode: 137, OOMKilled: true }, 'OOMKilled'],
    ['by a signal, with a limit that had nothing to do with it', { ExitCode: 137 }, 'Error'],
  ])('%s', async (_, state, reason) => {
    const exit = await exitFrom(answer(state, 1024), { messageFile: undefined, nowMs: 1 })
    expect(exit).toMatchObject({ reason, finishedAtMs: Date.parse('2026-11-27T08:00:01Z') })
  })

  it('has the end of what was left as a last word', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'neargate-word-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const messageFile = join(directory, 'word')
    await writeFile(messageFile, `first${'.'.repeat(4096)}last`)
    const { message } = await exitFrom(answer({}), { messageFile, nowMs: 1 })
    expect(message).toBe(`${'.'.repeat(4092)}last`)
  })

  it('that the engine has no time for is now', async () => {
    const never = answer({ FinishedAt: '0001-01-01T00:00:00Z' })
    expect(await exitFrom(never, { messageFile: '/nowhere', nowMs: 42 })).toMatchObject({ finishedAtMs: 42 })
  })
})

describe('a container that has no process', () => {
  it('has no usage that anybody could tell, and the engine is asked for its process once', async () => {
    const State = { Status: 'running', Running: true, Pid: 0, StartedAt: '2026-01-01T00:00:00Z' }
    const labels = { 'neargate.dev/owner': 'us', 'neargate.dev/kind': 'container' }
    const asked: string[] = []
    const api = await engine(({ url = '' }, response) => {
      asked.push(url)
      if (url.startsWith('/events')) return response.flushHeaders()
      const one = { Id: 'c1', State, Config: { Labels: labels }, HostConfig: {} }
      response.end(JSON.stringify(url.startsWith('/containers/json') ? [{ Id: 'c1', Labels: labels }] : one))
    })
    const runtime = createEngineRuntime({
      api,
      name: 'docker',
      cgroupDriver: 'cgroupfs',
      owner: 'us',
      network: { attach: noop, detach: noop, list: async () => [], wayTo: noWay, datagramsTo: noWay },
      directory: '/nowhere',
      clock: new FakeClock(),
      log: silentLog,
    })
    await runtime.resume()
    onTestFinished(async () => await runtime.close(true))
    expect((await runtime.list()).map(({ id }) => id)).toEqual(['c1'])
    asked.length = 0
    for (let times = 0; times < 3; times++) {
      await expect(runtime.usage('c1')).rejects.toMatchObject({ code: 'Unavailable' })
    }
    expect(asked.filter((url) => url === '/containers/c1/json')).toHaveLength(1)
  })
})

async function noop(): Promise<void> {}

function noWay(): undefined {}

describe('small things', () => {
  it('parts a long path at a slash, as ustar has room for it', () => {
    const [directory, file] = [`${'d'.repeat(60)}/${'e'.repeat(30)}`, `${'f'.repeat(40)}.js`]
    const archive = tarOf([{ name: `${directory}/${file}` }])
    const text = (from: number, length: number): string =>
      archive
        .subarray(from, from + length)
        .toString('utf8')
        .replaceAll('\0', '')
    expect(`${text(345, 155)}/${text(0, 100)}`).toBe(`${directory}/${file}`)
    expect(text(0, 100).length).toBeLessThanOrEqual(100)
  })

  it('an archive is of whole blocks, with its sum in each header', () => {
    const archive = tarOf([{ name: 'a', data: Buffer.from('xyz') }])
    expect(archive.length).toBe(4 * 512)
    expect(archive.toString('latin1', 257, 262)).toBe('ustar')
    const sum = Number.parseInt(archive.toString('latin1', 148, 154), 8)
    const blank = Buffer.concat([
      archive.subarray(0, 148),
      Buffer.from('        '),
      archive.subarray(156, 512),
    ])
    expect(sum).toBe(blank.reduce((total, byte) => total + byte, 0))
  })

  it.each(['amd64', 'arm64'] as const)(
    'the pause program for %s is an ELF file entered after its headers',
    (arch) => {
      const program = pauseProgram(arch)
      expect(program.toString('latin1', 0, 4)).toBe('\u007fELF')
      expect(program.readBigUInt64LE(24)).toBe(0x400000n + 120n)
      expect(program.readBigUInt64LE(96)).toBe(BigInt(program.length))
      // SIGINT, SIGTERM and SIGCHLD, a bit each.
      expect(program.readUInt32LE(program.length - 8)).toBe(0b1_0100_0000_0000_0010)
    },
  )

  it('limits lie within those of the process', () => {
    const text = 'Max processes   96365  96365  processes\nMax open files   1024  20000  files\n'
    expect(ulimitsWithin(text)).toEqual([
      { Name: 'nofile', Soft: 20000, Hard: 20000 },
      { Name: 'nproc', Soft: 32768, Hard: 32768 },
    ])
    expect(ulimitsWithin('Max processes unlimited unlimited\n')[1]).toMatchObject({ Hard: 32768 })
  })
})
