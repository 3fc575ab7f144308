// Owns scenarios of connections through an NLB that go wrong: resets, refusals, silence.
import { setTimeout as pause } from 'node:timers/promises'

import { becomes, breakOff, open, Wire } from '../client.ts'
import type { Scenario, Stage } from '../scenario.ts'

const RESETS =
  'An NLB hands packets on, so that a reset comes through; haproxy ends the other side by its own choice'
const REFUSED = 'An NLB hands the refusal on; haproxy has accepted the connection and ends it'

export const FAULTS: readonly Scenario[] = [
  {
    name: 'the client resets',
    async run(stage) {
      const { wire, far } = await pair(stage)
      breakOff(wire)
      return `target: ${await far.ending()}`
    },
  },
  {
    name: 'the target resets',
    async run(stage) {
      const { wire, far } = await pair(stage)
      breakOff(far)
      return `client: ${await wire.ending()}`
    },
    why: RESETS,
  },
  {
    name: 'the target resets while the client sends',
    async run(stage) {
      const { wire, far } = await pair(stage)
      far.socket.pause()
      wire.socket.write(Buffer.alloc(4 << 20))
      await pause(20)
      breakOff(far)
      return `client: ${await wire.ending()}`
    },
    why: RESETS,
  },
  {
    name: 'the client resets while the target sends',
    async run(stage) {
      const { wire, far } = await pair(stage)
      wire.socket.pause()
      far.socket.write(Buffer.alloc(8 << 20))
      await pause(20)
      breakOff(wire)
      return `target: ${await far.ending()}`
    },
  },
  {
    name: 'the target resets after its half has ended',
    async run(stage) {
      const { wire, far } = await pair(stage)
      far.socket.end('bye')
      await wire.until(({ text }) => text === 'bye')
      breakOff(far)
      wire.socket.write('more')
      const isClosed = await becomes(() => wire.socket.closed || wire.socket.destroyed)
      return `client: ${wire.text}, ${isClosed ? 'closed' : 'open'}`
    },
  },
  {
    name: 'nothing listens at the target',
    async run(stage) {
      const wire = await open(stage, 'dead')
      return `client: ${await wire.ending()}`
    },
    why: REFUSED,
  },
  {
    name: 'nothing listens at the target, and the client has sent',
    async run(stage) {
      const wire = await open(stage, 'dead')
      wire.socket.write('hello')
      const ending = await wire.ending()
      return `client: ${ending}, ${wire.bytes.length} bytes`
    },
    why: REFUSED,
  },
  {
    name: 'a client that leaves at once',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      breakOff(wire)
      const far = new Wire(await Promise.race([accepted, neverMind(stage)]))
      const ending = await far.ending()
      return `target: ${ending === 'open' ? 'left open' : 'not left open'}`
    },
  },
  {
    name: 'silence for longer than the idle time-out',
    async run(stage) {
      const { wire, far } = await pair(stage, 'brief')
      return `client: ${await wire.ending(4000)}; target: ${await far.ending()}`
    },
    why: 'An NLB forgets the flow and resets what comes later, Neargate resets at once; haproxy ends it',
  },
  {
    name: 'a byte from the client now and then',
    async run(stage) {
      const { wire } = await pair(stage, 'brief')
      for (let count = 0; count < 7; count++) {
        await wire.send('.')
        await pause(300)
      }
      return `client: ${await wire.ending(1)}`
    },
  },
  {
    name: 'a byte from the target now and then',
    async run(stage) {
      const { wire, far } = await pair(stage, 'brief')
      for (let count = 0; count < 7; count++) {
        far.socket.write('.')
        await pause(300)
      }
      return `client: ${wire.text}, ${await wire.ending(1)}`
    },
  },
  {
    name: 'silence on a connection whose client half has ended',
    async run(stage) {
      const { wire, far } = await pair(stage, 'brief')
      wire.socket.end()
      await far.ending()
      const isClosed = await becomes(() => wire.isOver, 4000)
      return `client: ${isClosed ? 'ended' : 'open'}`
    },
  },
]

async function pair(stage: Stage, front: 'plain' | 'brief' = 'plain'): Promise<{ wire: Wire; far: Wire }> {
  const accepted = stage.target.next()
  const wire = await open(stage, front)
  const far = new Wire(await accepted)
  return { wire, far }
}

// The load balancer may have noticed in time, and then the target hears nothing: a client of its own stands in.
async function neverMind(stage: Stage) {
  await pause(300)
  const wire = await open(stage)
  wire.socket.end()
  return wire.socket
}
