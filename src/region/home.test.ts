import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { UserError } from '../base/errors.ts'
import {
  createHome,
  homeAt,
  isAlive,
  readState,
  removeState,
  runningRegion,
  writeState,
  writeText,
} from './home.ts'
import { temporaryDirectory, temporaryHome } from './testing/test-region-parts.ts'

// Linux gives no process id above 2^22.
const NO_PROCESS = 2 ** 22 + 1

describe('homeAt', () => {
  it.each<[string, string | undefined, Record<string, string>, string]>([
    ['--data before all', '/data', { NEARGATE_HOME: '/environment' }, '/data'],
    ['NEARGATE_HOME', undefined, { NEARGATE_HOME: '/environment' }, '/environment'],
    ['~/.neargate', undefined, {}, join(homedir(), '.neargate')],
    [
      '~/.neargate where NEARGATE_HOME is empty',
      undefined,
      { NEARGATE_HOME: '' },
      join(homedir(), '.neargate'),
    ],
    ['what a relative path means from here', 'data', {}, join(process.cwd(), 'data')],
  ])('is %s', (_, directory, environment, expected) => {
    const home = homeAt(directory, environment)
    expect(home.directory).toBe(expected)
    const { directory: root, ...paths } = home
    for (const path of Object.values(paths)) expect(path.startsWith(`${root}/`)).toBe(true)
    expect(new Set(Object.values(home)).size).toBe(Object.values(home).length)
  })
})

describe('createHome', () => {
  it('makes the directory for its owner alone, and leaves nothing in it', () => {
    const home = homeAt(join(temporaryDirectory(), 'deep', 'er'), {})
    createHome(home)
    expect(statSync(home.directory).mode & 0o777).toBe(0o700)
    expect(readdirSync(home.directory)).toEqual([])
    createHome(home)
  })

  it('says so when it cannot be written', () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, '')
    const home = homeAt(join(file, 'home'), {})
    expect(() => createHome(home)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message: expect.stringContaining(`cannot write to the data directory ${home.directory}: `),
        help: 'Choose another with --data DIR or NEARGATE_HOME.',
      }),
    )
  })
})

describe('state files', () => {
  it('hold what was written, for the owner alone', () => {
    const { identity } = temporaryHome()
    writeState(identity, { region: 'eu-west-1' })
    expect(readState(identity)).toEqual({ region: 'eu-west-1' })
    expect(statSync(identity).mode & 0o777).toBe(0o600)
  })

  it('are replaced as a whole: a reader that has one open keeps the one it opened', () => {
    const { identity, directory } = temporaryHome()
    writeText(identity, 'first')
    const before = statSync(identity).ino
    writeText(identity, 'second')
    expect(readFileSync(identity, 'utf8')).toBe('second')
    expect(statSync(identity).ino).not.toBe(before)
    expect(readdirSync(directory)).toEqual(['identity.json'])
  })

  it('stay as they were when writing fails', () => {
    const { identity } = temporaryHome()
    writeText(identity, 'first')
    mkdirSync(`${identity}.new`)
    expect(() => writeText(identity, 'second')).toThrow('EISDIR')
    expect(readFileSync(identity, 'utf8')).toBe('first')
  })

  it('are undefined where there is none', () => {
    expect(readState(temporaryHome().identity)).toBeUndefined()
  })

  it('that are damaged are named', () => {
    const { identity } = temporaryHome()
    writeFileSync(identity, '{"region": "eu-')
    expect(() => readState(identity)).toThrow(UserError)
    expect(() => readState(identity)).toThrow(`${identity} is damaged: `)
  })

  it('are removed without an error where there is none', () => {
    const { running } = temporaryHome()
    writeState(running, {})
    removeState(running)
    removeState(running)
    expect(existsSync(running)).toBe(false)
  })
})

describe('isAlive', () => {
  it('tells processes that run from those that do not', () => {
    expect(isAlive(process.pid)).toBe(true)
    expect(isAlive(NO_PROCESS)).toBe(false)
  })

  it.skipIf(!existsSync('/proc/self/stat'))(
    'takes one that has ended, and was not reaped, for gone',
    async () => {
      // The shell becomes a program that never asks for the end of the child it was left with.
      const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      onTestFinished(() => void parent.kill('SIGKILL'))
      const [line] = (await once(parent.stdout, 'data')) as [Buffer]
      const pid = Number(line.toString())
      await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /))
      expect(isAlive(pid)).toBe(false)
    },
  )
})

describe('runningRegion', () => {
  const state = {
    pid: process.pid,
    endpoint: 'http://127.0.0.1:4566',
    startedAt: '',
    startedBy: 'up',
  } as const

  it('is what the running region says of itself', () => {
    const home = temporaryHome()
    expect(runningRegion(home)).toBeUndefined()
    writeState(home.running, state)
    expect(runningRegion(home)).toEqual(state)
  })

  it('is none when its process is gone without having said so', () => {
    const home = temporaryHome()
    writeState(home.running, { ...state, pid: NO_PROCESS })
    expect(runningRegion(home)).toBeUndefined()
  })
})
