import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { createAuthority, issueServerCertificate } from '../base/certificate-authority.ts'
import { systemClock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { AdminClient } from '../region/admin-client.ts'
import type { RegionStatus } from '../region/admin.ts'
import { testIdentity } from '../region/testing/test-region-parts.ts'
import { nearWeb } from './web.ts'

const HOSTNAME = 'nginx-0123456789abcdef.elb.eu-west-1.localhost'
const status: RegionStatus = {
  region: 'eu-west-1',
  accountId: '111122223333',
  dns: '127.0.0.1:4569',
  pid: 1,
  memoryMiB: 1,
  clusters: [],
  loadBalancers: [
    {
      name: 'nginx',
      hostname: HOSTNAME,
      state: 'active',
      listeners: [
        { port: 80, url: `http://${HOSTNAME}:4580`, addresses: ['127.66.3.9:80', '127.67.3.9:80'] },
        { port: 8080, url: `http://${HOSTNAME}:40123`, addresses: [] },
      ],
    },
  ],
}

class FixedAdmin extends AdminClient {
  override status(): Promise<RegionStatus> {
    return Promise.resolve(status)
  }
}

const web = nearWeb(new FixedAdmin({ endpoint: '' }, testIdentity))

describe('wayTo', () => {
  it.each([
    ['the URL of the listener', HOSTNAME, 8080, `http://${HOSTNAME}:40123`],
    ['the first listener where none has the port', HOSTNAME, 443, `http://${HOSTNAME}:4580`],
    ['the name itself where the region knows nothing of it', 'x.localhost', 80, 'http://x.localhost'],
    ['its port with it', 'x.localhost', 81, 'http://x.localhost:81'],
  ])('gives %s', async (_, hostname, port, url) => {
    expect(await web.wayTo(hostname, port)).toMatchObject({ url })
  })

  it('gives the first own address where there is one', async () => {
    expect(await web.wayTo(HOSTNAME, 80)).toMatchObject({ address: '127.66.3.9:80' })
    expect(await web.wayTo(HOSTNAME, 8080)).not.toHaveProperty('address')
  })
})

describe('fetchStatus', () => {
  async function serve(code: number): Promise<{ port: number; hosts: (string | undefined)[] }> {
    const hosts: (string | undefined)[] = []
    const server = createServer((request, response) => {
      hosts.push(request.headers.host)
      response.writeHead(code).end('hello')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return { port: (server.address() as AddressInfo).port, hosts }
  }

  it.each([200, 404, 503])(
    'gives the status %i of names under localhost, whatever the resolver says',
    async (code) => {
      const { port, hosts } = await serve(code)
      expect(await web.fetchStatus(`http://${HOSTNAME}:${port}/`)).toBe(code)
      expect(hosts).toEqual([`${HOSTNAME}:${port}`])
    },
  )

  it('asks by TLS where the URL says so, whoever made the certificate', async () => {
    const sources = { clock: systemClock, ids: randomIds }
    const authority = await createAuthority('Test', sources)
    const pair = await issueServerCertificate(authority, ['other.example'], sources)
    const server = createTlsServer(pair, (_, response) => void response.writeHead(404).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    expect(await web.fetchStatus(`https://${HOSTNAME}:${(server.address() as AddressInfo).port}/`)).toBe(404)
  })

  it('gives 0 where nobody listens', async () => {
    // Port 1 of loopback is nobody's.
    expect(await web.fetchStatus('http://localhost:1/')).toBe(0)
  })
})
