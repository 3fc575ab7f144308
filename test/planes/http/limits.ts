// Owns scenarios of what is too long, too slow or broken off, at an ALB.
import { setTimeout as pause } from 'node:timers/promises'

import { becomes, breakOff, open } from '../client.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { answersOf, ask, GET, HOST, lines, listen, outcome } from './answers.ts'

const AMBIGUOUS = 'Two readers may see two answers: 502, as for any answer that is no HTTP'
const POST = lines('POST / HTTP/1.1', HOST, 'Content-Length: 5')

/** A target that answers a request with these bytes, and then ends, resets or waits. */
function says(stage: Stage, bytes: string, then: 'end' | 'reset' | 'wait' = 'end'): void {
  stage.target.serve((socket) => {
    socket.once('data', () => {
      if (then === 'end') return void socket.end(bytes)
      if (bytes === '') return void socket.resetAndDestroy()
      socket.write(bytes, () => void (then === 'reset' && setTimeout(() => socket.resetAndDestroy(), 30)))
    })
  })
}

const broken = (
  name: string,
  bytes: string,
  change: Partial<Scenario> & { then?: 'end' | 'reset' } = {},
): Scenario => {
  const { then = 'end', ...rest } = change
  return {
    name: `the target ${name}`,
    async run(stage) {
      says(stage, bytes, then)
      return await outcome(await ask(stage, GET))
    },
    ...rest,
  }
}

export const LIMITS: readonly Scenario[] = [
  ...[15_000, 17_000].map((size): Scenario => ({
    name: `a header of ${size / 1000} KB`,
    async run(stage) {
      listen(stage)
      return await outcome(await ask(stage, lines('GET / HTTP/1.1', HOST, `X-Long: ${'a'.repeat(size)}`)))
    },
  })),
  {
    name: 'headers of 70 KB together',
    async run(stage) {
      listen(stage)
      const many = Array.from({ length: 70 }, (_, index) => `X-Long-${index}: ${'a'.repeat(1000)}`)
      return await outcome(await ask(stage, lines('GET / HTTP/1.1', HOST, ...many)))
    },
    why: 'AWS takes 64 KB of headers together',
  },
  ...[15_000, 17_000].map((size): Scenario => ({
    name: `a path of ${size / 1000} KB`,
    async run(stage) {
      listen(stage)
      return await outcome(await ask(stage, lines(`GET /${'a'.repeat(size)} HTTP/1.1`, HOST)))
    },
  })),
  ...[30_000, 40_000].map((size): Scenario => ({
    name: `an answer with headers of ${size / 1000} KB`,
    async run(stage) {
      says(stage, `HTTP/1.1 200 OK\r\nX-Long: ${'a'.repeat(size)}\r\nContent-Length: 0\r\n\r\n`)
      return await outcome(await ask(stage, GET))
    },
  })),
  {
    name: 'nothing listens at the target',
    async run(stage) {
      return await outcome(await ask(stage, GET, { front: 'dead' }))
    },
  },
  {
    name: 'the same connection works after an error',
    async run(stage) {
      says(stage, '')
      const wire = await open(stage)
      await wire.send(GET)
      await wire.until(() => answersOf(wire).length === 1)
      listen(stage)
      await wire.send(GET)
      await wire.until(() => answersOf(wire).length === 2)
      return await outcome({ wire, answers: answersOf(wire) })
    },
  },
  broken('ends without an answer', ''),
  broken('resets without an answer', '', { then: 'reset' }),
  broken('answers with no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', {
    why: 'nginx takes it for HTTP/0.9',
  }),
  broken('ends within its head', 'HTTP/1.1 200 OK\r\nContent-Le'),
  broken('ends within its body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
  broken('resets within its body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', { then: 'reset' }),
  broken('ends within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello'),
  broken('sends more than it said', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello world'),
  broken(
    'answers with two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
    {
      why: AMBIGUOUS,
    },
  ),
  broken(
    'answers with a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    {
      why: AMBIGUOUS,
    },
  ),
  {
    name: 'the target answers before the body has come',
    async run(stage) {
      stage.target.serve((socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')),
      )
      const seen = await ask(stage, lines('POST / HTTP/1.1', HOST, 'Content-Length: 1000000'))
      return seen.answers.map(({ status }) => status).join(', ')
    },
  },
  {
    name: 'the target answers before the body has come, and the client then sends it',
    async run(stage) {
      stage.target.serve((socket) =>
        socket.once('data', () =>
          socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
        ),
      )
      const { wire } = await ask(stage, lines('POST / HTTP/1.1', HOST, 'Content-Length: 1000000'))
      await wire.send('x'.repeat(1_000_000))
      return answersOf(wire)
        .map(({ status }) => status)
        .join(', ')
    },
  },
  {
    name: 'a head that never ends',
    async run(stage) {
      const wire = await open(stage, 'brief')
      await wire.send('GET / HTTP/1.1\r\n')
      const ending = await wire.ending(5000)
      return `${answersOf(wire)[0]?.status ?? 'no answer'}, ${ending === 'open' ? 'open' : 'ended'}`
    },
  },
  {
    name: 'a head of a byte now and then',
    async run(stage) {
      const wire = await open(stage, 'brief')
      for (let count = 0; count < 12 && !wire.isOver; count++) {
        wire.socket.write('G')
        await pause(250)
      }
      return wire.isOver ? 'ended' : 'open'
    },
  },
  {
    name: 'a body that never ends',
    async run(stage) {
      listen(stage)
      const seen = await ask(stage, POST, { front: 'brief', withinMs: 5000 })
      return await outcome(seen)
    },
    why: 'AWS answers 408; nginx ends the connection',
  },
  {
    name: 'a target that never answers',
    async run(stage) {
      stage.target.serve((socket) => void socket.resume())
      return await outcome(await ask(stage, GET, { front: 'brief', withinMs: 5000 }))
    },
  },
  {
    name: 'a target that stops within its body',
    async run(stage) {
      says(stage, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', 'wait')
      return await outcome(await ask(stage, GET, { front: 'brief', withinMs: 5000 }))
    },
  },
  {
    name: 'a connection without requests',
    async run(stage) {
      const wire = await open(stage, 'brief')
      const ending = await wire.ending(5000)
      return `${ending}, ${wire.bytes.length} bytes`
    },
  },
  {
    name: 'a connection after its requests',
    async run(stage) {
      listen(stage)
      const { wire } = await ask(stage, GET, { front: 'brief' })
      return await wire.ending(5000)
    },
  },
  {
    name: 'the client leaves before the answer',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      await wire.send(GET)
      const far = await accepted
      far.resume()
      breakOff(wire)
      return `target: ${(await becomes(() => far.closed || far.readableEnded)) ? 'is told' : 'is not told'}`
    },
  },
  {
    name: 'the client leaves within the answer',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      await wire.send(GET)
      const far = await accepted
      far.resume()
      far.write('HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\nhello')
      await wire.until(({ bytes }) => bytes.length > 0)
      breakOff(wire)
      return `target: ${(await becomes(() => far.closed || far.readableEnded)) ? 'is told' : 'is not told'}`
    },
  },
  {
    name: 'the client leaves within its body',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      await wire.send(`${lines('POST / HTTP/1.1', HOST, 'Content-Length: 1000')}hello`)
      const far = await accepted
      far.resume()
      breakOff(wire)
      return `target: ${(await becomes(() => far.closed || far.readableEnded)) ? 'is told' : 'is not told'}`
    },
  },
  {
    name: 'the client ends its half behind the request',
    async run(stage) {
      listen(stage, (response) => void setTimeout(() => response.end('ok'), 50))
      const wire = await open(stage)
      wire.socket.end(GET)
      await wire.ending()
      return answersOf(wire)[0]?.body ?? 'no answer'
    },
  },
  {
    name: 'a client that does not read holds the target back',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      await wire.send(GET)
      const far = await accepted
      wire.socket.pause()
      far.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
      return await sentBefore(far, 64)
    },
  },
  {
    name: 'a target that does not read holds the client back',
    async run(stage) {
      stage.target.serve((socket) => void socket.pause())
      const wire = await open(stage)
      await wire.send(lines('POST / HTTP/1.1', HOST, 'Content-Length: 100000000'))
      return await sentBefore(wire.socket, 64)
    },
  },
  {
    name: '1,000 connections, a request on each',
    async run(stage) {
      listen(stage)
      const asked = await Promise.all(
        Array.from({ length: 1000 }, () => ask(stage, GET, { withinMs: 10_000 })),
      )
      const good = asked.filter(
        ({ answers }) => answers[0]?.status === 200 && answers[0].body === 'ok',
      ).length
      return `${good} answered`
    },
  },
]

async function sentBefore(
  socket: { write(data: Buffer): boolean; once(event: 'drain', done: () => void): unknown },
  most: number,
): Promise<string> {
  const block = Buffer.alloc(1 << 20)
  for (let sent = 0; sent < most; sent++) {
    if (socket.write(block)) continue
    const drained = new Promise<boolean>((resolve) => socket.once('drain', () => resolve(true)))
    if (!(await Promise.race([drained, pause(300, false)]))) return `stops before ${most} MB`
  }
  return 'never stops'
}
