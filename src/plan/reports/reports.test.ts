import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'

import { problem, type Problem } from '../../config/problem.ts'
import { CONTAINERS, deployment, plan, web } from '../testing/plan-of.ts'
import { githubReport } from './github.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { sarifReport } from './sarif.ts'

const error: Problem = problem('wrong-type', 'a, b: 100%\n<c> & "d" | e', {
  file: './k8s/app one.yaml',
  line: 3,
  column: 7,
})
const warning: Problem = problem('version-retired', 'EKS has retired 1.28', {
  file: 'cluster.yaml',
  line: 5,
  column: 1,
})

describe('sarifReport', () => {
  const log = JSON.parse(sarifReport([error, warning], '1.2.3')) as {
    version: string
    runs: [{ tool: { driver: { version: string; rules: { id: string }[] } }; results: object[] }]
  }

  it('names the tool and each rule once', () => {
    expect(log.version).toBe('2.1.0')
    expect(log.runs[0].tool.driver).toMatchObject({ name: 'neargate', version: '1.2.3' })
    const twice = JSON.parse(sarifReport([error, error], '1')) as typeof log
    expect(twice.runs[0].tool.driver.rules.map(({ id }) => id)).toEqual(['wrong-type'])
  })

  it('gives each result its level, rule and place, as a relative URI', () => {
    expect(log.runs[0].results).toMatchObject([
      {
        ruleId: 'wrong-type',
        ruleIndex: 1,
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'k8s/app%20one.yaml' },
              region: { startLine: 3, startColumn: 7 },
            },
          },
        ],
      },
      { ruleId: 'version-retired', ruleIndex: 0, level: 'warning' },
    ])
  })

  it('names no place for what was not read from a file', () => {
    for (const file of ['-', 'chart (helm template)']) {
      const read = JSON.parse(sarifReport([{ ...error, file }], '1')) as typeof log
      expect(read.runs[0].results).toMatchObject([{ locations: [] }])
    }
  })
})

describe('githubReport', () => {
  it('escapes what would end a property or the message', () => {
    const line = githubReport([{ ...error, file: 'a:b,c.yaml', help: 'Mend it.' }])
    expect(line).toBe(
      '::error file=a%3Ab%2Cc.yaml,line=3,col=7,title=wrong-type::a, b: 100%25%0A<c> & "d" | e%0AMend it.',
    )
  })

  it('has a line a problem, and nothing where there is none', () => {
    expect(
      githubReport([error, warning])
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['::error', '::warning'])
    expect(githubReport([])).toBe('')
  })
})

describe('junitReport', () => {
  const xml = junitReport([error, warning], ['./k8s/app one.yaml', 'cluster.yaml', 'fine.yaml'])

  it('fails a test for each error, passes one for each warning and for each file without any', () => {
    expect(XMLValidator.validate(xml)).toBe(true)
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(xml) as {
      testsuites: { testsuite: { '@_tests': string; '@_failures': string; testcase: object[] } }
    }
    const { testsuite } = parsed.testsuites
    expect(testsuite).toMatchObject({ '@_tests': '3', '@_failures': '1' })
    expect(testsuite.testcase).toMatchObject([
      { '@_name': 'wrong-type at 3:7', failure: { '@_type': 'wrong-type' } },
      { '@_classname': 'cluster.yaml', 'system-out': expect.stringContaining('EKS has retired 1.28') },
      { '@_classname': 'fine.yaml', '@_name': 'no problems' },
    ])
  })
})

describe('markdownReport', () => {
  it('heads with errors and price, and has a table for each part', () => {
    const text = markdownReport(plan(deployment('shop', `{hostNetwork: true, ${CONTAINERS}}`)))
    expect(text).toMatch(/^## Neargate plan: 1 error, .*\$\d+\.\d\d a month\n/)
    expect(text).toContain('### Problems')
    expect(text).toContain('| shop | Deployment web | 1 | fargate |')
    expect(text).toMatch(/\| \*\*Total\*\* \|/)
  })

  it('tells first what a change does', () => {
    const text = markdownReport(plan(deployment('elsewhere', `{${CONTAINERS}}`)), plan(web))
    expect(text.indexOf('### What changes')).toBeLessThan(text.indexOf('### Where it runs'))
    expect(text).toContain('- **gone** Deployment shop/web: 1 on fargate of 0.25vCPU 1GB')
    expect(text).toMatch(/a month \(\*\*−\$\d/)
  })

  it('reads no Markdown out of names and messages', () => {
    const text = markdownReport({ ...plan(web), problems: [error] })
    expect(text).toContain('a, b: 100% &lt;c> & "d" \\| e<br>')
  })
})
