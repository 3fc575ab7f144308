// Owns what a region costs that has nothing to do.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { cpuSeconds, residentMegabytes } from './process.ts'

const SETTLE_SECONDS = 5
/** How long it is watched. */
export const IDLE_SECONDS = 20

/** The process of the region in a data directory. */
export function pidOf(home: string): number {
  return (JSON.parse(readFileSync(join(home, 'region.json'), 'utf8')) as { pid: number }).pid
}

/** Memory in MB, and CPU in percent of a core. */
export async function idle(home: string): Promise<{ memory: number; cpu: number }> {
  const pid = pidOf(home)
  await sleep(SETTLE_SECONDS * 1000)
  const before = cpuSeconds(pid)
  await sleep(IDLE_SECONDS * 1000)
  const used = cpuSeconds(pid) - before
  return {
    memory: residentMegabytes(pid),
    cpu: Number(((used / IDLE_SECONDS) * 100).toFixed(2)),
  }
}
