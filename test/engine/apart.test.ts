// Clusters with one block of addresses, in two VPCs and in two regions of one machine, that know nothing of each other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { BUSYBOX, EngineRegion, openEngine } from '../support/engine-region.ts'

// eksctl gives every cluster 192.168.0.0/16.
function cluster(name: string, region: string): string {
  return `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: ${name}, region: ${region}, version: "1.35" }
managedNodeGroups:
  - { name: ng, instanceType: t3.large, desiredCapacity: 1, minSize: 1, maxSize: 1 }
`
}

interface Place {
  readonly title: string
  readonly region: EngineRegion
  /** Arguments that lead kubectl to the cluster. */
  readonly context: readonly string[]
}

const one = new EngineRegion()
const other = new EngineRegion()
const places: Place[] = []
let engine: OwnEngine

beforeAll(async () => {
  engine = await openEngine()
  const wanted = [
    ['first', 'eu-west-1', one],
    ['second', 'eu-west-1', one],
    ['third', 'us-west-2', other],
  ] as const
  for (const [name, regionName, region] of wanted) {
    await region.up(cluster(name, regionName))
    const contexts = await region.kubectl('config', 'get-contexts', '-o', 'name')
    const context = contexts.split('\n').find((line) => line.includes(name)) ?? ''
    places.push({ title: name, region, context: ['--context', context] })
  }
}, 180_000)

afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await engine.close()
}, 60_000)

async function inPod({ region, context }: Place, pod: string, script: string): Promise<string> {
  return (await region.tryKubectl(...context, 'exec', pod, '--', 'sh', '-c', script)).stdout
}

/** A pod that says on port 80 whose it is. */
function speaker(title: string): readonly object[] {
  const metadata = { name: 'speaker', labels: { app: 'speaker' } }
  const command = ['sh', '-c', `echo ${title} > /www/index.html; exec httpd -f -p 80 -h /www`]
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: BUSYBOX, command }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: '10.100.7.7', selector: { app: 'speaker' }, ports: [{ port: 80 }] },
    },
  ]
}

describe('clusters with one block', () => {
  it('have the same addresses, each for its own pods and Services', async () => {
    for (const { region, context, title } of places) {
      await region.apply(speaker(title), ...context)
    }
    const addresses: string[] = []
    for (const place of places) {
      const { region, context } = place
      await region.kubectl(...context, 'wait', '--for=condition=Ready', 'pod/speaker', '--timeout=40s')
      addresses.push(
        await region.kubectl(...context, 'get', 'pod', 'speaker', '-o', 'jsonpath={.status.podIP}'),
      )
    }
    for (const address of addresses) expect(address).toMatch(/^192\.168\./)
    for (const place of places) {
      const ask = (host: string): string => `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc ${host} 80 | tail -n 1`
      expect(await inPod(place, 'speaker', ask('10.100.7.7'))).toBe(`${place.title}\n`)
      expect(await inPod(place, 'speaker', ask('speaker.default.svc.cluster.local'))).toBe(`${place.title}\n`)
      // An address of another cluster is nobody's here, or it is this cluster's own.
      for (const address of addresses) {
        const said = await inPod(place, 'speaker', `timeout 2 sh -c "${ask(address).replaceAll('"', '\\"')}"`)
        expect(['', `${place.title}\n`]).toContain(said)
      }
    }
  }, 180_000)

  it('are left alone when another one goes', async () => {
    const [first, second, third] = places as [Place, Place, Place]
    const path = one.file('first.yaml', cluster('first', 'eu-west-1'))
    const { status, stderr } = await one.playground.neargate('down', path)
    expect(status, stderr).toBe(0)
    for (const place of [second, third]) {
      expect(await inPod(place, 'speaker', 'hostname')).toBe('speaker\n')
    }
    expect(await inPod(first, 'speaker', 'hostname')).toBe('')
  })
})
