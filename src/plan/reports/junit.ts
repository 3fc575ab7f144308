// Owns the problems of a plan as JUnit's XML, which nearly every CI server shows as tests.
import { XMLBuilder } from 'fast-xml-parser'

import type { Problem } from '../../config/problem.ts'

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true })

/**
 * One test a problem and one a file without any: an error fails its test, a warning passes with its text as output.
 * @param files every file that was read
 */
export function junitReport(problems: readonly Problem[], files: readonly string[]): string {
  const clean = files.filter((file) => problems.every((problem) => problem.file !== file))
  const cases = [
    ...problems.map(caseOf),
    ...clean.map((file) => ({ '@classname': file, '@name': 'no problems' })),
  ]
  const counts = {
    '@name': 'neargate plan',
    '@tests': cases.length,
    '@failures': problems.filter(({ severity }) => severity === 'error').length,
  }
  const suite = { ...counts, testcase: cases }
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: { ...counts, testsuite: suite },
  })
}

function caseOf({ severity, code, file, line, column, message, help }: Problem): object {
  const place = { '@classname': file, '@name': `${code} at ${line}:${column}`, '@file': file, '@line': line }
  const text = `${message}\n${file}:${line}:${column}\n${help}`
  return severity === 'error'
    ? { ...place, failure: { '@type': code, '@message': message, '#text': text } }
    : { ...place, 'system-out': text }
}
