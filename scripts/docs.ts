// Writes the pages that are made from the program's own tables: docs/coverage.md, docs/problems.md and
// docs/cluster-config.md.
import { writeFileSync } from 'node:fs'

import { problemsMarkdown } from '../src/config/problem.ts'
import { clusterConfigMarkdown } from '../src/config/schema/page.ts'
import { coverageText } from './coverage.ts'

writeFileSync(new URL('../docs/coverage.md', import.meta.url), coverageText())
writeFileSync(new URL('../docs/problems.md', import.meta.url), problemsMarkdown())
writeFileSync(new URL('../docs/cluster-config.md', import.meta.url), clusterConfigMarkdown())
