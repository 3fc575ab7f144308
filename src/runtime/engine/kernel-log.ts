// Owns asking the kernel's log who was killed for want of memory: under cgroup v1 engines do not tell (Podman 4.3), and
// the control group has gone with its process.
import { closeSync, constants, openSync, readSync } from 'node:fs'

const LONGEST_RECORD = 8192

/** @returns whether the kernel has killed a process of this container because of its memory limit */
export function wasKilledForMemory(containerId: string, path = '/dev/kmsg'): boolean {
  try {
    return recordsOf(path).some((record) => record.includes('oom-kill:') && record.includes(containerId))
  } catch {
    // Not Linux, or not allowed to read it.
    return false
  }
}

// Each read gives one record; the one after the last gives EAGAIN.
function recordsOf(path: string): string[] {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const records: string[] = []
  const buffer = Buffer.alloc(LONGEST_RECORD)
  try {
    for (;;) {
      const size = nextRecord(file, buffer)
      if (size === 0) return records
      if (size !== undefined) records.push(buffer.toString('utf8', 0, size))
    }
  } finally {
    closeSync(file)
  }
}

/** @returns its length; 0 after the last one; undefined for one that was overwritten while it was read */
function nextRecord(file: number, buffer: Buffer): number | undefined {
  try {
    return readSync(file, buffer)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN') return 0
    if (code === 'EPIPE') return undefined
    throw error
  }
}
