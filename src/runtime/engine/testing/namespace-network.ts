// Owns a network of sandboxes for tests that need no addresses: it looks into each network namespace, and connects by a
// program inside of it.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Duplex } from 'node:stream'

import type { PodWay } from '../../../network/dialer.ts'
import type { SandboxNetwork } from '../ports.ts'

const LISTEN = '0A'

/** A network in which every sandbox reaches itself alone. */
export function namespaceNetwork(): SandboxNetwork {
  const pids = new Map<string, number>()
  return {
    attach: async ({ id, pid }) => void pids.set(id, pid),
    detach: async (id) => void pids.delete(id),
    list: async () => [...pids.keys()].map((id) => ({ id, ip: '' })),
    wayTo(id, port): PodWay | undefined {
      const pid = pids.get(id)
      if (pid === undefined || !listens(pid, port)) return undefined
      return { open: async () => connectIn(pid, port) }
    },
    datagramsTo: () => undefined,
  }
}

// Addresses are hexadecimal in /proc/net/tcp: `00000000:0050`.
function listens(pid: number, port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return ['tcp', 'tcp6'].some((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8')
      .split('\n')
      .map((row) => row.trim().split(/\s+/))
      .some(([, local = '', , state]) => local.endsWith(wanted) && state === LISTEN),
  )
}

function connectIn(pid: number, port: number): Duplex {
  const program = spawn('nsenter', [
    `--net=/proc/${pid}/ns/net`,
    '/bin/busybox',
    'nc',
    '127.0.0.1',
    String(port),
  ])
  program.stdin.on('error', () => undefined)
  return Duplex.from({ readable: program.stdout, writable: program.stdin })
}
