import { EventEmitter } from 'node:events'

import { describe, expect, it } from 'vitest'

import { runCommand, splitBehind } from './command-behind.ts'

describe('the command behind `--`', () => {
  it.each([
    [['a', 'npm', 'test', '--x'], ['up', 'a', '--', 'npm', 'test', '--x'], ['a'], ['npm', 'test', '--x']],
    [['npm'], ['up', '--ephemeral', '--', 'npm'], [], ['npm']],
    [['a', '-'], ['up', 'a', '-'], ['a', '-'], []],
    [[], ['up', '--'], [], []],
    [['a', 'sh', '--', 'b'], ['up', 'a', '--', 'sh', '--', 'b'], ['a'], ['sh', '--', 'b']],
  ])('%j of %j', (args, typed, own, behind) => {
    expect(splitBehind(args, typed)).toEqual({ own, behind })
  })
})

describe('running it', () => {
  const run = (script: string, signals = new EventEmitter()): Promise<number> =>
    runCommand([process.execPath, '--eval', script], {
      environment: { ...process.env, GIVEN: 'yes' },
      // All that is used of a process.
      signals: signals as unknown as Pick<NodeJS.Process, 'on' | 'off'>,
    })

  it.each([
    ['its own exit code', 'process.exit(7)', 7],
    ['its environment', "process.exit(process.env.GIVEN === 'yes' ? 0 : 1)", 0],
    ['the signal that ended it, as a shell does', "process.kill(process.pid, 'SIGKILL')", 137],
  ])('tells %s', async (_what, script, code) => {
    expect(await run(script)).toBe(code)
  })

  it('passes SIGTERM on, and leaves nobody listening', async () => {
    const signals = new EventEmitter()
    const ended = run('setInterval(() => undefined, 1000)', signals)
    signals.emit('SIGTERM', 'SIGTERM')
    expect(await ended).toBe(143)
    expect(signals.eventNames()).toEqual([])
  })

  it('says which program there is not', async () => {
    await expect(runCommand(['no-such-program'], { environment: {}, signals: process })).rejects.toThrow(
      /^no-such-program cannot be run: .*ENOENT/,
    )
  })
})
