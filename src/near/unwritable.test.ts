import { describe, expect, it, vi } from 'vitest'

import { UserError } from '../base/errors.ts'
import type { RegionStatus } from '../region/admin.ts'
import { silentView } from '../terminal/progress-view.ts'
import { watchWrites } from './unwritable.ts'

const FULL = 'cannot write store.db: database or disk is full'

// Of a status only this is asked.
const saying = (storeProblem?: string) => ({
  status: () => Promise.resolve({ storeProblem } as RegionStatus),
})

describe('watchWrites', () => {
  it('says why of the first step that fails, and once', async () => {
    const warning = vi.fn<(text: string) => void>()
    const failed = vi.fn<(title: string, seconds: number) => void>()
    const { listener } = watchWrites({ ...silentView, warning, failed }, saying(FULL))
    listener.failed('add-on coredns', 1)
    listener.failed('add-on vpc-cni', 2)
    await vi.waitFor(() => expect(warning).toHaveBeenCalledOnce())
    expect(warning).toHaveBeenCalledWith(`the near region cannot write at present: ${FULL}`)
    expect(failed.mock.calls).toEqual([
      ['add-on coredns', 1],
      ['add-on vpc-cni', 2],
    ])
  })

  it('tells it instead of what came of it', async () => {
    const error = new Error('InternalFailure')
    const told = await watchWrites(silentView, saying(FULL)).explain(error)
    expect(told).toBeInstanceOf(UserError)
    expect(told).toMatchObject({
      message: `the near region cannot write: ${FULL}`,
      help: expect.stringMatching(/^Make room/),
      cause: error,
    })
  })

  it('leaves other failures as they are, also of a region that is gone', async () => {
    const error = new Error('no such image')
    expect(await watchWrites(silentView, saying()).explain(error)).toBe(error)
    const gone = { status: () => Promise.reject(new Error('ECONNREFUSED')) }
    expect(await watchWrites(silentView, gone).explain(error)).toBe(error)
  })
})
