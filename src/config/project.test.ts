import { describe, expect, it } from 'vitest'
import { fileURLToPath } from 'node:url'
import { disk, memoryFiles } from './file-system.ts'
import { render } from './render.ts'
import type { Project } from './project.ts'
import { readProject } from './project.ts'

const cluster =
  'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: c, region: eu-west-1}\n'
const configMap = (name: string, namespace?: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}\n`

function read(files: Record<string, string>, ...paths: string[]): Project {
  return readProject(paths.length > 0 ? paths : ['dir'], memoryFiles(files))
}

function codes(project: Project): string[] {
  return project.problems.map((each) => `${each.file}:${each.line} ${each.code}`)
}

describe('readProject', () => {
  it('tells the config from the manifests of a directory', () => {
    const project = read({
      'dir/b.yaml': `${configMap('one')}---\n${configMap('two')}`,
      'dir/cluster.yml': cluster,
      'dir/deep/c.json': '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}',
      'dir/.hidden.yaml': 'x: [',
      'dir/node_modules/x.yaml': 'x: [',
      'dir/README.md': '# no',
    })
    expect(project.problems).toEqual([])
    expect(project.clusterConfig?.config.metadata.name).toBe('c')
    expect(project.files).toEqual(['dir/b.yaml', 'dir/cluster.yml', 'dir/deep/c.json'])
    const found = project.manifests.map(({ object, file, line }) => `${object.metadata.name} ${file}:${line}`)
    expect(found).toEqual(['one dir/b.yaml:1', 'two dir/b.yaml:5', 'n dir/deep/c.json:1'])
  })

  it('skips what an application has beside its manifests, and says so once', () => {
    const project = read({
      'dir/cluster.yaml': cluster,
      'dir/k8s/map.yaml': configMap('x'),
      'dir/package.json': '{"name": "app", "scripts": {"kind": "x"}}',
      'dir/tsconfig.json': '{\n  // strict\n  "compilerOptions": {},\n}',
      'dir/docker-compose.yaml': 'services:\n  web: {image: nginx}\n',
      'dir/values.yaml': 'replicas: 2\nworkload:\n  spec: x\n',
      'dir/openapi.yaml': 'openapi: 3.1.0\n',
      'dir/empty.yaml': '',
    })
    expect(codes(project)).toEqual(['dir/docker-compose.yaml:1 files-skipped'])
    expect(project.problems[0]).toMatchObject({
      severity: 'warning',
      message:
        'skipped 5 files without Kubernetes objects: dir/docker-compose.yaml, dir/openapi.yaml, dir/package.json, dir/tsconfig.json and 1 more',
    })
    expect(project.files).toEqual(['dir/cluster.yaml', 'dir/empty.yaml', 'dir/k8s/map.yaml'])
  })

  it.each([
    ['kind', 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: app\n'],
    ['istioctl', 'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {}\n'],
    ['skaffold', 'apiVersion: skaffold/v4beta6\nkind: Config\nmetadata: {name: app}\n'],
    ['kubectl', 'apiVersion: v1\nkind: Config\nclusters: []\n'],
    ['helm', 'gateway:\n  kind: Gateway\n  apiVersion: x\n'],
    ['an API server', 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n'],
  ])('skips a file that only %s reads, unless it is named', (_, text) => {
    const files = { 'dir/a.yaml': cluster, 'dir/b.yaml': text }
    expect(codes(read(files))).toEqual(['dir/b.yaml:1 files-skipped'])
    expect(codes(read(files, 'dir/a.yaml', 'dir/b.yaml'))).not.toContain('dir/b.yaml:1 files-skipped')
  })

  it('leaves out no object beside what a tool reads in one file', () => {
    const both = `${configMap('x')}---\nkind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n`
    expect(codes(read({ 'dir/a.yaml': cluster, 'dir/b.yaml': both }))).toEqual(['dir/b.yaml:5 not-an-object'])
  })

  it('holds a file that was named, or that looks like an object, to its word', () => {
    const files = { 'dir/a.yaml': cluster, 'values.yaml': 'replicas: 2\n', 'dir/b.yaml': 'kind: ConfigMap\n' }
    expect(codes(read(files, 'dir', 'values.yaml'))).toEqual([
      'dir/b.yaml:1 not-an-object',
      'values.yaml:1 not-an-object',
    ])
  })

  it('leaves out what .neargateignore names', () => {
    const project = read({
      'dir/.neargateignore': 'package*.json\n/old/\n!old/kept.yaml\ndeep/**/skip.yaml\n# a comment\n',
      'dir/cluster.yaml': cluster,
      'dir/package.json': '{}',
      'dir/old/broken.yaml': 'x: [',
      'dir/deep/er/skip.yaml': configMap('x'),
      'dir/deep/er/old/taken.yaml': configMap('z'),
    })
    expect(project.problems).toEqual([])
    expect(project.files).toEqual(['dir/cluster.yaml', 'dir/deep/er/old/taken.yaml'])
  })

  it('reads a file once, named alone and by its directory', () => {
    const project = read({ 'dir/a.yaml': cluster, 'dir/b.yaml': configMap('x') }, 'dir/b.yaml', 'dir')
    expect(project.files).toEqual(['dir/b.yaml', 'dir/a.yaml'])
    expect(project.manifests).toHaveLength(1)
  })

  it('names files of the current directory plainly', () => {
    const here = { kindOf: (path: string) => (path === '.' ? 'directory' : 'file') as 'directory' | 'file' }
    const files = {
      ...here,
      list: () => ['cluster.yaml'],
      read: () => cluster,
      render: (...how: Parameters<typeof render>) => render(...how),
    }
    expect(readProject(['.'], files).files).toEqual(['cluster.yaml'])
  })

  it('flattens lists, with the place of each item', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata:\n      name: s\n'
    const [manifest] = read({ 'dir/a.yaml': cluster, 'dir/l.yaml': list }).manifests
    expect(manifest).toMatchObject({ line: 4, object: { kind: 'Secret' } })
    expect(manifest?.locate(['metadata', 'name'])).toEqual({ file: 'dir/l.yaml', line: 7, column: 13 })
  })

  it.each<[string, Record<string, string>, string[]]>([
    ['no config', { 'dir/a.yaml': configMap('x') }, ['dir:1 no-cluster-config']],
    [
      'two configs',
      { 'dir/a.yaml': cluster, 'dir/b.yaml': cluster },
      ['dir/b.yaml:1 several-cluster-configs'],
    ],
    [
      'an object twice',
      { 'dir/a.yaml': cluster, 'dir/b.yaml': `${configMap('x')}---\n${configMap('x', 'default')}` },
      ['dir/b.yaml:7 duplicate-object'],
    ],
    [
      'same name elsewhere',
      { 'dir/a.yaml': cluster, 'dir/b.yaml': `${configMap('x')}---\n${configMap('x', 'other')}` },
      [],
    ],
    ['bad YAML', { 'dir/a.yaml': 'kind: [1\nb: 2\n' }, ['dir/a.yaml:2 yaml-syntax']],
    ['a text', { 'dir/a.yaml': cluster, 'dir/b.yaml': 'hello\n' }, ['dir/b.yaml:1 files-skipped']],
    ['no kind', { 'dir/a.yaml': cluster, 'dir/b.yaml': 'apiVersion: v1\n' }, ['dir/b.yaml:1 not-an-object']],
    [
      'no name',
      { 'dir/a.yaml': cluster, 'dir/b.yaml': 'apiVersion: v1\nkind: Pod\n' },
      ['dir/b.yaml:1 not-an-object'],
    ],
    [
      'a kustomization',
      {
        'dir/a.yaml': cluster,
        'dir/k.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      },
      ['dir/k.yaml:1 not-supported'],
    ],
  ])('reports %s', (_, files, expected) => {
    expect(codes(read(files))).toEqual(expected)
  })

  it('reports what is not there', () => {
    expect(codes(read({ 'dir/x.txt': '' }, 'dir'))).toEqual(['dir:1 file-missing'])
    expect(codes(read({}, 'gone.yaml'))).toEqual(['gone.yaml:1 file-missing'])
  })

  it.each([
    ['c.yaml', 'dir/c.yaml.yaml', 'There is dir/c.yaml.yaml; did you mean that?'],
    ['c.yaml', 'dir/c.yml', 'There is dir/c.yml; did you mean that?'],
    ['clutser.yaml', 'dir/cluster.yaml', 'There is dir/cluster.yaml; did you mean that?'],
    ['other.yaml', 'dir/cluster.yaml', 'Give a file or a directory that holds .yaml, .yml or .json files.'],
  ])('names what stands beside a missing %s: %s', (name, present, help) => {
    expect(read({ [present]: cluster }, `dir/${name}`).problems[0]).toMatchObject({
      code: 'file-missing',
      help,
    })
  })

  it('names a manifest that hides behind another extension', () => {
    const [found] = read({ 'dir/c.yaml.txt': cluster }).problems
    expect(found).toMatchObject({ code: 'file-missing', help: 'There is dir/c.yaml.txt; did you mean that?' })
  })

  it('says how a file was copied, of found ones too', () => {
    const files = { 'dir/a.yaml': cluster, 'dir/b.yaml': '+apiVersion: v1\n+kind: Pod\n' }
    expect(read(files).problems).toMatchObject([
      { code: 'not-an-object', help: 'Line 1 begins with a mark of a diff: take the marks away.' },
    ])
  })

  it('says what YAML makes of a name', () => {
    const files = { 'dir/a.yaml': cluster, 'dir/b.yaml': configMap('n'), 'dir/c.yaml': configMap('x', 'on') }
    expect(read(files).problems).toMatchObject([
      { message: 'metadata.name must be a text, not false', line: 3 },
      { message: 'metadata.namespace must be a text, not true', line: 3 },
    ])
    expect(read(files).problems[0]?.help).toBe('Put it in quotes: "n". Without them YAML reads n as false.')
  })

  it('keeps the config apart when it has errors', () => {
    const project = read({ 'dir/a.yaml': `${cluster}wombat: 1\n`, 'dir/b.yaml': configMap('x') })
    expect(project.clusterConfig).toBeUndefined()
    expect(codes(project)).toEqual(['dir/a.yaml:4 unknown-field'])
    expect(project.manifests).toHaveLength(1)
  })

  it('reads the examples from the disk', () => {
    const path = fileURLToPath(new URL('../../examples/eks-workshop', import.meta.url))
    const project = readProject([path], disk)
    expect(project.problems).toEqual([])
    expect(project.manifests.map(({ object }) => object.kind)).toEqual([
      'Namespace',
      'Deployment',
      'Service',
      'Namespace',
      'Deployment',
      'Service',
    ])
  })
})

describe('what has to be rendered', () => {
  const config =
    'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: c, region: eu-west-1}\n'
  const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
  const asked: string[] = []
  const tools = (renderer: string, directory: string): { text: string } => {
    asked.push(`${renderer} ${directory}`)
    return { text: map(`${renderer}-made`) }
  }

  it.each([
    ['a kustomization', 'app/kustomization.yaml', 'kustomize', 'app (kubectl kustomize)'],
    ['a chart', 'app/Chart.yaml', 'helm', 'app (helm template)'],
  ])('%s is, as a whole, with the ClusterConfig beside it', (_, marker, renderer, name) => {
    asked.length = 0
    const files = {
      [marker]: 'name: x',
      'app/cluster.yaml': config,
      'app/deep/a.yaml': map('a'),
      'b.yaml': map('b'),
    }
    const { problems, manifests, clusterConfig } = readProject(['.'], memoryFiles(withDot(files), tools))
    expect(problems).toEqual([])
    expect(asked).toEqual([`${renderer} app`])
    expect(clusterConfig?.file).toBe('app/cluster.yaml')
    expect(manifests.map(({ object, file }) => `${file}: ${object.metadata.name}`).toSorted()).toEqual([
      `${name}: ${renderer}-made`,
      'b.yaml: b',
    ])
  })

  it('is an error without the tool', () => {
    const { problems } = readProject(
      ['app'],
      memoryFiles({ 'app/Chart.yaml': 'name: x', 'app/c.yaml': config }),
    )
    expect(problems).toMatchObject([
      { code: 'not-rendered', file: 'app', message: 'no tool', help: 'Install one.' },
    ])
  })
})

// The memory's paths have no current directory: they are listed below one.
function withDot(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...Object.entries(files),
    ...Object.entries(files).map(([path, text]) => [`./${path}`, text]),
  ])
}
