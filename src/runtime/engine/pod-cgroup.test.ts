import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { findCgroup, podCgroup, type Cgroup } from './pod-cgroup.ts'

const POD = 'podb5c0'
const PID = 42
const LIMITS = { cpuMilli: 250, memoryBytes: 805_306_368 }

let scratch: string

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'neargate-cgroup-'))
})
afterEach(() => rmSync(scratch, { recursive: true }))

/** A kernel whose process 42 is in these groups. */
async function find(groups: string, directories: readonly string[]): Promise<Cgroup> {
  const places = { root: join(scratch, 'cgroup'), proc: join(scratch, 'proc') }
  mkdirSync(join(places.proc, String(PID)), { recursive: true })
  writeFileSync(join(places.proc, String(PID), 'cgroup'), groups)
  for (const directory of directories) mkdirSync(join(places.root, directory), { recursive: true })
  return await findCgroup(PID, `/neargate/${POD}`, places)
}

function textAt(path: string): string {
  return readFileSync(join(scratch, 'cgroup', path), 'utf8')
}

it.each([
  ['cgroupfs', '/neargate/podb5c0-11'],
  ['systemd', 'neargate-podb5c0_11.slice'],
] as const)('is named as %s takes it', (driver, name) => {
  expect(podCgroup(driver, 'b5c0-11')).toBe(name)
})

describe('the group of a pod', () => {
  it('is limited in the hierarchies of version 1', async () => {
    const groups = [`5:cpu,cpuacct:/neargate/${POD}/c1`, `4:memory:/neargate/${POD}/c1`, '0::/init'].join(
      '\n',
    )
    const group = await find(groups, [
      `memory/neargate/${POD}`,
      `cpu/neargate/${POD}`,
      `cpuacct/neargate/${POD}`,
    ])
    await group.limit(LIMITS)
    expect(textAt(`memory/neargate/${POD}/memory.limit_in_bytes`)).toBe('805306368')
    expect(textAt(`cpu/neargate/${POD}/cpu.cfs_quota_us`)).toBe('25000')
    expect(textAt(`cpu/neargate/${POD}/cpu.cfs_period_us`)).toBe('100000')
  })

  it('is limited in the one of version 2, and stays as it is where nothing is said', async () => {
    const group = await find(`0::/neargate/${POD}/c1/container\n`, [`neargate/${POD}`])
    await group.limit({ cpuMilli: 1500 })
    expect(textAt(`neargate/${POD}/cpu.max`)).toBe('150000 100000')
    expect(existsSync(join(scratch, 'cgroup/neargate', POD, 'memory.max'))).toBe(false)
    await group.limit(LIMITS)
    expect(textAt(`neargate/${POD}/memory.max`)).toBe('805306368')
    expect(textAt(`neargate/${POD}/memory.swap.max`)).toBe('0')
  })

  it('is that of a container, by its id, whatever the engine makes around it', async () => {
    const id = 'f00d'
    const place = `machine.slice/libpod-${id}.scope`
    // It is not in the group of its pod.
    await expect(find(`0::/${place}/container\n`, [place])).rejects.toMatchObject({ code: 'NotSupported' })
    const scope = await findCgroup(PID, id, { root: join(scratch, 'cgroup'), proc: join(scratch, 'proc') })
    await scope.limit({ cpuMilli: 500, cpuShares: 1024 })
    expect(textAt(`machine.slice/libpod-${id}.scope/cpu.weight`)).toBe('39')
    expect(textAt(`machine.slice/libpod-${id}.scope/cpu.max`)).toBe('50000 100000')
  })

  it('goes in every hierarchy, with what an engine has left below it', async () => {
    const groups = [
      `4:memory:/neargate/${POD}/c1`,
      `1:name=systemd:/neargate/${POD}/c1`,
      `0::/neargate/${POD}/c1`,
    ].join('\n')
    const places = ['memory', 'systemd', 'unified'].map((mount) => `${mount}/neargate/${POD}`)
    const group = await find(
      groups,
      places.map((place) => `${place}/conmon`),
    )
    await group.remove()
    for (const place of places) expect(existsSync(join(scratch, 'cgroup', place))).toBe(false)
  })

  it('goes when nothing is in it, without a word where it has gone', async () => {
    const group = await find(`0::/neargate/${POD}/c1\n`, [`neargate/${POD}`])
    await group.remove()
    expect(existsSync(join(scratch, 'cgroup/neargate', POD))).toBe(false)
    await group.remove()
  })
})
