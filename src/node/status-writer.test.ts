import { expect, it, vi } from 'vitest'

import type { Pod, PodStatus } from '../../generated/kubernetes.d.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { StatusWriter } from './status-writer.ts'

type Phase = NonNullable<PodStatus['phase']>

function samplePod(phase: Phase): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [] },
    status: { phase },
  }
}

/** A writer of `phase`, and what it has written; `onWritten` runs when its first write is in. */
function scene(onWritten: () => Promise<void>) {
  const written: (Phase | undefined)[] = []
  const world: { phase: Phase; readonly written: typeof written } = { phase: 'Pending', written }
  const updateStatus = async (_: unknown, pod: Pod): Promise<Pod> => {
    world.written.push(pod.status?.phase)
    if (world.written.length === 1) void Promise.resolve().then(onWritten)
    return pod
  }
  // The writer uses these two of its context only.
  const context = { client: { updateStatus }, log: { warn: () => undefined } } as unknown as ControllerContext
  const writer = new StatusWriter(context, samplePod('Unknown'), (): PodStatus => ({ phase: world.phase }))
  return { world, writer }
}

// One of these hits the moment in which a write has ended and nobody knows it yet.
it.each(Array.from({ length: 12 }, (_, turns) => turns))(
  'loses no change that is made %i turns after a write is in',
  async (turns) => {
    const { world, writer } = scene(async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      world.phase = 'Running'
      writer.schedule()
    })
    writer.schedule()
    await vi.waitFor(() => expect(world.written).toEqual(['Pending', 'Running']))
  },
)
