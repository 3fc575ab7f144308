// Owns the limits that containers are given by name: Podman's own defaults may be more than it has a right to set.
import { readFileSync } from 'node:fs'

/** A limit of a process, soft and hard. */
export interface Ulimit {
  readonly Name: string
  readonly Soft: number
  readonly Hard: number
}

const LIMITS = [
  // containerd's own limit of open files for containers.
  { name: 'nofile', row: 'Max open files', most: 1_048_576 },
  // What Podman's service limits itself to.
  { name: 'nproc', row: 'Max processes', most: 32_768 },
] as const

/**
 * Limits that lie within those of a process, by the text of its `/proc/PID/limits`. Without CAP_SYS_RESOURCE nobody may
 * set higher ones, and a Podman that is told of one sets the other as high as it likes. Soft and hard are equal,
 * because Podman 4.3 mixes them up.
 */
export function ulimitsWithin(limits: string): readonly Ulimit[] {
  return LIMITS.map(({ name, row, most }) => {
    const line = limits.split('\n').find((one) => one.startsWith(row)) ?? ''
    const hard = Number(line.slice(row.length).trim().split(/\s+/)[1])
    const value = Number.isFinite(hard) ? Math.min(hard, most) : most
    return { Name: name, Soft: value, Hard: value }
  })
}

/** What containers of an engine are given: nothing where the engine's own limits serve. */
export function ulimitsOf(engine: string): readonly Ulimit[] {
  if (engine !== 'podman') return []
  try {
    return ulimitsWithin(readFileSync('/proc/self/limits', 'utf8'))
  } catch {
    return []
  }
}
