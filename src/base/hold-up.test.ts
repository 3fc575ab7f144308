import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { outlastHoldUps } from './hold-up.ts'

const QUESTION = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

it('answers what came while the process was held up for longer than connections are kept', async () => {
  const server = createServer({ keepAliveTimeout: 1, keepAliveTimeoutBuffer: 0 }, (_, response) => {
    response.end('here')
  })
  outlastHoldUps(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  let heard = ''
  client.setEncoding('utf8').on('data', (text: string) => (heard += text))
  client.write(QUESTION)
  await expect.poll(() => heard.split('here').length - 1).toBe(1)
  client.write(QUESTION)
  // The process does nothing at all meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  await expect.poll(() => heard.split('here').length - 1).toBe(2)
})
