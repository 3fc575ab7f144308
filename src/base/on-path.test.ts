import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { onPath } from './on-path.ts'

it('finds programs in the directories of PATH alone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-path-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'tool'), '')
  expect(onPath('tool', { PATH: ['', '/nowhere', directory].join(delimiter) })).toBe(true)
  expect(onPath('tool', { PATH: '/nowhere' })).toBe(false)
  expect(onPath('tool', {})).toBe(false)
})
