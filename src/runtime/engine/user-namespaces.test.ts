import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { listenersOn } from './user-namespaces.ts'

interface Process {
  readonly namespace: string
  readonly descriptors: readonly string[]
  /** Rows of `net/unix`, by inode and path. */
  readonly sockets: readonly (readonly [number, string])[]
}

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-proc-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

/** A directory that is like /proc. */
function procOf(processes: Readonly<Record<string, Process>>): string {
  const proc = scratch()
  for (const [name, { namespace, descriptors, sockets }] of Object.entries(processes)) {
    for (const part of ['ns', 'fd', 'net']) mkdirSync(join(proc, name, part), { recursive: true })
    symlinkSync(`user:[${namespace}]`, join(proc, name, 'ns/user'))
    descriptors.forEach((link, index) => symlinkSync(link, join(proc, name, 'fd', `${index}`)))
    const rows = sockets.map(([inode, path]) => `0000: 00000002 00000000 00010000 0001 01 ${inode} ${path}`)
    writeFileSync(join(proc, name, 'net/unix'), ['Num RefCount …', ...rows, ''].join('\n'))
  }
  return proc
}

const PATH = '/run/user/1/engine.sock'
const SELF = { namespace: '1', descriptors: [], sockets: [] }

describe('who listens on a socket', () => {
  it('is told with whether it is in the user namespace of this process', () => {
    const sockets = [
      [70, `${PATH}.other`],
      [71, PATH],
    ] as const
    const proc = procOf({
      self: SELF,
      '10': { namespace: '1', descriptors: ['/dev/null', 'socket:[71]'], sockets },
      '11': { namespace: '2', descriptors: ['socket:[71]'], sockets },
      // Beside them, with another socket, and with none.
      '12': { namespace: '2', descriptors: ['socket:[70]'], sockets },
      '13': { namespace: '2', descriptors: ['/dev/null'], sockets },
    })
    expect(listenersOn(PATH, proc).toSorted((a, b) => a.pid - b.pid)).toEqual([
      { pid: 10, isHere: true },
      { pid: 11, isHere: false },
    ])
  })

  it('is nobody where the system does not tell', () => {
    expect(listenersOn(PATH, join(scratch(), 'nowhere'))).toEqual([])
  })

  it.runIf(process.platform === 'linux')('is this process where it does', async () => {
    const path = join(scratch(), 'own.sock')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => void server.close())
    expect(listenersOn(path)).toContainEqual({ pid: process.pid, isHere: true })
  })
})
