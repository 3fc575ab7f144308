import { describe, expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

const IMAGE = 'name: web, image: nginx, resources: {requests: {cpu: 250m, memory: 512Mi}}'

function missing(podSpec: string, more = '', config?: string): string[] {
  const given = config === undefined ? {} : { config }
  return plan(`${deployment('shop', podSpec)}${more}`, given)
    .problems.filter(({ code }) => code === 'not-in-files')
    .map(({ message, severity }) => `${severity} ${message}`)
}

function object(kind: string, name: string, namespace = 'shop'): string {
  return `---\napiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ${namespace}}\n`
}

describe('references', () => {
  it.each([
    [
      'a volume of a ConfigMap',
      `{volumes: [{name: v, configMap: {name: x}}], containers: [{${IMAGE}}]}`,
      'mounts ConfigMap shop/x',
    ],
    [
      'a volume of a Secret',
      `{volumes: [{name: v, secret: {secretName: x}}], containers: [{${IMAGE}}]}`,
      'mounts Secret shop/x',
    ],
    [
      'a projected source',
      `{volumes: [{name: v, projected: {sources: [{secret: {name: x}}]}}], containers: [{${IMAGE}}]}`,
      'mounts Secret shop/x',
    ],
    [
      'a claim',
      `{volumes: [{name: v, persistentVolumeClaim: {claimName: x}}], containers: [{${IMAGE}}]}`,
      'mounts PersistentVolumeClaim shop/x',
    ],
    ['envFrom', `{containers: [{${IMAGE}, envFrom: [{configMapRef: {name: x}}]}]}`, 'reads ConfigMap shop/x'],
    [
      'a variable',
      `{containers: [{${IMAGE}, env: [{name: A, valueFrom: {secretKeyRef: {name: x, key: k}}}]}]}`,
      'reads Secret shop/x',
    ],
    [
      'an init container',
      `{initContainers: [{${IMAGE.replace('web', 'init')}, envFrom: [{secretRef: {name: x}}]}], containers: [{${IMAGE}}]}`,
      'reads Secret shop/x',
    ],
    [
      'a service account',
      `{serviceAccountName: x, containers: [{${IMAGE}}]}`,
      'runs as ServiceAccount shop/x',
    ],
  ])('by %s', (_, podSpec, expected) => {
    expect(missing(podSpec)).toEqual([`warning Deployment shop/web ${expected}, which is not in the files`])
    const kind = expected.split(' ').find((word) => /^[A-Z]/.test(word)) ?? ''
    expect(missing(podSpec, object(kind, 'x'))).toEqual([])
    expect(missing(podSpec, object(kind, 'x', 'elsewhere'))).toHaveLength(1)
  })

  it('are each said once', () => {
    const twice = `envFrom: [{secretRef: {name: x}}, {secretRef: {name: x}}]`
    expect(missing(`{containers: [{${IMAGE}, ${twice}}]}`)).toHaveLength(1)
  })

  it.each([
    [
      'optional ones',
      `{volumes: [{name: v, configMap: {name: x, optional: true}}], containers: [{${IMAGE}, envFrom: [{secretRef: {name: y, optional: true}}]}]}`,
    ],
    [
      'what every namespace has',
      `{serviceAccountName: default, volumes: [{name: v, configMap: {name: kube-root-ca.crt}}], containers: [{${IMAGE}}]}`,
    ],
  ])('to %s are no problem', (_, podSpec) => {
    expect(missing(podSpec)).toEqual([])
  })

  it("are met by the config's service accounts, unless those are roles only", () => {
    const podSpec = `{serviceAccountName: x, containers: [{${IMAGE}}]}`
    const account = (more: string): string =>
      `iam: {withOIDC: true, serviceAccounts: [{metadata: {name: x, namespace: shop}, attachPolicyARNs: ["arn:aws:iam::aws:policy/A"]${more}}]}`
    expect(missing(podSpec, '', account(''))).toEqual([])
    expect(missing(podSpec, '', account(', roleOnly: true'))).toHaveLength(1)
  })
})
