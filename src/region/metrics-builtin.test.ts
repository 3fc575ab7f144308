import { describe, expect, it, onTestFinished } from 'vitest'

import type { Node, Pod } from '../../generated/kubernetes.d.ts'
import { silentLog } from '../base/log.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import type { Kind } from '../kubernetes/resources/kind.ts'
import type { PodUsage } from '../node/usage.ts'
import { metricsBuiltin } from './metrics-builtin.ts'

const MiB = 1024 ** 2
const silent = { log: (): void => undefined, exit: (): void => undefined }
const nodes = [
  { metadata: { name: 'n1', labels: { a: 'b' } } },
  { metadata: { name: 'n2' } },
] as unknown as Node[]

function pod(name: string, ...containers: [name: string, cpuNanos: number, memoryBytes: number][]): PodUsage {
  return {
    pod: {
      metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels: { app: name } },
    } as unknown as Pod,
    nodeName: 'n1',
    containers: containers.map(([container, cpuNanos, memoryBytes]) => ({
      name: container,
      cpuNanos,
      memoryBytes,
    })),
  }
}

/** A metrics server whose scrapes see what `seen` holds at the time. */
function metricsServer(seen: PodUsage[][]) {
  const clock = new FakeClock()
  const kinds = new Map<string, Kind>()
  let scrapes = 0
  const image = metricsBuiltin({
    clock,
    log: silentLog,
    usage: async () => seen[Math.min(scrapes++, seen.length - 1)] ?? [],
    nodes: () => nodes,
    addKind(kind) {
      kinds.set(kind.resource.plural, kind)
      return () => void kinds.delete(kind.resource.plural)
    },
  })
  // The built-in looks at neither of the first two.
  const start = () => image.start(undefined as never, undefined as never, silent)
  const read = (plural: string): object[] => [...(kinds.get(plural)?.computed?.() ?? [])]
  return { clock, kinds, start, read, image }
}

describe('the built-in metrics server', () => {
  it('is the image of metrics-server, wherever it comes from', () => {
    const { image } = metricsServer([])
    expect(image.matches('602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/metrics-server:v0.8.0')).toBe(true)
    expect(image.matches('registry.k8s.io/metrics-server/metrics-server:v0.8.0')).toBe(true)
    expect(image.matches('nginx')).toBe(false)
  })

  it('serves its kinds while one of its pods runs', async () => {
    const { kinds, start } = metricsServer([[]])
    const first = await start()
    const second = await start()
    expect([...kinds.keys()].toSorted()).toEqual(['nodes', 'pods'])
    await first.stop()
    expect(kinds.size).toBe(2)
    await second.stop()
    expect(kinds.size).toBe(0)
  })

  it('takes the word of pods of stand-ins for what they use, and of no others', async () => {
    const told = (name: string, usage: string, isStandin: boolean): PodUsage => {
      const seen = pod(name, ['c', 0, 0], ['side', 0, 0])
      Object.assign(seen.pod.metadata, { annotations: { 'neargate.dev/usage': usage } })
      return isStandin
        ? { ...seen, containers: seen.containers.map((each) => ({ ...each, isStandin: true })) }
        : seen
    }
    const pods = [
      told('web', 'cpu=300m,memory=64Mi', true),
      told('odd', 'much', true),
      told('real', 'cpu=1', false),
    ]
    const { clock, start, read } = metricsServer([pods])
    const running = await start()
    onTestFinished(() => running.stop())
    await clock.advance(1_000)
    const nothing = { cpu: '0', memory: '0' }
    const half = { cpu: '150000000n', memory: '32768Ki' }
    expect(read('pods')).toMatchObject([
      { metadata: { name: 'web' }, containers: [{ usage: half }, { usage: half }] },
      { metadata: { name: 'odd' }, containers: [{ usage: nothing }, { usage: nothing }] },
      { metadata: { name: 'real' }, containers: [{ usage: nothing }, { usage: nothing }] },
    ])
  })

  it('has no readings before the second scrape, and rates after it', async () => {
    const { clock, start, read } = metricsServer([
      [pod('web', ['c', 1_000_000_000, 64 * MiB], ['side', 0, 0])],
      [pod('web', ['c', 1_250_000_000, 80 * MiB], ['side', 0, 0])],
    ])
    const running = await start()
    await clock.advance(0)
    expect(read('pods')).toEqual([])
    await clock.advance(1_000)
    expect(read('pods')).toEqual([
      expect.objectContaining({
        kind: 'PodMetrics',
        metadata: expect.objectContaining({ name: 'web', namespace: 'shop', labels: { app: 'web' } }),
        window: '1s',
        containers: [
          { name: 'c', usage: { cpu: '250000000n', memory: '81920Ki' } },
          { name: 'side', usage: { cpu: '0', memory: '0' } },
        ],
      }),
    ])
    expect(read('nodes')).toMatchObject([
      { metadata: { name: 'n1', labels: { a: 'b' } }, usage: { cpu: '250000000n', memory: '81920Ki' } },
      { metadata: { name: 'n2' }, usage: { cpu: '0', memory: '0' } },
    ])
    await running.stop()
  })

  it('leaves out containers that were started, or started again, since', async () => {
    const { clock, start, read } = metricsServer([
      [pod('web', ['c', 9_000, MiB])],
      [pod('web', ['c', 10, MiB], ['new', 5, MiB]), pod('api', ['c', 1, MiB])],
    ])
    const running = await start()
    await clock.advance(1_000)
    expect(read('pods')).toEqual([])
    await running.stop()
  })
})
