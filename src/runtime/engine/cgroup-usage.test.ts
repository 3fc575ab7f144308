import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { groupsIn, usageReader } from './cgroup-usage.ts'

const ID = 'c0ffee'
const PID = 7

/** Files below a directory that is like /proc and like /sys/fs/cgroup at once. */
function machine(files: Readonly<Record<string, string>>): { root: string; proc: string } {
  const root = mkdtempSync(join(tmpdir(), 'neargate-cgroup-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { root, proc: root }
}

describe('control groups', () => {
  it('are read of both versions', () => {
    expect(groupsIn('4:memory:/m\n3:cpu,cpuacct:/c\n0::/u\n')).toEqual({
      memory: '/m',
      cpu: '/c',
      cpuacct: '/c',
      unified: '/u',
    })
  })

  it('of version 1 tell what a container uses, as often as they are read', () => {
    const place = machine({
      [`${PID}/cgroup`]: `4:memory:/${ID}\n3:cpu,cpuacct:/${ID}\n0::/\n`,
      [`memory/${ID}/memory.usage_in_bytes`]: '5000\n',
      [`memory/${ID}/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 2000\n',
      [`cpuacct/${ID}/cpuacct.usage`]: '77\n',
    })
    const read = usageReader(PID, ID, place)
    expect(read?.()).toEqual({ cpuNanos: 77, memoryBytes: 3000 })
    writeFileSync(join(place.root, `cpuacct/${ID}/cpuacct.usage`), '99\n')
    expect(read?.()).toEqual({ cpuNanos: 99, memoryBytes: 3000 })
  })

  it('of version 2 do, until they go', () => {
    const group = `pod/libpod-${ID}.scope`
    const place = machine({
      [`${PID}/cgroup`]: `0::/${group}\n`,
      [`${group}/memory.current`]: '5000\n',
      [`${group}/memory.stat`]: 'anon 1\ninactive_file 6000\n',
      [`${group}/cpu.stat`]: 'usage_usec 12\nuser_usec 3\n',
    })
    const read = usageReader(PID, ID, place)
    expect(read?.()).toEqual({ cpuNanos: 12_000, memoryBytes: 0 })
    rmSync(join(place.root, 'pod'), { recursive: true })
    expect(read?.()).toBeUndefined()
  })

  it('of others are not taken for those of a container that has none', () => {
    const place = machine({ [`${PID}/cgroup`]: '0::/user.slice\n' })
    expect(usageReader(PID, ID, place)).toBeUndefined()
    expect(usageReader(PID + 1, ID, place)).toBeUndefined()
  })
})
