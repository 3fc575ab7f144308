import { afterEach, beforeEach, expect, it } from 'vitest'

import { askHealth, openHttp2 } from '../../network/grpc-health.ts'
import { connectTo } from '../../network/testing/test-target.ts'
import { Listeners, type OpenPort } from './listeners.ts'

const sandbox = { id: 's', namespace: 'shop', name: 'web-1', ip: '10.0.0.20', node: 'node-1', labels: {} }

let port: OpenPort
let log: string[]

beforeEach(async () => {
  log = []
  const identity = { sandbox, container: 'web', image: 'orders:1' }
  port = await new Listeners().open({ identity, log: (text) => log.push(text) })
})
afterEach(() => port.close())

it('a stand-in is well to a probe of gRPC', async () => {
  const session = await openHttp2(await connectTo(port.address), 'x')
  const question = { authority: 'x', service: 'shop.v1.Orders', userAgent: 'kube-probe/1.35' }
  expect(await askHealth(session, question)).toEqual({ code: 0, message: '', status: 'SERVING' })
  expect(log).toEqual(['grpc /grpc.health.v1.Health/Check 0'])
  session.destroy()
})

it.each([
  ['application/grpc', { ':status': 200, 'grpc-status': '12' }, ''],
  ['text/plain', { ':status': 200, server: 'neargate-standin' }, 'Neargate stand-in for orders:1'],
])('it answers other requests of %s as what it is', async (type, headers, start) => {
  const session = await openHttp2(await connectTo(port.address), 'x')
  const request = session.request({ ':path': '/shop.v1.Orders/List', 'content-type': type })
  const answered = new Promise((resolve) => request.once('response', resolve))
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  expect(await answered).toMatchObject(headers)
  expect(body.slice(0, start.length)).toBe(start)
  session.destroy()
})
