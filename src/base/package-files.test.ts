import { existsSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { isPackaged, ownPart, ownProgram, packageBytes, packageText, PARTS } from './package-files.ts'

describe('files of the package', () => {
  it('are read by their path from its root', () => {
    expect(JSON.parse(packageText('package.json'))).toMatchObject({ name: 'neargate' })
    expect(packageBytes('data/aws-managed-policies.json.gz').subarray(0, 2)).toEqual(
      Buffer.from([0x1f, 0x8b]),
    )
    expect(() => packageText('data/none.json')).toThrow('ENOENT')
  })

  it('are known to be there or not', () => {
    expect(isPackaged('data/prices.json')).toBe(true)
    expect(isPackaged('data/none.json')).toBe(false)
  })
})

describe('the program and its parts', () => {
  it('run by the Node that runs this one, with its options before the program', () => {
    const { command, args } = ownProgram(['--max-semi-space-size=4'])
    expect(command).toBe(process.execPath)
    expect(args).toEqual(['--max-semi-space-size=4', expect.stringMatching(/bin\/neargate\.js$/)])
  })

  it.each(Object.keys(PARTS) as (keyof typeof PARTS)[])('finds the module of %s', (part) => {
    const { args } = ownPart(part)
    expect(args.every((file) => existsSync(file))).toBe(true)
  })
})
