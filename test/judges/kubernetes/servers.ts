// Owns the two API servers that are asked the same: the one of this checkout, in this process, and kube-apiserver.
import { Agent, request } from 'node:https'

import { createApiFixture } from '../../../src/kubernetes/server/testing/api-fixture.ts'
import { sendTo, wholeText } from '../../../src/kubernetes/server/testing/send.ts'
import { peerTarget } from '../../../scripts/bench/api-targets.ts'
import type { Answer } from './compare.ts'

/** A server with the namespace `d`, and a service account in it. */
export interface Server {
  ask(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>
  stop(): Promise<void>
}

/** Neargate's, without a region around it. */
export async function ourServer(): Promise<Server> {
  const { server } = await createApiFixture({ version: '1.35' })
  return withNamespace({
    async ask(method, path, body, contentType = 'application/json') {
      const response = await sendTo(server, method, path, {
        ...(body === undefined ? {} : { body }),
        headers: { 'content-type': contentType },
      })
      const warnings = [response.headers['warning'] ?? []].flat()
      return { status: response.status, body: parsed(wholeText(response)), warnings }
    },
    stop: () => Promise.resolve(),
  })
}

/** kube-apiserver and etcd from a directory. */
export async function theirServer(directory: string): Promise<Server> {
  const target = await peerTarget(directory, { withoutAdmission: [] })
  const agent = new Agent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false })
  const send = (method: string, path: string, contentType: string, text: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${target.token}`, 'content-type': contentType }
      const outgoing = request(target.url + path, { method, headers, agent }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          // Node joins them; none of the texts has this in it.
          const warnings = response.headers['warning']?.split(/, (?=299 )/) ?? []
          const { statusCode: status = 0 } = response
          resolve({ status, body: parsed(Buffer.concat(parts).toString()), warnings })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(text)
    })
  return withNamespace({
    async ask(method, path, body, contentType = 'application/json') {
      const text = body === undefined ? '' : JSON.stringify(body)
      // What makes its handler panic ends the connection, at each try.
      return await send(method, path, contentType, text).catch(() =>
        send(method, path, contentType, text).catch((error: Error) => ({
          status: 599,
          body: { message: error.message },
          warnings: [],
        })),
      )
    },
    async stop() {
      agent.destroy()
      await target.stop()
    },
  })
}

async function withNamespace(server: Server): Promise<Server> {
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'd' } })
  const account = { metadata: { name: 'default' } }
  await server.ask('POST', '/api/v1/namespaces/d/serviceaccounts', account)
  return server
}

// Some answers are plain text.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { message: text.trim() }
  }
}
