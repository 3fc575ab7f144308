import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { birthOf, isAlive } from './processes.ts'

// Linux gives no process id above 2^22.
const NO_PROCESS = 2 ** 22 + 1
const hasProc = existsSync('/proc/self/stat')

describe('isAlive', () => {
  it('tells processes that run from those that do not', () => {
    expect(isAlive(process.pid)).toBe(true)
    expect(isAlive(NO_PROCESS)).toBe(false)
  })

  it.skipIf(!hasProc)('takes one that has ended, and was not reaped, for gone', async () => {
    // The shell becomes a program that never asks for the end of the child it was left with.
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /))
    expect(isAlive(pid)).toBe(false)
  })
})

describe.skipIf(!hasProc)('birthOf', () => {
  it('stays what it is, and is that of no other process', async () => {
    const child = spawn('sleep', ['60'])
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'spawn')
    expect(birthOf(process.pid)).toBe(birthOf(process.pid))
    expect(birthOf(process.pid)).toMatch(/^[0-9a-f-]{36} \d+$/)
    expect(birthOf(child.pid ?? 0)).not.toBe(birthOf(process.pid))
  })

  it('is unknown of what does not run', () => {
    expect(birthOf(NO_PROCESS)).toBeUndefined()
  })

  it('is read behind a name that has parentheses and spaces', async () => {
    const child = spawn('bash', ['-c', "printf 'a) Z 9 (' > /proc/self/comm; echo; read _"], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    expect(isAlive(child.pid ?? 0)).toBe(true)
    expect(birthOf(child.pid ?? 0)).toMatch(/ \d+$/)
  })
})
