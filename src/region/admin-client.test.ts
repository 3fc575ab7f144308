import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { UserError } from '../base/errors.ts'
import { AdminClient } from './admin-client.ts'
import { testIdentity } from './testing/test-region-parts.ts'

interface Asked {
  readonly line: string
  readonly authorization: string | undefined
  readonly body: string
}

async function serve(
  code: number,
  body: string,
): Promise<{ client: AdminClient; asked: Asked[]; endpoint: string }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const { authorization } = request.headers
      asked.push({ line: `${request.method} ${request.url}`, authorization, body: text })
      response.writeHead(code).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { client: clientOf(endpoint), asked, endpoint }
}

function clientOf(endpoint: string): AdminClient {
  return new AdminClient({ endpoint }, testIdentity)
}

describe('AdminClient', () => {
  it('asks for the status with its token', async () => {
    const { client, asked } = await serve(200, '{"region":"eu-west-1"}')
    expect(await client.status()).toEqual({ region: 'eu-west-1' })
    expect(asked).toEqual([
      { line: 'GET /_neargate/regions/eu-west-1/status', authorization: 'Bearer token', body: '' },
    ])
  })

  it('sends the subnets of a network', async () => {
    const { client, asked } = await serve(200, '{"vpcId":"vpc-1","created":true}')
    const request = { subnets: [{ id: 'subnet-a', zone: 'eu-west-1a', public: false }] }
    expect(await client.prepareNetwork(request)).toEqual({ vpcId: 'vpc-1', created: true })
    expect(asked).toMatchObject([
      { line: 'PUT /_neargate/regions/eu-west-1/network', body: JSON.stringify(request) },
    ])
  })

  it('gives the reason of a refusal', async () => {
    const { client } = await serve(400, '{"message":"subnet-a is in another zone"}')
    const failed = await client.status().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UserError)
    expect(failed).toMatchObject({ message: 'the near region refused: subnet-a is in another zone' })
  })

  it.each([
    [200, '<html>', 'what listens at ENDPOINT is no near region'],
    [502, '<html>', 'the near region refused: Bad Gateway'],
  ])('is not confused by an answer of somebody else (%i)', async (code, body, message) => {
    const { client, endpoint } = await serve(code, body)
    const failed = await client.status().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UserError)
    expect((failed as UserError).message).toBe(message.replace('ENDPOINT', endpoint))
  })

  it('says so when nobody answers, and how to start the region', async () => {
    const failed = await clientOf('http://127.0.0.1:1')
      .status()
      .catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UserError)
    expect((failed as UserError).message).toContain('the near region at http://127.0.0.1:1 does not answer')
    expect((failed as UserError).help).toBe('Start it again with: neargate start')
  })
})
