// Targets of a group as requests see them: those that come, those that warm up, those that are deregistered.
import type { Socket } from 'node:net'

import { describe, expect, test } from 'vitest'

import { until } from '../testing/test-target.ts'
import type { RequestSettings } from './plan.ts'
import { AlbStage, forwardTo, REQUESTS } from './testing/alb-stage.ts'

/** A stage whose targets answer with their name. */
async function named(names: readonly string[], change: Partial<RequestSettings> = {}) {
  // A target that warms up is passed over until it has more than half its share.
  const stage = await AlbStage.open({ random: () => 0.5 })
  const held: (() => void)[] = []
  const ips: Record<string, string> = {}
  // Of requests, not of checks.
  const sockets = new Set<Socket>()
  for (const name of names) {
    const { ip } = await stage.target((request, response) => {
      if (request.url === '/health') return void response.end()
      if (!sockets.has(request.socket)) {
        sockets.add(request.socket)
        request.socket.once('close', () => sockets.delete(request.socket))
      }
      if (request.url === '/held') held.push(() => response.end(name))
      else response.end(name)
    })
    ips[name] = ip
  }
  const register = (some: readonly string[], deregistrationDelaySeconds = 300): void => {
    const requests = { ...REQUESTS, ...change }
    const addresses = some.flatMap((name) => ips[name] ?? [])
    stage.group('arn:tg', addresses, { requests, deregistrationDelaySeconds })
  }
  const ask = async (count: number): Promise<string[]> => {
    const bodies: string[] = []
    while (bodies.length < count) bodies.push((await stage.ask('/')).body)
    return bodies
  }
  return { stage, register, ask, held, sockets }
}

describe('a deregistered target', () => {
  test('gets no new requests', async () => {
    const { stage, register, ask } = await named(['one', 'two'])
    register(['one', 'two'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 2)
    expect((await ask(4)).toSorted()).toEqual(['one', 'one', 'two', 'two'])
    register(['two'])
    expect(stage.plane.targetHealth('arn:tg')).toMatchObject([{ state: 'draining' }, { state: 'healthy' }])
    expect(await ask(6)).toEqual(Array(6).fill('two'))
  })

  test('may end the request that it works on', async () => {
    const { stage, register, ask, held } = await named(['one', 'two'])
    register(['one'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 1)
    const late = stage.ask('/held')
    await until('the target has the request', () => held.length === 1)
    register(['two'])
    await stage.healthy('arn:tg', 1)
    expect(await ask(3)).toEqual(['two', 'two', 'two'])
    held[0]?.()
    expect(await late).toMatchObject({ status: 200, body: 'one' })
  })

  test('is cut off when its time is over', async () => {
    const { stage, register, held, sockets } = await named(['one'])
    register(['one'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 1)
    const late = stage.ask('/held')
    await until('the target has the request', () => held.length === 1)
    register([], 0.02)
    expect(await late).toMatchObject({ status: 502 })
    await until('the connection is closed', () => sockets.size === 0)
    expect(stage.plane.targetHealth('arn:tg')).toEqual([])
    expect(await stage.ask('/')).toMatchObject({ status: 503 })
  })

  test('lets go of the clients that a cookie kept there', async () => {
    const { stage, register } = await named(['one', 'two'], {
      stickiness: { kind: 'lb_cookie', seconds: 60 },
    })
    register(['one', 'two'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 2)
    const { headers, body } = await stage.ask('/')
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const other = body === 'one' ? 'two' : 'one'
    register([other])
    const next = await stage.ask('/', { headers: { cookie } })
    expect(next.body).toBe(other)
    expect(next.headers['set-cookie']?.[0]).not.toContain(cookie)
  })

  test('that is registered again gets requests again', async () => {
    const { stage, register, ask } = await named(['one', 'two'])
    register(['one', 'two'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 2)
    register(['two'])
    register(['one', 'two'])
    await stage.healthy('arn:tg', 2)
    expect((await ask(4)).toSorted()).toEqual(['one', 'one', 'two', 'two'])
  })
})

describe('a target that warms up', () => {
  test('gets its first requests late, and its full share in the end', async () => {
    const { stage, register, ask } = await named(['one', 'two'], { slowStartSeconds: 1 })
    register(['one'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 1)
    register(['one', 'two'])
    await stage.healthy('arn:tg', 2)
    expect(await ask(2)).toEqual(['one', 'one'])
    await until('it gets requests', async () => (await ask(2)).includes('two'))
    expect((await ask(4)).toSorted()).toEqual(['one', 'one', 'two', 'two'])
  })

  test('is none of those that were registered together', async () => {
    const { stage, register, ask } = await named(['one', 'two'], { slowStartSeconds: 60 })
    register(['one', 'two'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 2)
    expect((await ask(4)).toSorted()).toEqual(['one', 'one', 'two', 'two'])
  })

  test('is an old one once it is warm', async () => {
    const { stage, register, ask } = await named(['one', 'two', 'three'], { slowStartSeconds: 0.6 })
    register(['one'])
    await stage.balance([forwardTo('arn:tg')])
    await stage.healthy('arn:tg', 1)
    register(['one', 'two'])
    await stage.healthy('arn:tg', 2)
    const warmAt = performance.now() + 600
    await until('it is warm', () => performance.now() >= warmAt)
    register(['two'])
    register(['two', 'three'])
    await stage.healthy('arn:tg', 2)
    expect(await ask(2)).toEqual(['two', 'two'])
  })
})

test('least outstanding requests go to who has nothing to do', async () => {
  const { stage, register, ask, held } = await named(['one', 'two'], {
    algorithm: 'least_outstanding_requests',
  })
  register(['one', 'two'])
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 2)
  const late = stage.ask('/held')
  await until('a target has the request', () => held.length === 1)
  const [free] = await ask(1)
  expect(await ask(4)).toEqual(Array(4).fill(free))
  held[0]?.()
  expect((await late).body).not.toBe(free)
})
