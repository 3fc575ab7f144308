import { hostname } from 'node:os'

import { describe, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { awsFailure, fakeCloud, type Handlers } from '../deploy/testing/fake-cloud.ts'
import { dropDeadLock, lockName, takeRunLock, type RunLock } from './run-lock.ts'

const NOW = Date.UTC(2026, 0, 1)

interface Shelf {
  value: string | undefined
}

function parameters(shelf: Shelf): Handlers {
  return {
    PutParameter: ({ Name, Value, Overwrite }) => {
      expect(Name).toBe(lockName('shop'))
      if (shelf.value !== undefined && Overwrite !== true)
        throw awsFailure('ParameterAlreadyExists', 'The parameter already exists.')
      shelf.value = String(Value)
      return {}
    },
    GetParameter: () => {
      if (shelf.value === undefined) throw awsFailure('ParameterNotFound', '')
      return { Parameter: { Value: shelf.value } }
    },
    DeleteParameter: () => {
      shelf.value = undefined
      return {}
    },
  }
}

function scene(value?: object, handlers: Handlers = {}) {
  const shelf: Shelf = { value: value && JSON.stringify(value) }
  const clock = new FakeClock(NOW)
  const warnings: string[] = []
  const take = async (): Promise<RunLock> => {
    const { cloud } = await fakeCloud({ ...parameters(shelf), ...handlers })
    const callerArn = 'arn:aws:iam::111122223333:user/bob'
    return takeRunLock(cloud, {
      cluster: 'shop',
      command: 'up',
      callerArn,
      clock,
      warn: (text) => warnings.push(text),
    })
  }
  return { shelf, clock, warnings, take }
}

const OTHER = {
  run: 'other',
  command: 'down',
  callerArn: 'arn:aws:iam::111122223333:user/alice',
  host: 'elsewhere',
  pid: 1,
  heardMs: NOW - 30_000,
}

describe('takeRunLock', () => {
  it('is there while a run lasts, is renewed, and goes with it', async () => {
    const { shelf, clock, take } = scene()
    const lock = await take()
    expect(JSON.parse(shelf.value ?? '')).toMatchObject({ command: 'up', heardMs: NOW })
    await clock.advance(60_000)
    await expect
      .poll(() => JSON.parse(shelf.value ?? '{}') as unknown)
      .toMatchObject({ heardMs: NOW + 60_000 })
    await lock.release()
    expect(shelf.value).toBeUndefined()
  })

  it('leaves the lock to the run that has taken it over', async () => {
    const { shelf, clock, take } = scene()
    const lock = await take()
    shelf.value = JSON.stringify(OTHER)
    await clock.advance(60_000)
    await lock.release()
    expect(JSON.parse(shelf.value)).toEqual(OTHER)
  })

  it('keeps a second run out, and says whose the first one is', async () => {
    const { shelf, take } = scene(OTHER)
    await expect(take()).rejects.toMatchObject({
      message:
        'another run is at work on the cluster shop: down by arn:aws:iam::111122223333:user/alice on elsewhere, heard of 30 s ago',
      help: expect.stringContaining('aws ssm delete-parameter --name /neargate/runs/shop'),
    })
    expect(JSON.parse(shelf.value ?? '')).toEqual(OTHER)
  })

  it.each([
    ['that was not heard of for minutes', { ...OTHER, heardMs: NOW - 301_000 }],
    // Process ids end at 4,194,304 (proc(5), pid_max).
    ['of this machine whose process is gone', { ...OTHER, host: hostname(), pid: 4_194_305 }],
    ['of this process, of a run that has ended', { ...OTHER, host: hostname(), pid: process.pid }],
    ['that nobody can read', {}],
  ])('takes over one %s', async (_, holder) => {
    const { shelf, take } = scene(holder)
    await take()
    expect(JSON.parse(shelf.value ?? '')).toMatchObject({ command: 'up' })
  })

  it('does not keep out a run of this process whose answer was lost, but another one', async () => {
    const { shelf, take } = scene(undefined)
    const lock = await take()
    await expect(take()).rejects.toThrow('another run is at work on the cluster shop: up by')
    await lock.release()
    const put = parameters(shelf)['PutParameter']
    const lost = scene(undefined, {
      PutParameter: (input) => {
        put?.(input)
        // As the SDK's second attempt hears it.
        throw awsFailure('ParameterAlreadyExists', 'The parameter already exists.')
      },
      GetParameter: () => ({ Parameter: { Value: shelf.value } }),
    })
    await expect(lost.take()).resolves.toBeDefined()
  })

  it('says what it was at when AWS refuses', async () => {
    const { take } = scene(undefined, {
      PutParameter: () => {
        throw awsFailure('ThrottlingException', 'Rate exceeded')
      },
    })
    await expect(take()).rejects.toMatchObject({
      message: 'taking the lock /neargate/runs/shop: AWS refused: Rate exceeded (ThrottlingException)',
      help: expect.stringContaining('AWS was asked too often'),
    })
  })

  it.each([
    ['of a run that died', { ...OTHER, heardMs: NOW - 6 * 60_000 }, true],
    ['of one that lives', OTHER, false],
    ['that is none', undefined, true],
  ])('drops a lock %s, or not', async (_what, holder, isGone) => {
    const { shelf, clock } = scene(holder)
    const { cloud } = await fakeCloud(parameters(shelf))
    await dropDeadLock(cloud, { cluster: 'shop', clock })
    expect(shelf.value === undefined).toBe(isGone)
  })

  it('goes on without one where the account does not permit it', async () => {
    const denied = awsFailure(
      'AccessDeniedException',
      'User: bob is not authorized to perform: ssm:PutParameter',
    )
    const { warnings, take } = scene(undefined, {
      PutParameter: () => {
        throw denied
      },
    })
    await (await take()).release()
    expect(warnings).toEqual([`no lock keeps another run apart: ${denied.message}`])
  })
})
