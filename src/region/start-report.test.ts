import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { describe, expect, it, onTestFinished } from 'vitest'

import { readReport, type StartReport } from './start-report.ts'

describe('readReport', () => {
  it.each<[unknown, StartReport | undefined]>([
    [{ kind: 'running' }, { kind: 'running' }],
    [
      { kind: 'progress', phase: 'opening the store' },
      { kind: 'progress', phase: 'opening the store' },
    ],
    [{ kind: 'progress' }, undefined],
    [
      { kind: 'failed', message: 'taken', help: 'Free it.', isTaken: true },
      { kind: 'failed', message: 'taken', help: 'Free it.', isTaken: true },
    ],
    [
      { kind: 'failed', message: 'taken' },
      { kind: 'failed', message: 'taken', isTaken: false },
    ],
    [{ kind: 'failed' }, undefined],
    [{ kind: 'other' }, undefined],
    ['running', undefined],
    [undefined, undefined],
  ])('reads %j', (message, report) => {
    expect(readReport(message)).toEqual(report)
  })
})

// A child that reports, and says on its output whether the channel is still open afterwards.
const CHILD = `
  import { sendReport } from ${JSON.stringify(new URL('start-report.ts', import.meta.url).href)}
  await sendReport(JSON.parse(process.argv[1]))
  console.log(process.connected)
  process.exit(0)
`

describe('sendReport', () => {
  it.each<[StartReport, string]>([
    [{ kind: 'progress', phase: 'opening the store' }, 'true'],
    [{ kind: 'failed', message: 'taken', isTaken: false }, 'false'],
    [{ kind: 'running' }, 'false'],
  ])('sends %j', async (report, isConnected) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD, JSON.stringify(report)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const received: unknown[] = []
    child.on('message', (message) => received.push(message))
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await once(child, 'close')
    expect({ received, output }).toEqual({ received: [report], output: `${isConnected}\n` })
  })
})
