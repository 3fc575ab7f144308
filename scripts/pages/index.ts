// Owns the table of generated pages: each file of the documentation that is made from the program's own tables.
import { clusterConfigMarkdown } from './cluster-config.ts'
import { coverageText } from './coverage.ts'
import { cliMarkdown } from './cli.ts'
import { jsonMarkdown, outputSchemas } from './json.ts'
import { problemsMarkdown } from './problems.ts'

/** Texts by path from the root of the checkout. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  const schemas = outputSchemas()
  return new Map([
    ['docs/coverage.md', await coverageText()],
    ['docs/problems.md', problemsMarkdown()],
    ['docs/cluster-config.md', clusterConfigMarkdown()],
    ['docs/reference/cli.md', cliMarkdown()],
    ['docs/reference/json.md', jsonMarkdown(schemas)],
    ...[...schemas].map(
      ([command, schema]) =>
        [`docs/reference/schemas/${command}.json`, `${JSON.stringify(schema, undefined, 2)}\n`] as const,
    ),
  ])
}
