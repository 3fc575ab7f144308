import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { Pod } from '../../generated/kubernetes.d.ts'
import { memoryVolumeBytes, removeMemory } from './memory-volume.ts'

const MiB = 1024 ** 2
const NODE = { memory: '1Gi' }

function pod(limits: readonly (string | undefined)[], own?: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      containers: limits.map((memory, index) => ({
        name: `c${index}`,
        ...(memory !== undefined && { resources: { limits: { memory } } }),
      })),
      ...(own !== undefined && { resources: { limits: { memory: own } } }),
    },
  }
}

describe('a volume in memory', () => {
  it.each<[string, string | undefined, Pod, number]>([
    ['its own limit', '64Mi', pod(['128Mi']), 64 * MiB],
    ['those of its containers together', undefined, pod(['128Mi', '64Mi']), 192 * MiB],
    ['the less of both', '1Gi', pod(['128Mi']), 128 * MiB],
    ['that of its pod', undefined, pod([undefined], '32Mi'), 32 * MiB],
    ['its node, where a container has no limit', undefined, pod(['128Mi', undefined]), 1024 * MiB],
    ['its node, where its own is more', '4Gi', pod([undefined]), 1024 * MiB],
    ['its node, where its own is none', '0', pod([undefined]), 1024 * MiB],
  ])('may hold as much as %s', (_, sizeLimit, of, expected) => {
    const emptyDir = { medium: 'Memory', ...(sizeLimit !== undefined && { sizeLimit }) }
    expect(memoryVolumeBytes({ name: 'v', emptyDir }, of, NODE)).toBe(expected)
  })

  it('has no size where nobody knows one', () => {
    expect(memoryVolumeBytes({ name: 'v', emptyDir: {} }, pod([undefined]), {})).toBeUndefined()
  })

  it('goes with all that is in it, and need not be there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'neargate-memory-'))
    await mkdir(join(directory, 'u/volumes/v'), { recursive: true })
    await writeFile(join(directory, 'u/volumes/v/file'), 'x')
    await removeMemory(join(directory, 'u'))
    await removeMemory(join(directory, 'u'))
    expect(await readdir(directory)).toEqual([])
  })
})
