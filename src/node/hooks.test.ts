import { describe, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { LateClock } from '../base/testing/late-clock.ts'
import { createVpcs } from '../network/dialer.ts'
import { FakeRuntime } from '../runtime/testing/fake-runtime.ts'
import type { ExecRequest } from '../runtime/runtime.ts'
import { runHook, type HookTarget } from './hooks.ts'

class Shell extends FakeRuntime {
  readonly commands: string[] = []
  answer: (request: ExecRequest) => Promise<number> = async () => 0

  override async exec(_id: string, request: ExecRequest): Promise<number> {
    this.commands.push(request.command.join(' '))
    return await this.answer(request)
  }
}

function target(signal = new AbortController().signal): HookTarget & { runtime: Shell; clock: FakeClock } {
  const clock = new FakeClock()
  const container = { name: 'web', ports: [{ name: 'http', containerPort: 80 }] }
  const dialer = createVpcs({ clock }).dialer('vpc-1')
  const runtime = new Shell(clock)
  return { container, containerId: 'c1', podIp: '10.0.0.5', clock, dialer, runtime, signal }
}

describe('a hook', () => {
  it('runs its command in the container', async () => {
    const of = target()
    expect(await runHook({ exec: { command: ['nginx', '-s', 'quit'] } }, of)).toBeUndefined()
    expect(of.runtime.commands).toEqual(['nginx -s quit'])
  })

  it('fails with what its command has said', async () => {
    const of = target()
    of.runtime.answer = async ({ onOutput }) => {
      onOutput('stderr', Buffer.from('no such thing\n'))
      return 2
    }
    const failure = await runHook({ exec: { command: ['false'] } }, of)
    expect(failure).toBe("command 'false' exited with 2: no such thing")
  })

  it('is given up when its time is over', async () => {
    const patience = new AbortController()
    const of = target(patience.signal)
    of.runtime.answer = () => new Promise(() => undefined)
    const running = runHook({ exec: { command: ['sleep', '1000'] } }, of)
    patience.abort()
    expect(await running).toBe('context deadline exceeded')
  })

  it('may be nothing but time', async () => {
    const of = target()
    const running = runHook({ sleep: { seconds: 5 } }, of)
    await of.clock.advance(5000)
    expect(await running).toBeUndefined()
  })

  it('does not let time pass in which the region is held up', async () => {
    const clock = new LateClock()
    clock.lateMs = 1000
    let isOver = false
    const running = runHook({ sleep: { seconds: 5 } }, { ...target(), clock }).then(() => (isOver = true))
    await clock.inner.advance(30_000)
    expect(isOver).toBe(false)
    await clock.inner.advance(25_000)
    await running
  })

  it.each([
    ['a port without a name', { port: 'metrics' }, "couldn't find port: metrics"],
    ['nobody at the address', { port: 'http' }, 'connect EHOSTUNREACH 10.0.0.5:80'],
  ])('that asks %s fails', async (_, httpGet, failure) => {
    expect(await runHook({ httpGet }, target())).toBe(failure)
  })
})
