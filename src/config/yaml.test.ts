import { describe, expect, it } from 'vitest'
import { parseDocuments } from './yaml.ts'

function parse(text: string): unknown[] {
  return parseDocuments(text, 'f.yaml').documents.map((document) => document.value)
}

function fault(text: string): string {
  const [first] = parseDocuments(text, 'f.yaml').problems
  return first ? `${first.line}:${first.column} ${first.message}` : 'none'
}

describe('parseDocuments', () => {
  it.each([
    ['mode: 0644', { mode: 420 }],
    ['mode: 0o644', { mode: 420 }],
    ['on: yes', { true: true }],
    [
      'names: [e1, -e12, ., .e3, 1e3, .5, 1., -.5e1, .inf]',
      { names: ['e1', '-e12', '.', '.e3', 1000, 0.5, 1, -5, Infinity] },
    ],
    ['at: 12:30:00', { at: '12:30:00' }],
    ['day: 2026-11-23', { day: '2026-11-23' }],
    ['version: "1.28"', { version: '1.28' }],
    ['version: 1.30', { version: 1.3 }],
    ['namespace: \tnginx', { namespace: 'nginx' }],
    ['a: &x {b: 1}\nc: {<<: *x, d: 2}', { a: { b: 1 }, c: { b: 1, d: 2 } }],
    ['{\n\t"a": [\n\t\t1]\n}', { a: [1] }],
  ])('%j', (text, value) => {
    expect(parse(text)).toEqual([value])
  })

  it('leaves empty documents out', () => {
    expect(parse('---\n# nothing\n---\na: 1\n---\n')).toEqual([{ a: 1 }])
    expect(parse('')).toEqual([])
  })

  it.each([
    ['a: [1,\nb: 2\n', /^2:1 /],
    ['a: 1\na: 2\n', /^2:1 Map keys must be unique/],
    ['a:\n\t- b\n', /^2:1 Tabs are not allowed/],
    ['a: *gone\n', /^1:1 Unresolved alias/],
    ['a: 1\n---\nb: "x\n', /^(3|4):/],
  ])('points at the fault in %j', (text, expected) => {
    expect(fault(text)).toMatch(expected)
  })

  it('keeps the good documents of a file with a bad one', () => {
    const { documents, problems } = parseDocuments('a: 1\n---\nb: [\n---\nc: 3\n', 'f.yaml')
    expect(problems.length).toBeGreaterThan(0)
    expect(documents.map((document) => document.value)).toContainEqual({ a: 1 })
  })

  it('refuses aliases that multiply', () => {
    const lines = [
      'a0: &a0 [x]',
      ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`),
    ]
    expect(fault(lines.join('\n'))).toMatch(/alias/i)
  })

  it('finds values, keys, their nearest ancestors and what was written', () => {
    const [document] = parseDocuments('top:\n  list:\n    - name: 1.30\n      zone: a\n', 'f.yaml').documents
    const line = (position: { line: number; column: number } | undefined): string =>
      `${position?.line}:${position?.column}`
    expect(line(document?.locate(['top', 'list', 0, 'zone']))).toBe('4:13')
    expect(line(document?.locateKey(['top', 'list', 0, 'zone']))).toBe('4:7')
    expect(line(document?.locateKey(['top', 'list', 0, 'missing', 'deep']))).toBe('3:7')
    expect(line(document?.locate([]))).toBe('1:1')
    expect(document?.sourceOf(['top', 'list', 0, 'name'])).toBe('1.30')
    expect(document?.sourceOf(['top', 'list'])).toBeUndefined()
  })
})

describe('what is typed with other keyboards', () => {
  it.each([
    ['name：shop\nversion: 1\n', /^Line 1 holds the full-width ：;/],
    ['a: 1\nb: [“1.35”, ”\n', /^Line 2 holds the typographic quote “;/],
    ['a: [1,\n\u00a0}\n', /^Line 2 holds a space of another kind \(U\+00a0\);/],
    ['a: [1\n', /^Correct the syntax at the position given\.$/],
  ])('%j', (text, help) => {
    const [first] = parseDocuments(text, 'f.yaml').problems
    expect(first?.help).toMatch(help)
  })

  it('says of UTF-16 what it is', () => {
    const text = Buffer.from('\ufeffapiVersion: v1\n', 'utf16le').toString('utf8')
    const { documents, problems } = parseDocuments(text, 'f.yaml')
    expect(documents).toEqual([])
    expect(problems.map(({ code, message, help }) => `${code} ${message} ${help}`)).toEqual([
      'yaml-syntax this is no UTF-8 text; it looks like UTF-16, as PowerShell writes it ' +
        'Save the file as UTF-8; in PowerShell: Get-Content FILE | Set-Content -Encoding utf8 NEW',
    ])
  })

  it('says of other encodings that they are none of UTF-8, and where', () => {
    const text = `apiVersion: v1\n# ${Buffer.from([0xd6, 0xd0, 0xce, 0xc4]).toString('utf8')}\n`
    const { problems } = parseDocuments(text, 'f.yaml')
    expect(problems).toMatchObject([{ code: 'yaml-syntax', line: 2 }])
    expect(problems[0]?.help).toContain('iconv -f GBK')
  })

  it('takes a template for what it is, and a map in flow style for a map', () => {
    const { problems } = parseDocuments('metadata:\n  name: {{ .Values.name }}\n', 'f.yaml')
    expect(problems).toMatchObject([{ message: 'a map or a list is used as a key', line: 2, column: 10 }])
    expect(problems[0]?.help).toMatch(/^\{\{ \.Values\.name \}\} is for a template engine/)
    expect(parse('a: {b: {c: 1}}\ntext: "{{ left }}"\n')).toEqual([
      { a: { b: { c: 1 } }, text: '{{ left }}' },
    ])
  })
})

describe('documents of one file', () => {
  // The second is one that only the library reads, the others are read without it.
  const text = '# first\na:\n  b: 1\n---\nc: [2]\n--- # third\nd:\n- e: 3\n---\n'
  const { documents } = parseDocuments(text, 'f.yaml')

  it('have the values that stand there', () => {
    expect(documents.map(({ value }) => value)).toEqual([{ a: { b: 1 } }, { c: [2] }, { d: [{ e: 3 }] }])
  })

  it.each([
    [0, ['a', 'b'], 3, 6],
    [1, ['c', 0], 5, 5],
    [2, [], 7, 1],
    [2, ['d', 0, 'e'], 8, 6],
  ])('are found in the file: %j %j', (index, path, line, column) => {
    expect(documents[index]?.locate(path)).toEqual({ file: 'f.yaml', line, column })
  })

  it('have their faults told where they stand', () => {
    expect(fault('a: b\n---\nc: d\nc: e\n')).toBe('4:1 Map keys must be unique')
  })
})
