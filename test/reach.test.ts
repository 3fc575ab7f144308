// Where the connections of unmodified clients go after `neargate env`: to this machine, and nowhere else.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { hasProgram, Playground, run } from './support/program.ts'

const playground = new Playground()
/** Every connection that a client would make to somewhere else. */
const elsewhere: string[] = []
const recorder: Server = createServer((request, response) => {
  elsewhere.push(request.url ?? '')
  response.writeHead(502).end()
})
recorder.on('connect', (request, socket: Duplex) => {
  elsewhere.push(request.url ?? '')
  socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
})
let near: NodeJS.ProcessEnv

beforeAll(async () => {
  recorder.listen(0, '127.0.0.1')
  await once(recorder, 'listening')
  const started = await playground.neargate('start', '--region', 'ap-southeast-1', '--aws-names')
  expect(started.status, started.stderr).toBe(0)
  near = { ...playground.environment, ...(await playground.clientEnvironment()), HOME: playground.home }
}, 60_000)

afterAll(async () => {
  recorder.close()
  await playground.dispose()
})

/** Runs a client whose every connection, those to this machine apart, comes to the recorder. */
async function client(program: string, ...args: string[]): Promise<void> {
  const proxy = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`
  const { status, stderr } = await run(program, args, { ...near, HTTP_PROXY: proxy, HTTPS_PROXY: proxy })
  expect(status, `${program} ${args.join(' ')}\n${stderr}`).toBe(0)
}

describe('after neargate env', { timeout: 120_000 }, () => {
  it.skipIf(!hasProgram('aws'))('aws reaches no other machine', async () => {
    for (const line of [
      'sts get-caller-identity',
      'eks list-clusters',
      'iam list-roles',
      'ec2 describe-subnets',
      'elbv2 describe-load-balancers',
      'cloudformation list-stacks',
      'autoscaling describe-auto-scaling-groups',
      'logs describe-log-groups',
    ]) {
      await client('aws', ...line.split(' '))
    }
    expect(elsewhere).toEqual([])
  })

  it.skipIf(!hasProgram('eksctl'))('eksctl reaches no other machine', async () => {
    await client('eksctl', 'get', 'cluster')
    expect(elsewhere).toEqual([])
  })

  it.skipIf(!hasProgram('aws'))('a client that insists on AWS’s names is served here', async () => {
    const endpoints = Object.keys(near).filter((name) => /ENDPOINT/.test(name))
    const insisting = { ...near, ...Object.fromEntries(endpoints.map((name) => [name, undefined])) }
    for (const [service, operation] of [
      ['sts', 'get-caller-identity'],
      ['iam', 'list-roles'],
      ['eks', 'list-clusters'],
    ] as const) {
      const { status, stdout, stderr } = await run('aws', [service, operation], insisting)
      expect(status, stderr).toBe(0)
      if (service === 'sts') expect(stdout).toContain(':user/neargate')
    }
  })
})
