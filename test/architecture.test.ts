// Checks that every import points downwards in the design's table of folders, and that none goes in a circle.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'src')

// What each part may import from, itself apart; the longest name that fits a file is its part. A part below is never
// allowed to know one above, and a permission that nobody uses goes.
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  store: ['base'],
  rules: ['base'],
  config: ['base', 'rules'],
  terminal: ['base'],
  network: ['base'],
  runtime: ['base', 'rules', 'network'],
  'kubernetes/schema': ['base', 'rules'],
  'kubernetes/client': ['base', 'rules'],
  'kubernetes/resources': ['base', 'rules', 'kubernetes/client', 'kubernetes/schema', 'kubernetes/cel'],
  'kubernetes/cel': ['base'],
  'kubernetes/registry': [
    'base',
    'store',
    'rules',
    'kubernetes/schema',
    'kubernetes/client',
    'kubernetes/resources',
  ],
  'kubernetes/server': [
    'base',
    'store',
    'rules',
    'kubernetes/schema',
    'kubernetes/cel',
    'kubernetes/client',
    'kubernetes/resources',
    'kubernetes/registry',
  ],
  reconcile: ['base', 'store', 'kubernetes/client'],
  node: ['base', 'rules', 'kubernetes/client', 'kubernetes/server/ports', 'network', 'runtime', 'reconcile'],
  controllers: ['base', 'rules', 'reconcile', 'kubernetes/client', 'kubernetes/server/ports'],
  'aws/protocol': ['base', 'store'],
  'aws/authorization': ['base', 'rules', 'aws/protocol'],
  'aws/faults': ['base', 'aws/authorization', 'aws/protocol'],
  'aws/client': ['base', 'aws/protocol'],
  'aws/services/auto-scaling': ['base', 'store', 'reconcile', 'rules', 'aws/protocol'],
  'aws/services/beside': [
    'aws/protocol',
    'aws/services/ecr',
    'aws/services/kms',
    'aws/services/pricing',
    'aws/services/s3',
    'aws/services/service-quotas',
    'aws/services/ssm',
    'aws/services/tagging',
  ],
  'aws/services/cloudformation': ['base', 'store', 'rules', 'reconcile', 'aws/protocol'],
  'aws/services/ec2': ['base', 'store', 'rules', 'reconcile', 'aws/protocol'],
  'aws/services/eks': [
    'base',
    'store',
    'rules',
    'reconcile',
    'kubernetes/client',
    'kubernetes/server/ports',
    'controllers/fargate/ports',
    'aws/protocol',
  ],
  'aws/services/acm': ['base', 'store', 'aws/protocol'],
  'aws/services/ecr': ['base', 'store', 'aws/protocol'],
  'aws/services/elb': [
    'base',
    'store',
    'rules',
    'network',
    'reconcile',
    'aws/protocol',
    'aws/services/elbv2',
  ],
  'aws/services/eks-auth': ['base', 'aws/protocol'],
  'aws/services/elbv2': ['base', 'store', 'rules', 'network', 'reconcile', 'aws/protocol'],
  'aws/services/iam': ['base', 'store', 'rules', 'aws/protocol'],
  'aws/services/kms': ['base', 'store', 'rules', 'aws/protocol'],
  'aws/services/logs': ['base', 'store', 'reconcile', 'aws/protocol'],
  'aws/services/pricing': ['base', 'rules', 'aws/protocol'],
  'aws/services/service-quotas': ['base', 'store', 'rules', 'aws/protocol'],
  'aws/services/tagging': ['base', 'aws/protocol'],
  'aws/services/s3': ['base', 'store', 'aws/protocol'],
  'aws/services/ssm': ['base', 'store', 'rules', 'aws/protocol'],
  'aws/services/sts': ['base', 'store', 'rules', 'aws/protocol', 'aws/services/eks-auth/ports'],
  plan: ['base', 'rules', 'config', 'kubernetes/resources', 'kubernetes/schema', 'terminal'],
  explain: ['config', 'rules', 'terminal'],
  deploy: ['base', 'rules', 'config', 'explain', 'kubernetes/client', 'terminal'],
  far: ['base', 'config', 'deploy', 'rules'],
  region: [
    'base',
    'store',
    'rules',
    'kubernetes/client',
    'kubernetes/resources',
    'kubernetes/server',
    'network',
    'runtime',
    'reconcile',
    'node',
    'controllers',
    'aws',
  ],
  near: ['base', 'rules', 'config', 'deploy', 'region', 'terminal'],
  library: ['aws/faults', 'base', 'config', 'plan', 'deploy', 'near', 'region', 'terminal'],
  cli: [
    'aws/faults',
    'base',
    'config',
    'plan',
    'explain',
    'deploy',
    'far',
    'near',
    'region',
    'rules',
    'terminal',
  ],
}

interface Import {
  readonly from: string
  readonly to: string
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function importsOf(file: string, text: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(?:type\s)?(?:[^'"]*?\sfrom\s+)?['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)/g
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    to: resolve(dirname(file), match[1] ?? match[2] ?? ''),
  }))
}

function partOf(path: string): string | undefined {
  const parts = Object.keys(ALLOWED).filter((part) => path.startsWith(`${part}/`))
  return parts.toSorted((a, b) => b.length - a.length)[0]
}

function reaches(entry: string, toPath: string): boolean {
  return toPath.startsWith(`${entry}/`) || toPath === `${entry}.ts`
}

function violation({ from, to }: Import): string | undefined {
  const fromPath = relative(source, from)
  const toPath = relative(source, to)
  if (toPath.startsWith('..'))
    return toPath.startsWith('../generated/') ? undefined : `${fromPath} -> ${toPath}`
  if (toPath.includes('/testing/')) return `${fromPath} -> ${toPath}: what only tests need is not published`
  const part = partOf(fromPath)
  if (part === undefined) return `${fromPath}: its folder is not in the table`
  const permitted = (ALLOWED[part] ?? []).some((entry) => reaches(entry, toPath))
  return partOf(toPath) === part || permitted ? undefined : `${fromPath} -> ${toPath}`
}

/** Permissions of the table that none of the imports makes use of. */
function unusedPermissions(imports: readonly Import[]): string[] {
  const edges = imports.map(({ from, to }) => [partOf(relative(source, from)), relative(source, to)] as const)
  return Object.entries(ALLOWED).flatMap(([part, entries]) =>
    entries
      .filter((entry) => !edges.some(([from, toPath]) => from === part && reaches(entry, toPath)))
      .map((entry) => `${part} -> ${entry}`),
  )
}

function findCycle(imports: readonly Import[]): string[] | undefined {
  const graph = Map.groupBy(imports, (entry) => entry.from)
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

const productFiles = sourceFiles(source).filter(
  (file) => !file.endsWith('.test.ts') && !file.includes('/testing/'),
)
const productImports = productFiles.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')))

/** What is loaded with these files, types apart, which are gone by then. */
function loadedWith(entries: readonly string[]): string[] {
  const loaded = new Set<string>()
  const visit = (file: string): void => {
    if (loaded.has(file) || !file.startsWith(source)) return
    loaded.add(file)
    const text = readFileSync(file, 'utf8').replaceAll(/^(import|export) type [^'"]*from '[^']+'$/gm, '')
    for (const { to } of importsOf(file, text)) visit(to)
  }
  for (const entry of entries) visit(join(source, entry))
  return [...loaded].map((file) => relative(source, file))
}

/** What exists near only: a deployment to AWS must do without it. */
const NEAR_ONLY = /^(near|region|store|node|controllers|network|runtime|aws|kubernetes\/(server|registry))\//

describe('architecture', () => {
  it('has imports to look at', () => {
    expect(productImports.length).toBeGreaterThan(100)
  })

  it('imports only downwards', () => {
    expect(productImports.map(violation).filter(Boolean)).toEqual([])
  })

  it('permits nothing that nobody does', () => {
    expect(unusedPermissions(productImports)).toEqual([])
  })

  it('has no import cycle, of types neither', () => {
    expect(findCycle(productImports)).toBeUndefined()
  })

  it('goes to AWS without anything that exists near only', () => {
    const loaded = loadedWith(['cli/run/up-far.ts', 'cli/run/down-far.ts'])
    expect(loaded).toContain('deploy/up.ts')
    expect(loaded).toContain('far/credentials.ts')
    expect(loaded.filter((file) => NEAR_ONLY.test(file))).toEqual([])
    expect(loadedWith(['cli/run/up.ts']).filter((file) => NEAR_ONLY.test(file))).toContain('near/up.ts')
  })

  it('catches a planted violation', () => {
    const file = join(source, 'store/planted.ts')
    const planted = importsOf(file, "import { main } from '../cli/main.ts'\n")
    expect(planted.map(violation)).toEqual(['store/planted.ts -> cli/main.ts'])
  })

  it('catches planted violations between parts of a part, and of test helpers', () => {
    const planted = [
      ...importsOf(join(source, 'kubernetes/schema/a.ts'), "import { b } from '../registry/b.ts'"),
      ...importsOf(join(source, 'aws/services/iam/a.ts'), "import type { b } from '../ec2/b.ts'"),
      ...importsOf(join(source, 'store/a.ts'), "import { b } from './testing/b.ts'"),
    ]
    expect(planted.map(violation)).toEqual([
      'kubernetes/schema/a.ts -> kubernetes/registry/b.ts',
      'aws/services/iam/a.ts -> aws/services/ec2/b.ts',
      'store/a.ts -> store/testing/b.ts: what only tests need is not published',
    ])
  })

  it('catches a permission that nobody uses', () => {
    expect(unusedPermissions([])).toContain('store -> base')
  })

  it('catches a planted cycle', () => {
    const [a, b] = [join(source, 'store/a.ts'), join(source, 'store/b.ts')]
    const planted = [
      ...importsOf(a, "import { b } from './b.ts'"),
      ...importsOf(b, "export { a } from './a.ts'"),
    ]
    expect(findCycle(planted)).toEqual(['store/a.ts', 'store/b.ts', 'store/a.ts'])
  })

  it('listens to abort signals in one file only, which cannot miss one that has aborted before', () => {
    const bare = /\.onabort\b|addEventListener\(\s*['"`]abort['"`]|\bonce\([^)]*['"`]abort['"`]/
    const listeners = sourceFiles(source).filter((file) => bare.test(readFileSync(file, 'utf8')))
    expect(listeners.map((file) => relative(root, file))).toEqual(['src/base/abort.ts'])
  })

  it('keeps every file at 500 lines or fewer, with a sentence at its top', () => {
    const offenders = productFiles.filter((file) => {
      const text = readFileSync(file, 'utf8')
      return text.split('\n').length > 501 || !text.startsWith('// ')
    })
    expect(offenders.map((file) => relative(root, file))).toEqual([])
  })
})
