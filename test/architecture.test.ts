// Checks that every import points downwards in the design's table of folders, and that none goes in a circle.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'src')

// What each part may import from, itself apart. A part below is never allowed to know one above.
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  store: ['base'],
  config: ['base'],
  fargate: ['base'],
  kubernetes: ['base', 'store'],
  network: ['base'],
  runtime: ['base', 'store', 'network'],
  node: ['base', 'kubernetes', 'network', 'runtime', 'controllers/framework'],
  controllers: ['base', 'store', 'fargate', 'kubernetes', 'network'],
  aws: [
    'base',
    'store',
    'config',
    'fargate',
    'kubernetes',
    'network',
    'controllers/framework',
    'controllers/fargate/ports',
  ],
  plan: ['base', 'config', 'fargate', 'kubernetes'],
  deploy: ['base', 'config', 'plan', 'fargate', 'kubernetes/client'],
  region: [
    'base',
    'store',
    'config',
    'fargate',
    'kubernetes',
    'network',
    'runtime',
    'node',
    'controllers',
    'aws',
  ],
  cli: ['base', 'config', 'plan', 'deploy', 'region', 'kubernetes/client'],
}

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function importsOf(file: string, text: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)/g
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    to: resolve(dirname(file), match[3] ?? match[4] ?? ''),
    typeOnly: match[2] !== undefined,
  }))
}

function violation({ from, to }: Import): string | undefined {
  const fromPath = relative(source, from)
  const toPath = relative(source, to)
  if (toPath.startsWith('..'))
    return toPath.startsWith('../generated/') ? undefined : `${fromPath} -> ${toPath}`
  const [part = ''] = fromPath.split('/')
  const allowed = ALLOWED[part]
  if (!allowed) return `${fromPath}: the folder ${part} is not in the table`
  const inside = toPath.startsWith(`${part}/`)
  const permitted = allowed.some((entry) => toPath.startsWith(`${entry}/`) || toPath === `${entry}.ts`)
  return inside || permitted ? undefined : `${fromPath} -> ${toPath}`
}

function findCycle(imports: readonly Import[]): string[] | undefined {
  const graph = Map.groupBy(
    imports.filter((entry) => !entry.typeOnly),
    (entry) => entry.from,
  )
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(file)
    if (start >= 0) return [...path.slice(start), file]
    if (done.has(file)) return undefined
    for (const { to } of graph.get(file) ?? []) {
      const cycle = walk(to, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const cycle = walk(file, [])
    if (cycle) return cycle.map((path) => relative(source, path))
  }
  return undefined
}

const productFiles = sourceFiles(source).filter((file) => !file.endsWith('.test.ts'))
const productImports = productFiles.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')))

describe('architecture', () => {
  it('has imports to look at', () => {
    expect(productImports.length).toBeGreaterThan(100)
  })

  it('imports only downwards', () => {
    expect(productImports.map(violation).filter(Boolean)).toEqual([])
  })

  it('has no import cycle', () => {
    expect(findCycle(productImports)).toBeUndefined()
  })

  it('catches a planted violation', () => {
    const file = join(source, 'store/planted.ts')
    const planted = importsOf(file, "import { main } from '../cli/main.ts'\n")
    expect(planted.map(violation)).toEqual(['store/planted.ts -> cli/main.ts'])
  })

  it('catches a planted cycle', () => {
    const [a, b] = [join(source, 'store/a.ts'), join(source, 'store/b.ts')]
    const planted = [
      ...importsOf(a, "import { b } from './b.ts'"),
      ...importsOf(b, "export { a } from './a.ts'"),
    ]
    expect(findCycle(planted)).toEqual(['store/a.ts', 'store/b.ts', 'store/a.ts'])
  })

  it('keeps every file at 500 lines or fewer, with a sentence at its top', () => {
    const offenders = productFiles.filter((file) => {
      const text = readFileSync(file, 'utf8')
      return text.split('\n').length > 501 || !text.startsWith('// ')
    })
    expect(offenders.map((file) => relative(root, file))).toEqual([])
  })
})
