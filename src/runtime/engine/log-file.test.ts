import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import type { LogOptions } from '../runtime.ts'
import { readLogFile, type LogForm } from './log-file.ts'

let directory = ''
let path = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'neargate-log-'))
  path = join(directory, 'ctr.log')
})

afterEach(() => rm(directory, { recursive: true }))

function at(second: number, rest: string): string {
  return `2026-11-27T08:00:0${second}.250000000+00:00 ${rest}\n`
}

const TIME = Date.parse('2026-11-27T08:00:00.250Z')

async function read(options: LogOptions = {}, form: LogForm = 'cri'): Promise<string[]> {
  const file = { path, form, clock: systemClock, hasEnded: () => true }
  const lines = await Array.fromAsync(readLogFile(file, options))
  return lines.map(({ stream, text, timeMs, isOpen }) =>
    [(timeMs - TIME) / 1000, stream, text, ...(isOpen ? ['open'] : [])].join(' '),
  )
}

describe('the file of a log', () => {
  it('has lines of two streams, joined where they came in parts, with their times to the millisecond', async () => {
    await writeFile(
      path,
      [
        at(1, 'stdout F first'),
        at(2, 'stdout P par'),
        at(3, 'stderr F  pro blem '),
        at(4, 'stdout F tial'),
        at(5, 'stdout F '),
        at(6, 'stdout F of a terminal\r'),
        at(7, 'stdout P no end'),
      ].join(''),
    )
    const lines = [
      '1 stdout first',
      '3 stderr  pro blem ',
      '2 stdout partial',
      '5 stdout ',
      '6 stdout of a terminal',
    ]
    expect(await read()).toEqual([...lines, '7 stdout no end open'])
    expect(await read({ tailLines: 2 })).toEqual(['6 stdout of a terminal', '7 stdout no end open'])
    expect(await read({ tailLines: 0 })).toEqual([])
    expect(await read({ sinceMs: TIME + 6000, tailLines: 9 })).toEqual([
      '6 stdout of a terminal',
      '7 stdout no end open',
    ])
  })

  it('is read to its end before the next one that has its name', async () => {
    await writeFile(path, at(1, 'stdout F one'))
    let hasEnded = false
    const file = { path, form: 'cri', clock: systemClock, hasEnded: () => hasEnded } as const
    const following = readLogFile(file, { follow: true })
    const next = async (): Promise<unknown> => (await following.next()).value?.text
    expect(await next()).toBe('one')
    // What was written before its name was taken is not lost.
    await appendFile(path, at(2, 'stdout F two'))
    await writeFile(`${path}.tmp`, at(3, 'stdout F three'))
    await rename(`${path}.tmp`, path)
    expect([await next(), await next()]).toEqual(['two', 'three'])
    await appendFile(path, at(4, 'stdout F four') + at(4, 'stdout P five'))
    hasEnded = true
    expect([await next(), await next()]).toEqual(['four', 'five'])
    expect(await following.next()).toEqual({ done: true, value: undefined })
  })

  it('of Docker has lines in JSON, those over 16 KiB in parts, and rows that a crash has cut', async () => {
    const row = (second: number, log: string, stream = 'stdout'): string =>
      `${JSON.stringify({ log, stream, time: `2026-11-27T08:00:0${second}.250000000Z` })}\n`
    const rows = [
      row(1, 'first\n'),
      row(2, 'par'),
      row(3, ' pro "blem" \n', 'stderr'),
      row(4, 'tial\r\n'),
      '{"log":"ha\n',
      row(5, 'no end'),
    ]
    await writeFile(path, rows.join(''))
    const lines = ['1 stdout first', '3 stderr  pro "blem" ', '2 stdout partial', '5 stdout no end open']
    expect(await read({}, 'json')).toEqual(lines)
    // A kubelet looks at the time of each part.
    expect(await read({ sinceMs: TIME + 3000 }, 'json')).toEqual([
      '3 stderr  pro "blem" ',
      '4 stdout tial',
      '5 stdout no end open',
    ])
  })

  it('is read on through each file that was begun meanwhile, the older ones under their new names', async () => {
    await writeFile(path, at(1, 'stdout F one'))
    let hasEnded = false
    const file = { path, form: 'cri', clock: systemClock, hasEnded: () => hasEnded } as const
    const following = readLogFile(file, { follow: true })
    const next = async (): Promise<unknown> => (await following.next()).value?.text
    expect(await next()).toBe('one')
    for (const [second, text] of [
      [2, 'two'],
      [3, 'three'],
    ] as const) {
      await rename(`${path}.1`, `${path}.2`).catch(() => undefined)
      await rename(path, `${path}.1`)
      await writeFile(path, at(second, `stdout F ${text}`))
    }
    expect([await next(), await next()]).toEqual(['two', 'three'])
    // The one that it has read is kept no more, and so is the one after it.
    for (const [second, text] of [
      [4, 'four'],
      [5, 'five'],
    ] as const) {
      await rename(path, `${path}.1`)
      await writeFile(path, at(second, `stdout F ${text}`))
    }
    await rm(`${path}.2`)
    hasEnded = true
    expect([await next(), await next()]).toEqual(['four', 'five'])
    expect(await following.next()).toEqual({ done: true, value: undefined })
  })

  it('is let go of by who does not follow it any more', async () => {
    await writeFile(path, at(1, 'stdout F one'))
    const abort = new AbortController()
    const options = { follow: true, signal: abort.signal }
    const file = { path, form: 'cri', clock: systemClock, hasEnded: () => false } as const
    const following = readLogFile(file, options)
    await following.next()
    abort.abort()
    expect(await following.next()).toEqual({ done: true, value: undefined })
  })
})
