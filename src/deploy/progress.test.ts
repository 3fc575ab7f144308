import { describe, expect, it } from 'vitest'

import type { StepOutcome } from '../terminal/progress-view.ts'
import { inParallel, Progress } from './progress.ts'
import { RecordingListener } from './testing/fake-cloud.ts'

function recorded(): { progress: Progress; listener: RecordingListener; pass: (ms: number) => void } {
  const listener = new RecordingListener()
  let nowMs = 5_000
  const progress = new Progress(listener, () => nowMs)
  return { progress, listener, pass: (ms) => (nowMs += ms) }
}

describe('Progress', () => {
  it('tells of a step from start to end, with its time', async () => {
    const { progress, listener, pass } = recorded()
    await progress.step('node group ng', async (detail) => {
      detail('CREATE_IN_PROGRESS')
      pass(1_500)
      return { outcome: 'created', detail: '2 nodes ready' }
    })
    expect(listener.course).toEqual(['started node group ng', 'ended node group ng'])
    expect(listener.details).toEqual(['CREATE_IN_PROGRESS'])
    expect(progress.reports).toEqual([
      { title: 'node group ng', seconds: 1.5, outcome: 'created', detail: '2 nodes ready' },
    ])
    expect(listener.reports).toEqual(progress.reports)
  })

  it('tells of a failure and passes it on', async () => {
    const { progress, listener } = recorded()
    const failure = new Error('no')
    await expect(progress.step('stack', () => Promise.reject(failure))).rejects.toBe(failure)
    expect(listener.course).toEqual(['started stack', 'failed stack'])
    expect(progress.reports).toEqual([])
  })

  it('passes warnings on', () => {
    const { progress, listener } = recorded()
    progress.warn('1.28 is retired')
    expect(listener.warnings).toEqual(['1.28 is retired'])
  })

  it.each<[StepOutcome[], boolean]>([
    [[], true],
    [['unchanged', 'skipped', 'done'], true],
    [['unchanged', 'created'], false],
    [['updated'], false],
    [['deleted', 'done'], false],
  ])('after %j is unchanged: %j', async (outcomes, unchanged) => {
    const { progress } = recorded()
    for (const outcome of outcomes) await progress.step(outcome, async () => ({ outcome }))
    expect(progress.unchanged).toBe(unchanged)
  })
})

describe('inParallel', () => {
  it('waits for every branch before it fails', async () => {
    let finish = (): void => undefined
    let slowIsDone = false
    const slow = new Promise<void>((resolve) => (finish = resolve)).then(() => (slowIsDone = true))
    let ended = false
    const all = inParallel(Promise.reject(new Error('early')), slow).finally(() => (ended = true))
    all.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toBe(false)
    finish()
    await expect(all).rejects.toThrow('early')
    expect(slowIsDone).toBe(true)
  })

  it('rejects with the first branch that failed, in the order given', async () => {
    const later = new Promise((_, reject) => setImmediate(() => reject(new Error('first branch'))))
    await expect(inParallel(later, Promise.reject(new Error('second branch')))).rejects.toThrow(
      'first branch',
    )
  })

  it('resolves when all do', async () => {
    await expect(inParallel(Promise.resolve(1), Promise.resolve(2))).resolves.toBeUndefined()
    await expect(inParallel()).resolves.toBeUndefined()
  })
})
