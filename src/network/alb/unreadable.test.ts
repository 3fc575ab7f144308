// Requests that cannot be read, alone and behind others, and answers that come before their requests have.
import { createServer } from 'node:http'
import type { Socket } from 'node:net'

import { describe, expect, test } from 'vitest'

import { until } from '../testing/test-target.ts'
import { AlbStage, forwardTo, NAME } from './testing/alb-stage.ts'

const HOST = `Host: ${NAME}`
const HEALTH_CHECK = {
  protocol: 'HTTP',
  port: 'traffic-port',
  path: '/health',
  timeoutSeconds: 5,
  healthyThreshold: 1,
  unhealthyThreshold: 2,
  successCodes: '200',
} as const
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n\r\n`

async function balanced(delayMs = 0): Promise<AlbStage> {
  const stage = await AlbStage.open()
  const { ip } = await stage.target((request, response) => {
    if (request.url === '/health') return void response.end()
    if (request.method === 'PUT') return void response.writeHead(413, { connection: 'close' }).end()
    setTimeout(() => response.end('answered'), delayMs)
  })
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 1)
  return stage
}

/** All that comes until the end. */
async function sent(stage: AlbStage, text: string): Promise<string> {
  const socket: Socket = stage.connect()
  let heard = ''
  let isOver = false
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  socket.on('close', () => (isOver = true)).on('end', () => socket.end())
  socket.write(text)
  await until('the connection has ended', () => isOver)
  return heard
}

const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)

describe('what cannot be read', () => {
  test('behind a request is refused after the answer to that', async () => {
    const stage = await balanced(50)
    const heard = await sent(stage, `${GET}nonsense\r\n\r\n`)
    expect(statuses(heard)).toEqual(['200', '400'])
    expect(heard).toContain('answered')
  })

  test('behind a request that was the last one of its connection is not answered', async () => {
    const stage = await balanced(50)
    const last = `GET / HTTP/1.1\r\n${HOST}\r\nConnection: close\r\n\r\n`
    expect(statuses(await sent(stage, `${last}nonsense\r\n\r\n`))).toEqual(['200'])
  })

  test('within a body is refused at once', async () => {
    const stage = await balanced(10_000)
    const head = `POST / HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(statuses(await sent(stage, `${head}nonsense\r\n`))).toEqual(['400'])
  })

  test('after an answer that ends the connection adds no second one', async () => {
    const stage = await balanced()
    const head = `POST / HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: xchunked\r\n\r\n`
    expect(statuses(await sent(stage, `${head}0\r\n\r\n`))).toEqual(['501'])
  })
})

test.each([
  ['two hosts', `GET / HTTP/1.1\r\n${HOST}\r\n${HOST}\r\n\r\n`, '400'],
  ['a host that is none', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', '400'],
  ['a host of IPv6', 'GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n', '200'],
  ['HTTP/2.0 in words', `GET / HTTP/2.0\r\n${HOST}\r\n\r\n`, '505'],
])('a request with %s is answered with %s', async (_, text, status) => {
  expect(statuses(await sent(await balanced(), text))).toEqual([status])
})

test('a target may answer before any of the body has come', async () => {
  const stage = await balanced()
  const socket = stage.connect()
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  socket.write(`PUT / HTTP/1.1\r\n${HOST}\r\nContent-Length: 1000000\r\n\r\n`)
  await until('an answer', () => heard.includes('\r\n\r\n'))
  expect(statuses(heard)).toEqual(['413'])
})

test('answers without a body leave the connection to the target for the next request', async () => {
  let connections = 0
  const stage = await AlbStage.open()
  const server = createServer(
    (_request, response) => void response.setHeader('content-length', '5').end('hello'),
  )
  const { ip } = await stage.target(server)
  stage.group('arn:tg', [ip], {
    // One check, which ends its connection.
    healthCheck: { ...HEALTH_CHECK, intervalSeconds: 60 },
  })
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 1)
  server.on('connection', () => (connections += 1))
  const socket = stage.connect()
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  for (let count = 1; count <= 20; count++) {
    socket.write(`HEAD / HTTP/1.1\r\n${HOST}\r\n\r\n`)
    await until(`answer ${count}`, () => statuses(heard).length === count)
  }
  expect(connections).toBe(1)
})
