// All documents, English and Chinese: generated pages are current, links and anchors lead somewhere, code blocks are sound.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { generatedPages } from '../scripts/pages/index.ts'
import { problemExamples } from '../scripts/pages/problem-examples.ts'
import { problemsOfExample } from '../scripts/pages/problems.ts'
import type { ProblemCode } from '../src/config/problem.ts'
import { anchorsOf, codeBlocks, documents, linksOf, readDocument } from './support/documents.ts'
import { root } from './support/program.ts'

const pages = [...(await generatedPages())]

describe('generated pages', () => {
  it.each(pages)('%s is current (write it with: npm run docs)', (file, text) => {
    expect(readDocument(file)).toBe(text)
  })

  // Object.keys forgets the names of the keys.
  it.each(Object.keys(problemExamples) as ProblemCode[])(
    'the example of %s has that problem, once',
    (code) => {
      expect(problemsOfExample(code)).toHaveLength(1)
    },
  )
})

describe('links', () => {
  it.each(documents)('of %s lead to files and headings', (file) => {
    const broken = linksOf(readDocument(file)).filter((link) => !isGood(file, link))
    expect(broken).toEqual([])
  })

  it('reach every document from the README', () => {
    const seen = new Set(['README.md'])
    for (const file of seen) {
      const linked = linksOf(readDocument(file)).map((link) =>
        normalize(join(dirname(file), link.split('#')[0] ?? '')),
      )
      for (const each of linked) if (documents.includes(each)) seen.add(each)
    }
    // Decisions are linked as a folder.
    expect(documents.filter((each) => !seen.has(each) && !each.startsWith('docs/adr/'))).toEqual([])
  })

  it('are found, and those that are broken are', () => {
    const text =
      '# A `b`: c\n[x](y.md) ![p](q.svg) `[no](no)` [`z`](#a-b-c)\n```md\n[no](no)\n```\n## A b c\n'
    expect(linksOf(text)).toEqual(['y.md', 'q.svg', '#a-b-c'])
    expect([...anchorsOf(text)]).toEqual(['a-b-c', 'a-b-c-1'])
    expect(isGood('README.md', '#nothing-of-the-kind')).toBe(false)
    expect(isGood('README.md', 'docs/nothing.md')).toBe(false)
    expect(isGood('docs/aws.md', '../README.md')).toBe(true)
  })
})

function isGood(file: string, link: string): boolean {
  if (/^(https?|mailto):/.test(link)) return true
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : normalize(join(dirname(file), decodeURI(path)))
  if (!existsSync(join(root, target))) return false
  if (anchor === undefined || !target.endsWith('.md')) return true
  return anchorsOf(readDocument(target)).has(decodeURIComponent(anchor))
}

/** Languages of code blocks, each with how its text is read; what is read by another test or by people alone is not. */
const LANGUAGES: Readonly<Record<string, ((text: string) => unknown) | undefined>> = {
  // Run by docs.test.ts and guides.test.ts.
  sh: undefined,
  js: undefined,
  '': undefined,
  shell: undefined,
  text: undefined,
  diff: undefined,
  dockerfile: undefined,
  hcl: undefined,
  ts: undefined,
  python: undefined,
  html: undefined,
  json: (text) => JSON.parse(text),
  yaml: (text) => parseAllDocuments(text).forEach((document) => document.errors.forEach(raise)),
}

function raise(error: Error): never {
  throw error
}

describe('code blocks', () => {
  it.each(documents)('of %s are of a known language, and can be read', (file) => {
    const blocks = codeBlocks(readDocument(file))
    expect(
      blocks.map(({ info }) => info.split(' ')[0]).filter((each) => !Object.hasOwn(LANGUAGES, each ?? '')),
    ).toEqual([])
    for (const { info, text } of blocks)
      expect(() => LANGUAGES[info.split(' ')[0] ?? '']?.(text), text).not.toThrow()
  })
})
