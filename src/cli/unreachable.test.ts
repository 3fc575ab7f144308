import { beforeEach, describe, expect, it } from 'vitest'

import { StatusError, UserError } from '../base/errors.ts'
import { temporaryHome } from '../region/testing/test-region-parts.ts'
import type { Near } from './app.ts'
import { explainFailure } from './unreachable.ts'

let near: Near

beforeEach(() => {
  near = {
    home: temporaryHome(),
    // Above the largest process id that Linux gives (2^22).
    running: { pid: 2 ** 22 + 1, endpoint: 'http://127.0.0.1:4566' },
  } as Near
})

function withCode(code: string, cause?: unknown): Error {
  return Object.assign(new Error('connect', { cause }), { code })
}

describe('a region that went away', () => {
  it.each([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['one that broke', withCode('ECONNRESET')],
    ['one below another error', new UserError('no status', { cause: withCode('ECONNREFUSED') })],
    ['a Kubernetes API that does not answer', new StatusError('ServiceUnavailable', 'connect')],
  ])('is told by %s', (_, error) => {
    const explained = explainFailure(error, near)
    expect(explained).toBeInstanceOf(UserError)
    expect(explained).toMatchObject({ message: 'the near region at http://127.0.0.1:4566 has ended' })
    expect((explained as UserError).help).toContain('Run the same command again')
  })

  it('is told from one that only does not answer', () => {
    const busy = { ...near, running: { ...near.running, pid: process.pid } }
    expect(explainFailure(withCode('ECONNRESET'), busy)).toMatchObject({
      message: 'the near region at http://127.0.0.1:4566 does not answer',
    })
    const reused = { ...busy, running: { ...busy.running, birth: `${'0'.repeat(36)} 1` } }
    expect(explainFailure(withCode('ECONNRESET'), reused)).toMatchObject({
      message: 'the near region at http://127.0.0.1:4566 has ended',
    })
  })

  it.each([
    ['a refusal', new UserError('the plan has errors')],
    ['a conflict', new StatusError('Conflict', 'changed')],
    ['a missing file', withCode('ENOENT')],
  ])('is not told by %s', (_, error) => {
    expect(explainFailure(error, near)).toBe(error)
  })
})
