import { describe, expect, it } from 'vitest'

import { pathOf } from './check-objects.ts'
import { deployment, plan, problems, web } from './testing/plan-of.ts'

const map = (metadata: string, data = ''): string =>
  `${web}---\napiVersion: v1\nkind: ConfigMap\nmetadata: ${metadata}\n${data}`

describe('what the Kubernetes API would refuse', () => {
  it.each<[string, string, string, string]>([
    [
      'an underscore in a name',
      map('{name: my_map}'),
      'app.yaml:12:18',
      'ConfigMap my_map would be refused: metadata.name: Invalid value: "my_map": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters',
    ],
    [
      'a namespace with dots',
      `${web}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: my.shop}\n`,
      'app.yaml:12:18',
      'Namespace my.shop would be refused: metadata.name: Invalid value: "my.shop": must not contain dots',
    ],
    [
      'a Service that begins with a digit',
      `${web}---\napiVersion: v1\nkind: Service\nmetadata: {name: 1web, namespace: shop}\nspec: {ports: [{port: 80}]}\n`,
      'app.yaml:12:18',
      'Service 1web would be refused: metadata.name: Invalid value: "1web": a DNS-1035 label must consist of lower case alphanumeric characters or \'-\', start with an alphabetic character',
    ],
    [
      'a label',
      map('{name: m, labels: {app: "not valid"}}'),
      'app.yaml:12:29',
      'ConfigMap m would be refused: metadata.labels: Invalid value: "not valid": a valid label must be an empty string',
    ],
    [
      'a key of a ConfigMap',
      map('{name: m}', 'data: {"a b": c}\n'),
      'app.yaml:13:15',
      'ConfigMap m would be refused: data[a b]: Invalid value: "a b": a valid config key must consist of',
    ],
    [
      'a container deep inside',
      deployment('shop', '{containers: [{name: Web, image: nginx}]}'),
      'app.yaml:8:32',
      'Deployment web would be refused: spec.template.spec.containers[0].name: Invalid value: "Web": a lowercase RFC 1123 label',
    ],
    [
      'labels that the selector does not match',
      deployment('shop', '{containers: [{name: web, image: nginx}]}', { labels: '{app: other}' }),
      'app.yaml:7:24',
      'Deployment web would be refused: spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`',
    ],
  ])('is told where it stands: %s', (_, manifests, place, message) => {
    const found = plan(manifests).problems.filter(({ code }) => code === 'object-invalid')
    expect(found.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([place])
    expect(found[0]?.message.slice(0, message.length)).toBe(message)
  })

  it('leaves to other checks what has fields of other types, and kinds that nobody knows', () => {
    const other = web.replace('selector:', 'replicas: two\n  selector:').replace('name: web,', 'name: Web,')
    expect(problems(plan(other)).filter((each) => each.startsWith('object-invalid'))).toEqual([])
    const custom = 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: my_thing}\n'
    expect(problems(plan(`${web}---\n${custom}`))).toEqual(['kind-not-defined app.yaml:11:7'])
  })
})

it.each([
  ['metadata.name', ['metadata', 'name']],
  ['spec.containers[1].env[0].name', ['spec', 'containers', 1, 'env', 0, 'name']],
  ['data[a.b]', ['data', 'a.b']],
  ['spec', ['spec']],
])('%s is a path', (field, path) => {
  expect(pathOf(field)).toEqual(path)
})
