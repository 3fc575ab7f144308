// Owns scenarios of bytes through an NLB: who speaks, who ends, how much waits where.
import { setTimeout as pause } from 'node:timers/promises'
import type { Socket } from 'node:net'

import { becomes, digestOf, noise, open, Wire } from '../client.ts'
import type { Scenario, Stage } from '../scenario.ts'

const MEGABYTE = 1 << 20
/** More than all buffers on the way hold together. */
const ENDLESS_MB = 64

const echo = (socket: Socket): void => void socket.pipe(socket)

export const STREAMS: readonly Scenario[] = [
  {
    name: '8 MB of random bytes are echoed',
    async run(stage) {
      stage.target.serve(echo)
      const wire = await open(stage)
      const { data, digest } = noise(8 * MEGABYTE)
      wire.socket.end(data)
      const ending = await wire.ending(10_000)
      return `${digestOf(wire.bytes) === digest ? 'every byte' : `${wire.bytes.length} bytes`}, then ${ending}`
    },
  },
  {
    name: 'the client ends its half, the target then answers with 2 MB',
    async run(stage) {
      const answer = noise(2 * MEGABYTE)
      stage.target.serve((socket) => socket.resume().on('end', () => socket.end(answer.data)))
      const wire = await open(stage)
      wire.socket.end(noise(2 * MEGABYTE).data)
      const ending = await wire.ending(10_000)
      return `${digestOf(wire.bytes) === answer.digest ? 'every byte' : `${wire.bytes.length} bytes`}, then ${ending}`
    },
  },
  {
    name: 'the target ends its half, the client then sends 2 MB',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      const far = new Wire(await accepted)
      far.socket.end('bye')
      const heard = await wire.ending()
      const { data, digest } = noise(2 * MEGABYTE)
      wire.socket.end(data)
      const ending = await far.ending(10_000)
      return `client: ${wire.text}, ${heard}; target: ${digestOf(far.bytes) === digest ? 'every byte' : `${far.bytes.length} bytes`}, then ${ending}`
    },
  },
  {
    name: 'both ends end at once',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      const far = new Wire(await accepted)
      wire.socket.end('a')
      far.socket.end('b')
      const endings = [await wire.ending(), await far.ending()]
      return `client: ${wire.text}, ${endings[0]}; target: ${far.text}, ${endings[1]}`
    },
  },
  {
    name: '2 MB and the FIN right behind them',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      const far = new Wire(await accepted)
      const { data, digest } = noise(2 * MEGABYTE)
      far.socket.end(data)
      const ending = await wire.ending(10_000)
      return `${digestOf(wire.bytes) === digest ? 'every byte' : `${wire.bytes.length} bytes`}, then ${ending}`
    },
  },
  {
    name: 'the target speaks first',
    async run(stage) {
      stage.target.serve((socket) => void socket.write('220 ready'))
      const wire = await open(stage)
      await wire.until(({ text }) => text.length >= 9)
      return wire.text
    },
  },
  {
    name: 'a client that says nothing is connected to the target',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      await accepted
      wire.socket.end()
      const far = new Wire(await accepted)
      return `target: connected, ${(await far.ending()) === 'open' ? 'left open' : 'then over'}`
    },
  },
  {
    name: '500 writes of one byte',
    async run(stage) {
      stage.target.serve(echo)
      const wire = await open(stage)
      const sent = Buffer.from(Array.from({ length: 500 }, (_, index) => index & 0xff))
      for (const byte of sent) await wire.send(Buffer.of(byte))
      wire.socket.end()
      const ending = await wire.ending()
      return `${wire.bytes.equals(sent) ? 'in order' : 'out of order'}, then ${ending}`
    },
  },
  {
    name: 'question and answer, 200 times on one connection',
    async run(stage) {
      stage.target.serve(echo)
      const wire = await open(stage)
      let size = 0
      for (let turn = 0; turn < 200; turn++) {
        await wire.send(`question ${turn}\n`)
        size += `question ${turn}\n`.length
        await wire.until(({ bytes }) => bytes.length >= size)
      }
      return `${wire.bytes.length === size ? 'each answered' : 'answers missing'}, ${stage.target.seen} connection`
    },
  },
  {
    name: 'a target that does not read holds the client back',
    run: async (stage) => await heldBack(stage, 'client'),
  },
  {
    name: 'a client that does not read holds the target back',
    run: async (stage) => await heldBack(stage, 'target'),
  },
  {
    name: 'a slow reader gets everything in the end',
    async run(stage) {
      const { data, digest } = noise(12 * MEGABYTE)
      stage.target.serve((socket) => void socket.end(data))
      const wire = await open(stage)
      wire.socket.pause()
      await pause(200)
      wire.socket.resume()
      const ending = await wire.ending(10_000)
      return `${digestOf(wire.bytes) === digest ? 'every byte' : `${wire.bytes.length} bytes`}, then ${ending}`
    },
  },
  {
    name: '1,000 connections at once, each echoed',
    async run(stage) {
      stage.target.serve(echo)
      const wires = await Promise.all(Array.from({ length: 1000 }, () => open(stage)))
      const endings = await Promise.all(
        wires.map(async (wire, index) => {
          wire.socket.end(`number ${index}`)
          const ending = await wire.ending(10_000)
          return wire.text === `number ${index}` ? ending : `${wire.text.length} bytes, ${ending}`
        }),
      )
      return `${stage.target.seen} at the target; ${tally(endings)}`
    },
  },
  {
    name: '500 connections after another leave nothing behind',
    async run(stage) {
      stage.target.serve(echo)
      for (let count = 0; count < 500; count++) {
        const wire = await open(stage)
        wire.socket.end('x')
        await wire.ending()
      }
      const isEmpty = await becomes(() => stage.target.open === 0)
      return `${stage.target.seen} at the target, ${isEmpty ? 'none' : stage.target.open} left`
    },
  },
]

/** How often each ending was seen. */
function tally(endings: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const ending of endings) counts.set(ending, (counts.get(ending) ?? 0) + 1)
  return [...counts].map(([ending, count]) => `${count} × ${ending}`).join(', ')
}

async function heldBack(stage: Stage, who: 'client' | 'target'): Promise<string> {
  const accepted = stage.target.next()
  const wire = await open(stage)
  const far = await accepted
  const [sender, receiver] = who === 'client' ? [wire.socket, far] : [far, wire.socket]
  receiver.pause()
  let sent = 0
  const block = Buffer.alloc(MEGABYTE)
  while (sent < ENDLESS_MB) {
    sent += 1
    if (sender.write(block)) continue
    const drained = new Promise<boolean>((resolve) => sender.once('drain', () => resolve(true)))
    if (!(await Promise.race([drained, pause(300, false)]))) break
  }
  return sent < ENDLESS_MB ? `stops before ${ENDLESS_MB} MB` : 'never stops'
}
