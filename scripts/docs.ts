// Writes the pages that are generated from the program's own tables: docs/problems.md.
import { writeFileSync } from 'node:fs'

import { problemsMarkdown } from '../src/config/problem.ts'

writeFileSync(new URL('../docs/problems.md', import.meta.url), problemsMarkdown())
