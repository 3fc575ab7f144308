// Writes the pages that are made from the program's own tables: docs/coverage.md and docs/problems.md.
import { writeFileSync } from 'node:fs'

import { problemsMarkdown } from '../src/config/problem.ts'
import { coverageText } from './coverage.ts'

writeFileSync(new URL('../docs/coverage.md', import.meta.url), coverageText())
writeFileSync(new URL('../docs/problems.md', import.meta.url), problemsMarkdown())
