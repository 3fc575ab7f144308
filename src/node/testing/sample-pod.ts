// Owns pods for tests of the node's rules: complete objects of which a test says only what matters to it.
import type { Container, Pod, PodSpec, PodStatus } from '../../../generated/kubernetes.d.ts'

export interface SamplePod {
  readonly spec?: Partial<PodSpec>
  readonly status?: PodStatus
  readonly labels?: Readonly<Record<string, string>>
  /** When it is to be gone, in epoch ms. */
  readonly deletedAtMs?: number
  readonly graceSeconds?: number
}

/** The pod `shop/web-1` with one container `web`, bound to `node-1`. */
export function samplePod({ spec, status, labels, deletedAtMs, graceSeconds = 30 }: SamplePod = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      uid: 'u1',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(labels && { labels: { ...labels } }),
      ...(deletedAtMs !== undefined && {
        deletionTimestamp: new Date(deletedAtMs).toISOString(),
        deletionGracePeriodSeconds: graceSeconds,
      }),
    },
    spec: { nodeName: 'node-1', restartPolicy: 'Always', containers: [sampleContainer('web')], ...spec },
    ...(status && { status }),
  }
}

/** A container of an image of its own name. */
export function sampleContainer(name: string, change: Partial<Container> = {}): Container {
  return { name, image: `example.com/${name}:1`, ...change }
}
