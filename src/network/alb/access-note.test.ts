// What the data plane tells of requests to an access log.
import { beforeEach, describe, expect, it } from 'vitest'

import { until } from '../testing/test-target.ts'
import type { AccessEntry } from './access-entry.ts'
import { AlbStage, forwardTo, NAME } from './testing/alb-stage.ts'
import type { Rule } from './plan.ts'

let stage: AlbStage
let log: AccessEntry[]

beforeEach(async () => {
  stage = await AlbStage.open()
  log = []
})

async function balance(rules: readonly Rule[]): Promise<void> {
  await stage.balance(rules, { log: (entry) => void log.push(entry) })
}

async function entry(): Promise<AccessEntry> {
  await until('an entry', () => log.length > 0)
  return log[0]!
}

async function forwarding(ips: readonly string[]): Promise<void> {
  stage.group('arn:tg', ips)
  await balance([forwardTo('arn:tg')])
}

describe('an entry', () => {
  it('tells of the target, the bytes, the times and the rule', async () => {
    const target = await stage.target((request, response) => {
      request.resume().on('end', () => response.writeHead(201).end('x'.repeat(1000)))
    })
    await forwarding([target.ip])
    await stage.healthy('arn:tg', 1).catch(() => undefined)
    await stage.ask('/a?b=c', { method: 'POST', body: 'y'.repeat(500), headers: { 'user-agent': 'me' } })
    const found = await entry()
    expect(found).toMatchObject({
      type: 'http',
      clientIp: '127.0.0.1',
      target: `${target.ip}:80`,
      targetStatus: 201,
      status: 201,
      method: 'POST',
      url: `http://${NAME}:80/a?b=c`,
      httpVersion: '1.1',
      userAgent: 'me',
      targetGroupArn: 'arn:tg',
      traceId: expect.stringMatching(/^Root=1-/),
      rulePriority: 0,
      actions: ['forward'],
      connectionId: expect.stringMatching(/^TID_[0-9a-f]{32}$/),
    })
    expect(found.receivedBytes).toBeGreaterThan(500)
    expect(found.receivedBytes).toBeLessThan(1000)
    expect(found.sentBytes).toBeGreaterThan(1000)
    const times = [found.requestMs, found.targetMs, found.responseMs, found.endMs - found.createdMs]
    expect(times.every((ms) => ms !== undefined && ms >= 0 && ms < 5000)).toBe(true)
  })

  it('tells of answers that the load balancer makes itself', async () => {
    await balance([
      {
        conditions: [],
        transforms: [],
        priority: 7,
        action: { kind: 'fixed-response', status: 418, contentType: 'text/plain', body: 'tea' },
      },
    ])
    await stage.ask('/')
    const found = await entry()
    expect(found).toMatchObject({ status: 418, rulePriority: 7, actions: ['fixed-response'] })
    expect(found).not.toHaveProperty('target')
    expect(found).not.toHaveProperty('requestMs')
  })

  it('tells of a group without targets, and of a target that ends the connection', async () => {
    await forwarding([])
    expect((await stage.ask('/')).status).toBe(503)
    expect(await entry()).toMatchObject({ status: 503, actions: ['forward'] })
    log.length = 0
    const target = await stage.target((request) => request.socket.destroy())
    await forwarding([target.ip])
    expect((await stage.ask('/')).status).toBe(502)
    const found = await entry()
    expect(found).toMatchObject({ status: 502, target: `${target.ip}:80`, requestMs: expect.any(Number) })
    expect(found).not.toHaveProperty('targetStatus')
    expect(found).not.toHaveProperty('targetMs')
  })

  it('tells of a client that left before its answer by 460', async () => {
    const target = await stage.target(({ url, socket }) => {
      if (url === '/slow') socket.on('close', () => undefined)
      else socket.destroy()
    })
    await forwarding([target.ip])
    const socket = stage.connect()
    socket.write(`GET /slow HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`, () => setTimeout(() => socket.destroy(), 50))
    expect(await entry()).toMatchObject({ status: 460, url: `http://${NAME}:80/slow` })
  })

  it('tells of a client that left within its own body by 400', async () => {
    const asked = Promise.withResolvers<void>()
    const target = await stage.target(() => asked.resolve())
    await forwarding([target.ip])
    const socket = stage.connect()
    // It leaves once its head has come through.
    void asked.promise.then(() => socket.destroy())
    socket.write(`POST /up HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 100\r\n\r\nhalf`)
    expect(await entry()).toMatchObject({ status: 400, url: `http://${NAME}:80/up` })
  })

  it('tells of what two servers may read in two ways', async () => {
    await balance([forwardTo('arn:none')])
    const socket = stage.connect()
    socket.end(`GET / HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 2\r\n\r\nok`)
    socket.resume()
    expect(await entry()).toMatchObject({
      classification: 'Ambiguous',
      classificationReason: 'UndefinedContentLengthSemantics',
    })
  })

  it('tells of an upgrade once that is over', async () => {
    const target = await stage.target((_request, response) => response.end())
    await forwarding([target.ip])
    const socket = stage.connect()
    socket.end(`GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    socket.resume()
    expect(await entry()).toMatchObject({ status: 200, targetStatus: 200 })
  })
})

it('nothing is told without a log, nor of what is no request', async () => {
  await balance([forwardTo('arn:none')])
  const socket = stage.connect()
  socket.end('nonsense\r\n\r\n')
  await new Promise((resolve) => socket.resume().once('close', resolve))
  expect(log).toEqual([])
})
