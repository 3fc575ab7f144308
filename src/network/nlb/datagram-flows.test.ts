import { beforeEach, expect, it } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { silentLog } from '../../base/log.ts'
import { createVpcs } from '../dialer.ts'
import { group } from '../testing/plane-stage.ts'
import { DatagramFlows, type FlowChoice } from './datagram-flows.ts'
import { TargetGroup } from './target-group.ts'

let clock: FakeClock
let flows: DatagramFlows
let opened: { ip: string; sent: string[]; receive: (bytes: Buffer) => void; isOpen: boolean }[]
let targets: TargetGroup

beforeEach(() => {
  clock = new FakeClock()
  flows = new DatagramFlows({ clock, log: silentLog })
  opened = []
  const vpcs = createVpcs({ clock })
  vpcs.dialer('vpc-1').register(
    '10.0.0.1',
    () => undefined,
    (port) =>
      port === 80
        ? {
            async openFlow(receive) {
              const one = { ip: '10.0.0.1', sent: [] as string[], receive, isOpen: true }
              opened.push(one)
              return {
                send: (bytes) => void one.sent.push(String(bytes)),
                close: () => void (one.isOpen = false),
              }
            },
          }
        : undefined,
  )
  targets = new TargetGroup(group(['10.0.0.1', '10.0.0.9']), {
    vpcs,
    clock,
    initialCheckIntervalMs: 5,
    onHealthChange: () => undefined,
  })
  targets.use(['a'])
})

function choice(index = 0): FlowChoice | undefined {
  const chosen = targets.candidates()[index]
  return chosen && { group: targets, target: chosen.target }
}

function datagram(text: string, sourcePort = 5000, replies: string[] = []) {
  const reply = (bytes: Buffer): void => void replies.push(String(bytes))
  return { bytes: Buffer.from(text), sourceIp: '127.0.0.1', sourcePort, reply }
}

it('ends a flow 120 seconds after its last datagram, of either side', async () => {
  const replies: string[] = []
  flows.carry(datagram('one', 5000, replies), 'way', () => choice())
  await clock.advance(110_000)
  opened[0]?.receive(Buffer.from('answer'))
  await clock.advance(110_000)
  flows.carry(datagram('two', 5000, replies), 'way', () => choice())
  expect(opened.map(({ sent }) => sent)).toEqual([['one', 'two']])
  expect(replies).toEqual(['answer'])
  await clock.advance(120_000)
  expect(opened[0]?.isOpen).toBe(false)
  flows.carry(datagram('three'), 'way', () => choice())
  await clock.advance(0)
  expect(opened.map(({ sent }) => sent)).toEqual([['one', 'two'], ['three']])
})

it('tells flows apart by client and by the way in, and asks for a target once for each', async () => {
  let asked = 0
  const choose = (): FlowChoice | undefined => {
    asked++
    return choice()
  }
  for (const text of ['1', '2']) {
    flows.carry(datagram(text, 5000), 'one', choose)
    flows.carry(datagram(text, 5001), 'one', choose)
    flows.carry(datagram(text, 5000), 'two', choose)
  }
  await clock.advance(0)
  expect(asked).toBe(3)
  expect(opened.map(({ sent }) => sent)).toEqual(Array(3).fill(['1', '2']))
})

it('tries anew with the next datagram where a target takes none', async () => {
  flows.carry(datagram('lost'), 'way', () => choice(1))
  await clock.advance(0)
  flows.carry(datagram('found'), 'way', () => choice())
  await clock.advance(0)
  expect(opened.map(({ sent }) => sent)).toEqual([['found']])
})

it('remembers the newest flows', async () => {
  for (let port = 0; port <= 16_384; port++) flows.carry(datagram('x', port), 'way', () => choice())
  await clock.advance(0)
  expect(opened.filter(({ isOpen }) => isOpen)).toHaveLength(16_384)
  flows.close()
  expect(opened.some(({ isOpen }) => isOpen)).toBe(false)
})
