// Owns what the system knows of processes: whether one lives, and when it was born.
import { readFileSync } from 'node:fs'

/** True when a process of this id runs. One that has ended but was not reaped by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // proc(5): field 3 is the state.
    return statusOf(pid)?.[0] !== 'Z'
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return Error.isError(error) && 'code' in error && error.code === 'EPERM'
  }
}

// proc(5): field 22, counted from field 3 on.
const START_TIME = 22 - 3

/**
 * When a process was born: no other process of this id, in this boot or another, has the same answer.
 * @returns undefined where the system has no /proc, or no such process.
 */
export function birthOf(pid: number): string | undefined {
  const startTicks = statusOf(pid)?.[START_TIME]
  const boot = readProc('/proc/sys/kernel/random/boot_id')
  return startTicks === undefined || boot === undefined ? undefined : `${boot.trim()} ${startTicks}`
}

// The fields follow the name, which is in parentheses and may contain any character, parentheses too.
function statusOf(pid: number): readonly string[] | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  return text
    ?.slice(text.lastIndexOf(') ') + 2)
    .trim()
    .split(' ')
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // No /proc on this system, or the process has just ended.
    return undefined
  }
}
