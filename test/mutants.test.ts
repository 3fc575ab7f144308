// The faults that `npm run mutants` plants: each stands in the source once, or there would be nothing to notice.
import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { mutants } from '../scripts/mutants/list.ts'

it.each(mutants)('$file: $what', ({ file, from }) => {
  const source = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8')
  expect(source.split(from)).toHaveLength(2)
})
