import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { Pod } from '../../generated/kubernetes.d.ts'
import { evictionOf, hasStorageLimit, type StorageUsage } from './eviction.ts'
import { TokenCache, type RealPods } from './real-pods.ts'
import { NodeScene } from './testing/node-scene.ts'

const MIB = 1024 ** 2
const EC2 = { podIpIsNodeIp: false, capacity: { 'ephemeral-storage': '20Gi' } }
const FARGATE = { podIpIsNodeIp: true, capacity: { 'ephemeral-storage': '20Gi' } }

function pod(spec: Partial<Pod['spec']>): Pod {
  const containers = [{ name: 'web' }, { name: 'side' }]
  return { metadata: { name: 'web' }, spec: { containers, ...spec } } as unknown as Pod
}

function limited(storage: Record<string, string>): Pod {
  return pod({
    containers: ['web', 'side'].map((name) => {
      const limit = storage[name]
      return { name, ...(limit && { resources: { limits: { 'ephemeral-storage': limit } } }) }
    }),
  })
}

function usage(containers: Record<string, number>, volumes: Record<string, number> = {}): StorageUsage {
  return {
    containers: new Map(Object.entries(containers)),
    volumes: new Map(
      Object.entries(volumes).map(([name, bytes]) => [name, { bytes, isInMemory: name === 'memory' }]),
    ),
  }
}

const scratch = pod({ volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1024Ki' } }] })

describe('evictionOf', () => {
  it.each<[string, Pod, StorageUsage, string | undefined]>([
    ['a volume within its limit', scratch, usage({}, { scratch: MIB }), undefined],
    [
      'a volume over its limit',
      scratch,
      usage({}, { scratch: MIB + 1 }),
      'Usage of EmptyDir volume "scratch" exceeds the limit "1Mi". ',
    ],
    [
      'a pod whose containers have limits',
      limited({ web: '1Mi', side: '2Mi' }),
      usage({ web: MIB, side: MIB }, { scratch: 2 * MIB }),
      'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ',
    ],
    [
      'volumes in memory, which are none of it',
      limited({ web: '1Mi', side: '2Mi' }),
      usage({ web: MIB, side: MIB }, { memory: 9 * MIB }),
      undefined,
    ],
    [
      'a container over its own limit',
      limited({ web: '1Mi', side: '9Mi' }),
      usage({ web: 2 * MIB, side: 0 }),
      'Container web exceeded its local ephemeral storage limit "1Mi". ',
    ],
    ['one without limits', pod({}), usage({ web: 99 * MIB }), undefined],
  ])('of %s', (_, given, used, message) => {
    const eviction = message && { reason: 'Evicted', message, graceMs: 1000 }
    expect(evictionOf(given, used, EC2)).toEqual(eviction)
  })

  it('takes what Fargate gives for a node that is full', () => {
    const used = usage({ web: 18.5 * 1024 * MIB, side: 0 })
    expect(evictionOf(pod({}), used, EC2)).toBeUndefined()
    expect(evictionOf(pod({}), used, FARGATE)).toEqual({
      reason: 'Evicted',
      message:
        'The node was low on resource: ephemeral-storage. Threshold quantity: 2147483648, available: 1536Mi. ' +
        'Container web was using 18944Mi, request is 0, has larger consumption of ephemeral-storage. ',
      graceMs: 1000,
      isDisruption: true,
    })
    expect(evictionOf(pod({}), usage({ web: 17 * 1024 * MIB }), FARGATE)).toBeUndefined()
  })
})

it('is looked for only where something is limited, and never for what is critical', () => {
  expect(hasStorageLimit(pod({}), EC2)).toBe(false)
  expect(hasStorageLimit(pod({ volumes: [{ name: 'a', emptyDir: {} }] }), EC2)).toBe(false)
  expect(hasStorageLimit(scratch, EC2)).toBe(true)
  expect(hasStorageLimit(limited({ web: '1Mi' }), EC2)).toBe(true)
  expect(hasStorageLimit(pod({}), FARGATE)).toBe(true)
  expect(hasStorageLimit(pod({ ...scratch.spec, priority: 2_000_001_000 }), EC2)).toBe(false)
})

describe('a pod on a node', () => {
  const directory = (): RealPods => {
    const root = mkdtempSync(join(tmpdir(), 'neargate-eviction-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    const [pods, nodes, volumes, memory] = ['pods', 'nodes', 'volumes', 'memory'].map((name) => {
      return join(root, name)
    }) as [string, string, string, string]
    const names = { cluster: '10.100.0.10', node: '10.0.0.2' }
    return { directories: { pods, nodes, volumes, memory }, names, variables: {}, tokens: new TokenCache() }
  }

  it('goes once its volume is too large, in a second, and is not started again', async () => {
    const real = directory()
    await using scene = await NodeScene.create({}, real)
    const { metadata } = await scene.createPod('web', {
      terminationGracePeriodSeconds: 300,
      volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Mi' } }],
    })
    const volume = join(real.directories.pods, metadata.uid, 'volumes/scratch')
    await vi.waitFor(async () => {
      await scene.settle()
      expect(scene.runtime.started).toHaveLength(1)
    })
    await scene.advance(10_000)
    expect((await scene.pod('web')).status?.phase).toBe('Running')
    mkdirSync(join(volume, 'below'))
    writeFileSync(join(volume, 'below', 'file'), Buffer.alloc(2 * MIB, 1))
    const message = 'Usage of EmptyDir volume "scratch" exceeds the limit "1Mi". '
    await vi.waitFor(async () => {
      await scene.advance(10_000)
      expect((await scene.pod('web')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message })
    })
    expect(scene.events.filter((text) => text.startsWith('Evicted'))).toEqual([`Evicted: ${message}`])
    expect(scene.runtime.started).toHaveLength(1)
  })
})
