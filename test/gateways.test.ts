// Gateways as a user has them: the example, brought up, asked through both of its load balancers, and taken down.
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { gatewayApi } from './load-balancers/gateway-api.ts'
import { eventually } from './support/poll.ts'
import { Playground } from './support/program.ts'

interface UpJson {
  readonly loadBalancers: readonly {
    readonly gateway?: string
    readonly hostname: string
    readonly url: string
    readonly healthyTargets: number
    readonly httpStatus: number
  }[]
}

interface StatusJson {
  readonly loadBalancers: readonly {
    readonly name: string
    readonly listeners: readonly { readonly port: number; readonly url?: string }[]
  }[]
}

const playground = new Playground()
const example = 'examples/gateways'
const definitions = join(playground.home, 'gateway-api.json')
let first: UpJson

async function answer<Output>(...args: string[]): Promise<Output> {
  const { status, stdout, stderr } = await playground.neargate(...args, '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout) as Output
}

/** The name of the pod that answers, wherever names under .localhost resolve to. */
function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const { host, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: port === '' ? 80 : Number(port), path: pathname, agent: false }
    const sent = request({ ...to, headers: { host, ...headers } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve(`${response.statusCode} ${body}`))
    })
    sent.once('error', reject)
    sent.end()
  })
}

beforeAll(async () => {
  writeFileSync(definitions, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: gatewayApi }))
  first = await answer<UpJson>('up', example, definitions)
}, 120_000)

afterAll(() => playground.dispose())

const urlOf = (name: string): string => first.loadBalancers.find(({ gateway }) => gateway === name)?.url ?? ''

describe('the example of Gateways', () => {
  it('is priced by its load balancers', async () => {
    const { cost } = await answer<{ cost: { items: readonly { name: string }[] } }>(
      'plan',
      example,
      definitions,
    )
    const names = cost.items.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['ALB Gateway shop/web', 'NLB Gateway shop/edge']))
  })

  it('comes up with healthy targets and answers', () => {
    expect(first.loadBalancers).toMatchObject([
      { gateway: 'edge', hostname: expect.stringMatching(/^k8s-shop-edge-/) as string, httpStatus: 200 },
      { gateway: 'web', hostname: expect.stringMatching(/^k8s-shop-web-/) as string, httpStatus: 200 },
    ])
    for (const { healthyTargets } of first.loadBalancers) expect(healthyTargets).toBe(2)
  })

  it('sends requests where their headers lead, and the others to both versions', async () => {
    expect(await ask(urlOf('web'), { 'x-version': 'green' })).toMatch(/^200 [^]*green-/)
    const versions = new Set<string>()
    await eventually(async () => {
      versions.add(/(blue|green)-/.exec(await ask(urlOf('web')))?.[1] ?? '')
      return versions.size === 2 ? true : undefined
    }, 'answers of both versions')
  })

  it('has the one load balancer behind the other, and a port of its own for the new version', async () => {
    expect(await ask(urlOf('edge'), { 'x-version': 'green' })).toMatch(/^200 [^]*green-/)
    const { loadBalancers } = await answer<StatusJson>('status')
    const edge = loadBalancers.find(({ name }) => name.startsWith('k8s-shop-edge-'))
    const preview = edge?.listeners.find(({ port }) => port === 8080)?.url ?? ''
    for (let count = 0; count < 5; count++) expect(await ask(preview)).toMatch(/^200 [^]*green-/)
  })

  it('is explained', async () => {
    const [told] = await answer<{ subject: string; isWell: boolean }[]>('explain', 'gateway/edge')
    expect(told).toMatchObject({ subject: 'gateway shop/edge', isWell: true })
  })

  it('changes nothing when it is brought up again', async () => {
    expect(await answer('up', example, definitions)).toMatchObject({ unchanged: true })
  }, 60_000)

  it('goes with all that it made', async () => {
    const { status, stdout, stderr } = await playground.neargate('down', example, definitions)
    expect({ status, stderr }).toMatchObject({ status: 0 })
    // It looks itself whether anything of AWS is left, and stops the region that it began only where nothing is.
    expect(stdout + stderr).toContain('it held nothing else')
  }, 120_000)
})
