// Owns the problems of a plan as SARIF, which code scanning of forges and editors read.
import { problemRules, type Problem, type ProblemCode } from '../../config/problem.ts'

/**
 * A SARIF 2.1.0 log with one run (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). Places are relative to the directory
 * that the command ran in; what was not read from a file, standard input or a rendered chart, names no place.
 * @param version of this program
 */
export function sarifReport(problems: readonly Problem[], version: string): string {
  const codes = [...new Set(problems.map(({ code }) => code))].toSorted()
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'neargate', version, rules: codes.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => ({
          ruleId: problem.code,
          ruleIndex: codes.indexOf(problem.code),
          level: problem.severity,
          message: { text: `${problem.message}\n${problem.help}` },
          locations: locationsOf(problem),
        })),
      },
    ],
  }
  return JSON.stringify(log, undefined, 2)
}

function ruleOf(code: ProblemCode): object {
  const { when, help, severity } = problemRules[code]
  return {
    id: code,
    shortDescription: { text: when },
    help: { text: help },
    defaultConfiguration: { level: severity },
  }
}

function locationsOf({ file, line, column }: Problem): readonly object[] {
  if (file === '-' || file.endsWith(')')) return []
  const uri = file.replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/')
  return [
    {
      physicalLocation: {
        artifactLocation: { uri: file.startsWith('/') ? `file://${uri}` : uri },
        region: { startLine: line, startColumn: column },
      },
    },
  ]
}
