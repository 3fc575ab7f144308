// Owns the text of docs/problems.md: each problem, when it is reported, and an example with what `plan` says of it.
import { unifiedDiff } from '../../src/base/unified-diff.ts'
import { memoryFiles } from '../../src/config/file-system.ts'
import { problemRules, type Problem, type ProblemCode } from '../../src/config/problem.ts'
import { readProject } from '../../src/config/project.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { renderProblems } from '../../src/terminal/problems.ts'
import type { Look } from '../../src/terminal/terminal.ts'
import { CLUSTER, NAMESPACE, problemExamples, WEB, type Example } from './problem-examples.ts'

/** The day for which versions are judged: the page does not change by itself. */
const TODAY = new Date('2026-11-23T00:00:00Z')

/** What the terminal is like that the page shows. */
const PLAIN: Look = { columns: 100, paint: (_, text) => text }

const SHARED: Readonly<Record<string, string>> = {
  'cluster.yaml': CLUSTER,
  'namespace.yaml': NAMESPACE,
  'web.yaml': WEB,
}

/** All files of an example, below the directory that is planned. */
function filesOf({ files, paths }: Example): Readonly<Record<string, string>> {
  const all = paths ? files : { ...SHARED, ...files }
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [`shop/${name}`, text]))
}

/** What a machine without helm says of a chart, so that the page is the same wherever it is written. */
const withoutHelm = (): { fault: string; help: string } => ({
  fault: 'shop/chart has to be rendered by helm, which is not on the path',
  help: 'Install helm, or give the output of: helm template chart shop/chart --include-crds',
})

/** The problems of this code that the example of it has. */
export function problemsOfExample(code: ProblemCode): readonly Problem[] {
  const example = problemExamples[code]
  const project = readProject(example.paths ?? ['shop'], memoryFiles(filesOf(example), withoutHelm))
  const { problems } = makePlan(project, {
    today: TODAY,
    target: example.target ?? 'near',
    hasOnlyStandIns: example.hasOnlyStandIns ?? false,
    ...(example.engineLacks === undefined ? {} : { engineLacks: example.engineLacks }),
  })
  return problems.filter((each) => each.code === code)
}

function section(code: ProblemCode): string {
  const { severity, when, help } = problemRules[code]
  const { files, target, paths } = problemExamples[code]
  const listings = Object.entries(files).map(([name, text]) => {
    const shared = paths ? undefined : SHARED[name]
    return shared === undefined ? listing(name, text) : change(name, shared, text)
  })
  const command = target === 'aws' ? 'neargate plan shop --target aws' : undefined
  return [
    `### ${code}\n`,
    `${severity === 'error' ? 'Error' : 'Warning'}. ${when} ${help}\n`,
    ...listings,
    ...(command === undefined ? [] : [`With \`${command}\`:\n`]),
    fenced('text', renderProblems(problemsOfExample(code), PLAIN).replace(/\n\n\d+ (error|warning)s?$/, '')),
  ].join('\n')
}

function listing(name: string, text: string): string {
  return `\`${name}\`:\n\n${fenced(name.endsWith('.json') ? 'json' : 'yaml', text)}`
}

/** The lines in which a shared file is another one: what goes, and what comes. */
function change(name: string, before: string, after: string): string {
  const lines = unifiedDiff(before, after)
    .split('\n')
    .filter((line) => /^[-+]/.test(line))
  return `\`${name}\`, changed:\n\n${fenced('diff', lines.join('\n'))}`
}

// A text that holds a fence needs a longer one around it.
function fenced(language: string, text: string): string {
  const fence = text.includes('```') ? '````' : '```'
  return `${fence}${language}\n${text.trimEnd()}\n${fence}\n`
}

/** The text of docs/problems.md. */
export function problemsMarkdown(): string {
  // Object.entries forgets the names of the keys.
  const codes = Object.keys(problemRules) as ProblemCode[]
  const rows = codes.map((code) => {
    const { severity, when } = problemRules[code]
    return `| [\`${code}\`](#${code}) | ${severity} | ${when} |`
  })
  return [
    '# Problems\n',
    'What `neargate plan` and `neargate up` report before anything is made. Errors stop `up`, and `plan` exits with 1;',
    'warnings do not. `neargate explain CODE` tells the same on the terminal. This page is written by `npm run docs` from the',
    'table that the program reads; what the examples say is what it says of them.\n',
    '| code | severity | when |\n|---|---|---|',
    `${rows.join('\n')}\n`,
    '## Examples\n',
    'Each example is a directory `shop` with these three files, changed as it shows, and with others beside them.',
    'Only what is said about the code in question is shown.\n',
    ...Object.entries(SHARED).map(([name, text]) => listing(name, text)),
    codes.map(section).join('\n'),
  ].join('\n')
}
