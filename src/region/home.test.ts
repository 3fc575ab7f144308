import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { UserError } from '../base/errors.ts'
import { createHome, homeAt, readState, removeState, writeState } from './home.ts'
import { temporaryDirectory, temporaryHome } from './testing/test-region-parts.ts'

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

  it.each([
    ['is empty', []],
    ['holds a region', ['identity.json', 'notes']],
  ])('closes an open directory that %s', (_, files) => {
    const home = temporaryHome()
    for (const name of files) writeFileSync(join(home.directory, name), '')
    chmodSync(home.directory, 0o755)
    createHome(home)
    expect(statSync(home.directory).mode & 0o777).toBe(0o700)
  })

  it('does not close an open directory that is somebody’s for something else', () => {
    const home = temporaryHome()
    writeFileSync(join(home.directory, 'notes'), '')
    chmodSync(home.directory, 0o1777)
    expect(() => createHome(home)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('is open to other users'),
        help: expect.stringContaining(`chmod 700 ${home.directory}`),
      }),
    )
    expect(statSync(home.directory).mode & 0o7777).toBe(0o1777)
    expect(readdirSync(home.directory)).toEqual(['notes'])
  })

  it('takes a link of the user’s own to a directory elsewhere', () => {
    const target = temporaryDirectory()
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(target, link)
    createHome(homeAt(link, {}))
    expect(readdirSync(target)).toEqual([])
  })

  it('writes through no link that lies in it', () => {
    const home = temporaryHome()
    const target = join(temporaryDirectory(), 'target')
    writeFileSync(target, 'untouched')
    symlinkSync(target, join(home.directory, '.writable'))
    createHome(home)
    expect(readFileSync(target, 'utf8')).toBe('untouched')
  })

  it('says so when it cannot be written', () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, '')
    const home = homeAt(join(file, 'home'), {})
    expect(() => createHome(home)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message: expect.stringContaining(`cannot use the data directory ${home.directory}: `),
        help: 'Choose another with --data DIR or NEARGATE_HOME.',
      }),
    )
  })

  it.skipIf(!existsSync('/proc/self'))('says so below /proc, where nothing can be made', () => {
    expect(() => createHome(homeAt('/proc/neargate', {}))).toThrow('cannot use the data directory')
  })
})

describe('state files', () => {
  it('hold what was written, for the owner alone', () => {
    const { identity } = temporaryHome()
    writeState(identity, { region: 'eu-west-1' })
    expect(readState(identity)).toEqual({ region: 'eu-west-1' })
    expect(statSync(identity).mode & 0o777).toBe(0o600)
  })

  it('stay as they were when writing fails', () => {
    const { identity } = temporaryHome()
    writeState(identity, { region: 'first' })
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(() => writeState(identity, circle)).toThrow(TypeError)
    expect(readState(identity)).toEqual({ region: 'first' })
  })

  it('are undefined where there is none', () => {
    expect(readState(temporaryHome().identity)).toBeUndefined()
  })

  it('that are damaged are named, with the way out', () => {
    const { identity } = temporaryHome()
    writeFileSync(identity, '{"region": "eu-')
    expect(() => readState(identity)).toThrow(UserError)
    expect(() => readState(identity)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`${identity} is damaged: `),
        help: expect.stringContaining(`mv ${identity} ${identity}.damaged`),
      }),
    )
  })

  it('that are links or directories are not read', () => {
    const { identity, running, directory } = temporaryHome()
    writeFileSync(join(directory, 'target'), '{"region":"stranger"}')
    symlinkSync(join(directory, 'target'), identity)
    expect(() => readState(identity)).toThrow(`cannot read ${identity}: `)
    mkdirSync(running)
    expect(() => readState(running)).toThrow(`cannot read ${running}: `)
  })

  it('are removed without an error where there is none', () => {
    const { running } = temporaryHome()
    writeState(running, {})
    removeState(running)
    removeState(running)
    expect(existsSync(running)).toBe(false)
  })
})
