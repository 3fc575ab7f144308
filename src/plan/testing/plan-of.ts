// Owns the small projects that the tests of the plan are about: one config, and what stands beside it.
import { memoryFiles } from '../../config/file-system.ts'
import { readProject } from '../../config/project.ts'
import type { Plan, PlanTarget } from '../plan.ts'
import { makePlan } from '../plan.ts'

export const today = new Date('2026-11-23T00:00:00Z')

interface Given {
  readonly config?: string
  readonly profiles?: string
  readonly nodes?: string
  readonly version?: string
  readonly region?: string
  readonly target?: PlanTarget
  /** No Namespace is added for those that the manifests name. */
  readonly hasOwnNamespaces?: boolean
}

/** A plan of a config with one profile on namespace `shop` and two t3.xlarge, and these manifests. */
export function plan(manifests: string, given: Given = {}): Plan {
  const cluster = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: ${given.region ?? 'ap-southeast-1'}, version: "${given.version ?? '1.35'}"}
managedNodeGroups: ${given.nodes ?? '[{name: ng, instanceType: t3.xlarge}]'}
fargateProfiles: ${given.profiles ?? '[{name: fp, selectors: [{namespace: shop}]}]'}
${given.config ?? 'iam: {withOIDC: true, serviceAccounts: [{metadata: {name: lbc}, wellKnownPolicies: {awsLoadBalancerController: true}}]}'}
`
  const namespaces = given.hasOwnNamespaces === true ? '' : namespacesOf(manifests)
  const files = memoryFiles({
    'cluster.yaml': cluster,
    'app.yaml': manifests,
    'namespaces.yaml': namespaces,
  })
  return makePlan(readProject(['cluster.yaml', 'app.yaml', 'namespaces.yaml'], files), {
    today,
    ...(given.target && { target: given.target }),
  })
}

/** Every namespace that manifests name and do not bring. */
function namespacesOf(manifests: string): string {
  const named = [...manifests.matchAll(/namespace: ([a-z0-9-]+)/g)].map(([, name = '']) => name)
  const brought = [...manifests.matchAll(/kind: Namespace\nmetadata: \{name: ([a-z0-9-]+)/g)]
  return [...new Set(named).difference(new Set(brought.map(([, name = '']) => name)))]
    .map((name) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`)
    .join('---\n')
}

export function deployment(
  namespace: string,
  podSpec: string,
  more: { kind?: string; labels?: string } = {},
): string {
  const { kind = 'Deployment', labels = '{app: web}' } = more
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: web, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: ${labels}}
    spec: ${podSpec}
`
}

export const CONTAINERS =
  'containers: [{name: web, image: nginx, resources: {requests: {cpu: 250m, memory: 512Mi}}}]'
export const web = deployment('shop', `{${CONTAINERS}}`)

export function requesting(requests: string): string {
  return `{containers: [{name: web, image: nginx, resources: {requests: ${requests}}}]}`
}

export function service(annotations: string, more = ''): string {
  return `---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: ${annotations}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]${more}}
`
}

export const IP = '{service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip}'
export const INSTANCE = '{service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance}'

/** `code file:line:column` of every problem. */
export function problems(given: Plan): string[] {
  return given.problems.map((p) => `${p.code} ${p.file}:${p.line}:${p.column}`)
}
