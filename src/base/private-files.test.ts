import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import {
  appendPrivateFile,
  makePrivateDirectory,
  readPrivateFile,
  securePrivateFile,
  UnsafeFileError,
  writePrivateFile,
} from './private-files.ts'

const OTHER_USER = 12_345
const ours = { isOurs: () => true }

let directory: string
let file: string
let target: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'private-'))
  file = join(directory, 'file')
  target = join(directory, 'target')
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
})

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

describe('makePrivateDirectory', () => {
  it('makes it and those above it for this user alone', () => {
    const deep = join(directory, 'a', 'b')
    makePrivateDirectory(deep, ours)
    expect([modeOf(join(directory, 'a')), modeOf(deep)]).toEqual([0o700, 0o700])
    makePrivateDirectory(deep, ours)
  })

  it('closes one of ours that was open', () => {
    chmodSync(directory, 0o755)
    makePrivateDirectory(directory, ours)
    expect(modeOf(directory)).toBe(0o700)
  })

  it('leaves an open one that is not ours as it is, and refuses it', () => {
    writeFileSync(file, '')
    chmodSync(directory, 0o755)
    const seen: string[][] = []
    const isOurs = (entries: readonly string[]): boolean => seen.push([...entries]) === 0
    expect(() => makePrivateDirectory(directory, { isOurs })).toThrow(
      `${directory} is open to other users, and holds what is not Neargate's`,
    )
    expect(seen).toEqual([['file']])
    expect(modeOf(directory)).toBe(0o755)
  })

  it('refuses a link, a file, and a directory of another user', () => {
    symlinkSync(directory, file)
    expect(() => makePrivateDirectory(file, ours)).toThrow('is a symbolic link')
    writeFileSync(target, '')
    expect(() => makePrivateDirectory(target, ours)).toThrow('is not a directory')
    expect(() => makePrivateDirectory(directory, { ...ours, user: OTHER_USER })).toThrow(
      `${directory} belongs to another user`,
    )
  })

  it.skipIf(!existsSync('/proc/self'))('ends below /proc, where nothing can be made', () => {
    expect(() => makePrivateDirectory('/proc/neargate/deep', ours)).toThrow('ENOENT')
  })
})

describe('reading', () => {
  it('gives what is there, and closes it to others', () => {
    writeFileSync(file, 'ä', { mode: 0o644 })
    expect(readPrivateFile(file)).toBe('ä')
    expect(modeOf(file)).toBe(0o600)
  })

  it('gives undefined where there is none', () => {
    expect(readPrivateFile(file)).toBeUndefined()
    writeFileSync(file, '')
    expect(readPrivateFile(join(file, 'below'))).toBeUndefined()
  })

  it('refuses links, directories, pipes and what belongs to another user', () => {
    writeFileSync(target, 'secret')
    symlinkSync(target, file)
    expect(() => readPrivateFile(file)).toThrow(UnsafeFileError)
    expect(() => readPrivateFile(directory)).toThrow('is not a file')
    expect(() => readPrivateFile(target, OTHER_USER)).toThrow(`${target} belongs to another user`)
    const pipe = join(directory, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(() => readPrivateFile(pipe)).toThrow('is not a file')
  })
})

describe('writing', () => {
  it('replaces the file as a whole, for its owner alone, and leaves no draft', () => {
    writeFileSync(file, 'before', { mode: 0o644 })
    const before = statSync(file).ino
    writePrivateFile(file, 'after')
    expect(readFileSync(file, 'utf8')).toBe('after')
    expect(statSync(file).ino).not.toBe(before)
    expect(modeOf(file)).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['file'])
  })

  it('follows no link, neither in the place of the file nor of its draft', () => {
    writeFileSync(target, 'untouched')
    symlinkSync(target, file)
    symlinkSync(target, `${file}.${process.pid}.new`)
    writePrivateFile(file, 'secret')
    expect(readFileSync(target, 'utf8')).toBe('untouched')
    expect(lstatSync(file).isSymbolicLink()).toBe(false)
    expect(readFileSync(file, 'utf8')).toBe('secret')
  })

  it('leaves nothing behind when it fails', () => {
    mkdirSync(file)
    writeFileSync(join(file, 'inside'), '')
    expect(() => writePrivateFile(file, 'text')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
    expect(readdirSync(directory)).toEqual(['file'])
  })
})

describe('appending', () => {
  it('adds to the end of a file for its owner alone', () => {
    for (const text of ['a', 'b']) {
      const opened = appendPrivateFile(file)
      writeSync(opened, text)
      closeSync(opened)
    }
    expect(readFileSync(file, 'utf8')).toBe('ab')
    expect(modeOf(file)).toBe(0o600)
  })

  it('follows no link', () => {
    symlinkSync(target, file)
    expect(() => appendPrivateFile(file)).toThrow('is a symbolic link')
    expect(existsSync(target)).toBe(false)
  })
})

describe('securePrivateFile', () => {
  it('makes an empty file, or closes the one that is there and keeps what it holds', () => {
    securePrivateFile(file)
    expect([modeOf(file), readFileSync(file, 'utf8')]).toEqual([0o600, ''])
    writeFileSync(target, 'text', { mode: 0o666 })
    securePrivateFile(target)
    expect([modeOf(target), readFileSync(target, 'utf8')]).toEqual([0o600, 'text'])
  })

  it('refuses a link and a file of another user', () => {
    symlinkSync(target, file)
    expect(() => securePrivateFile(file)).toThrow(UnsafeFileError)
    writeFileSync(target, '')
    expect(() => securePrivateFile(target, OTHER_USER)).toThrow('belongs to another user')
  })
})
