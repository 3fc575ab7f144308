// The network of real pods, as their programs find it: names, Services, the API of the cluster, AWS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { loadBusybox, loadNginx } from '../../src/runtime/engine/testing/images.ts'
import { startOwnEngine, type OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { Playground, run } from '../support/program.ts'
import { realClient } from '../support/real-clients.ts'

const FILES = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: network, region: eu-west-1, version: "1.35" }
managedNodeGroups:
  - { name: ng, instanceType: t3.large, desiredCapacity: 2, minSize: 2, maxSize: 2 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: default }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: "localhost/nginx:1", ports: [{ containerPort: 80 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: box, namespace: default }
spec:
  selector: { matchLabels: { app: box } }
  template:
    metadata: { labels: { app: box } }
    spec:
      containers: [{ name: box, image: "localhost/busybox:1", command: [sleep, "10000"] }]
`

const playground = new Playground()
const scratch = mkdtempSync(join(tmpdir(), 'neargate-network-'))
let engine: OwnEngine

beforeAll(async () => {
  engine = await startOwnEngine()
  await Promise.all([
    loadBusybox(engine.api, 'localhost/busybox:1'),
    loadNginx(engine.api, 'localhost/nginx:1'),
  ])
  process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`
  process.env['NEARGATE_RUNTIME'] = 'engine'
  // The engine would make its network in this machine's own.
  process.env['NEARGATE_UPLINK'] = 'off'
  writeFileSync(join(scratch, 'all.yaml'), FILES)
  const { status, stderr } = await playground.neargate('up', join(scratch, 'all.yaml'), '--json')
  expect(status, stderr).toBe(0)
}, 120_000)

afterAll(async () => {
  await playground.dispose()
  rmSync(scratch, { recursive: true })
  await engine.close()
}, 60_000)

/** What a script says in a pod. */
async function inPod(script: string): Promise<string> {
  const environment = { ...playground.environment, KUBECONFIG: join(playground.home, 'kubeconfig') }
  const args = ['exec', 'deploy/box', '--', 'sh', '-c', script]
  return (await run(realClient('kubectl'), args, environment)).stdout
}

/** A request of a pod to an HTTP server, told by name or address. */
async function ask(host: string, port: number, head: string): Promise<string> {
  return await inPod(
    `printf '${head} HTTP/1.0\\r\\nX-aws-ec2-metadata-token-ttl-seconds: 60\\r\\n\\r\\n' | nc ${host} ${port}`,
  )
}

describe('a program in a pod', () => {
  it('finds Services by name, and their pods behind them', async () => {
    expect(await inPod('nslookup web.default.svc.cluster.local')).toMatch(
      /Name:\tweb\.default[^]*Address: 10\.100\./,
    )
    await expect.poll(() => ask('web', 80, 'GET /'), { timeout: 20_000 }).toMatch(/Server: nginx/)
  })

  it('finds the API of its cluster at the address of its Service', async () => {
    expect(await inPod('nslookup kubernetes.default.svc.cluster.local')).toContain('Address: 10.100.0.1\n')
    // No TLS: whoever answers speaks it.
    expect(await ask('kubernetes.default', 443, 'GET /version')).toBe('')
  })

  it('finds AWS, and the metadata of its node', async () => {
    const variables = await inPod('env')
    const [, host = '', port] = /AWS_ENDPOINT_URL=http:\/\/([\d.]+):(\d+)/.exec(variables) ?? []
    expect(await ask(host, Number(port), 'GET /')).toContain('MissingAuthenticationToken')
    expect(await ask('169.254.169.254', 80, 'PUT /latest/api/token')).toMatch(/200 OK/)
  })
})
