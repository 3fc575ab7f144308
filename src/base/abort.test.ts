import { describe, expect, it } from 'vitest'

import { aborted, onAbort } from './abort.ts'

describe('onAbort', () => {
  it('runs once when the signal aborts', () => {
    const controller = new AbortController()
    let runs = 0
    onAbort(controller.signal, () => runs++)
    expect(runs).toBe(0)
    controller.abort()
    controller.abort()
    expect(runs).toBe(1)
  })

  it('runs in the same turn when the signal has aborted before, unless it is taken back', async () => {
    const runs: string[] = []
    onAbort(AbortSignal.abort(), () => runs.push('left'))
    onAbort(AbortSignal.abort(), () => runs.push('taken back'))()
    await Promise.resolve()
    expect(runs).toEqual(['left'])
  })

  it('has returned before it runs', async () => {
    const runs: string[] = []
    const takeBack = onAbort(AbortSignal.abort(), () => {
      takeBack()
      runs.push('ran')
    })
    await Promise.resolve()
    expect(runs).toEqual(['ran'])
  })

  it('does not run after it was taken back', () => {
    const controller = new AbortController()
    let runs = 0
    onAbort(controller.signal, () => runs++)()
    controller.abort()
    expect(runs).toBe(0)
  })
})

describe('aborted', () => {
  it('resolves for a signal that has aborted before', async () => {
    await expect(aborted(AbortSignal.abort())).resolves.toBeUndefined()
  })

  it('resolves when the signal aborts, and not before', async () => {
    const controller = new AbortController()
    let isSettled = false
    const settled = aborted(controller.signal).then(() => (isSettled = true))
    await Promise.resolve()
    expect(isSettled).toBe(false)
    controller.abort()
    await settled
    expect(isSettled).toBe(true)
  })
})
