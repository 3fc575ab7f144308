// Owns who listens on an engine's socket, and in which user namespace: there the engine's containers are, too.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** A process that listens on a socket. */
export interface Listener {
  readonly pid: number
  /** Whether it is in the user namespace of this process. */
  readonly isHere: boolean
}

/**
 * The processes that listen on a Unix socket, as far as this user may look at them: its own, and those in user
 * namespaces that it has made (ptrace(2), "Ptrace access mode checking"). Empty where the system has no /proc.
 * @param path as it was bound, which is how the kernel lists it
 */
export function listenersOn(path: string, proc = '/proc'): Listener[] {
  const own = linkOf(join(proc, 'self/ns/user'))
  return entriesOf(proc).flatMap((name) => {
    const namespace = /^\d+$/.test(name) ? linkOf(join(proc, name, 'ns/user')) : undefined
    if (namespace === undefined || !isListening(join(proc, name), path)) return []
    return [{ pid: Number(name), isHere: namespace === own }]
  })
}

// proc_pid_net(5), "unix": the last two columns are the inode and the path. A rootless Docker has a network of its own, and its
// process its own list.
function isListening(directory: string, path: string): boolean {
  const sockets = entriesOf(join(directory, 'fd')).map((name) => linkOf(join(directory, 'fd', name)))
  if (!sockets.some((link) => link?.startsWith('socket:'))) return false
  const rows = textOf(join(directory, 'net/unix')).split('\n')
  const inodes = rows.filter((row) => row.endsWith(` ${path}`)).map((row) => row.trim().split(/\s+/).at(-2))
  return inodes.some((inode) => sockets.includes(`socket:[${inode}]`))
}

// Processes end while they are looked at, and most are not this user's to look at.
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
