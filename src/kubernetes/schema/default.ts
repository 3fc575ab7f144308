// Owns defaulting: completing an object with what the API server fills in.
import { deepCopy, isObject } from '../../base/json.ts'
import { defaultEndpoints, defaultEndpointSlice, defaultService } from './default-network.ts'
import { defaultPodSpec } from './default-pod.ts'
import { each, fill, structAt, type Fields } from './default-fill.ts'
import { typeOf } from './fields.ts'
import type { FieldSchema } from './fields.ts'

type Defaulter = (object: Fields) => void

// One row a kind: pkg/apis/<group>/v1/defaults.go of Kubernetes.
const DEFAULTERS: Readonly<Record<string, Defaulter>> = {
  'core/v1.Pod': (pod) => defaultPodSpec(structAt(pod, 'spec'), { isTemplate: false }),
  'core/v1.PodTemplate': (template) => defaultTemplate(template),
  'core/v1.Service': defaultService,
  'core/v1.Endpoints': defaultEndpoints,
  'core/v1.Secret': (secret) => fill(secret, { type: 'Opaque' }),
  'core/v1.Namespace': defaultNamespace,
  'core/v1.Node': defaultNode,
  'core/v1.ReplicationController': defaultReplicationController,
  'apps/v1.Deployment': defaultDeployment,
  'apps/v1.ReplicaSet': defaultReplicaSet,
  'apps/v1.DaemonSet': defaultDaemonSet,
  'discovery/v1.EndpointSlice': defaultEndpointSlice,
  'rbac/v1.RoleBinding': defaultRoleBinding,
  'rbac/v1.ClusterRoleBinding': defaultRoleBinding,
  'scheduling/v1.PriorityClass': (priority) => fill(priority, { preemptionPolicy: 'PreemptLowerPriority' }),
  'networking/v1.IngressClass': defaultIngressClass,
}

/**
 * A copy of a decoded object with the defaults of its type filled in, those of the field table (`+default`)
 * and those of Kubernetes' defaulting functions; what is there stays. Objects of kinds without defaults come
 * back equal. Kinds beyond the table above get the `+default`s only.
 */
export function applyDefaults<T extends object>(type: string, object: T): T {
  const copy = deepCopy(object)
  // Same value, seen as the fields that it is made of.
  DEFAULTERS[type]?.(copy as Fields)
  fillDeclared(typeOf(type), copy)
  return copy
}

/** `+default` markers, wherever the struct that has the field is there. */
function fillDeclared(schema: FieldSchema, value: unknown): void {
  if (schema.kind === 'list') {
    if (!declaresDefaults(schema.element) || !Array.isArray(value)) return
    for (const item of value) fillDeclared(schema.element, item)
  } else if (schema.kind === 'map') {
    if (!declaresDefaults(schema.element) || !isObject(value)) return
    for (const item of Object.values(value)) fillDeclared(schema.element, item)
  } else if (schema.kind === 'struct' && isObject(value)) {
    for (const name of Object.keys(value)) {
      const field = schema.fields.get(name)
      if (field && field.schema.kind !== 'scalar') fillDeclared(field.schema, value[name])
    }
    for (const field of schema.defaulted) {
      if (value[field.name] !== undefined) continue
      // A zero that Go would not write again is not filled in.
      if (field.default || !field.dropsZero) value[field.name] = field.default
    }
  }
}

function declaresDefaults(schema: FieldSchema): boolean {
  return schema.kind !== 'scalar' && schema.kind !== 'raw'
}

function defaultTemplate(owner: Fields): void {
  defaultPodSpec(structAt(structAt(owner, 'template'), 'spec'), { isTemplate: true })
}

/** pkg/apis/core/v1/defaults.go SetDefaults_Namespace, SetDefaults_NamespaceStatus: the name as a label. */
function defaultNamespace(namespace: Fields): void {
  const metadata = structAt(namespace, 'metadata')
  const name = metadata['name']
  if (typeof name === 'string' && name !== '')
    fill(structAt(metadata, 'labels'), { 'kubernetes.io/metadata.name': name })
  fill(structAt(namespace, 'status'), { phase: 'Active' })
}

/** pkg/apis/core/v1/defaults.go SetDefaults_NodeStatus: all of the capacity is allocatable unless said otherwise. */
function defaultNode(node: Fields): void {
  const { status } = node
  if (isObject(status) && isObject(status['capacity']) && !isObject(status['allocatable'])) {
    status['allocatable'] = { ...status['capacity'] }
  }
}

/** pkg/apis/core/v1/defaults.go SetDefaults_ReplicationController: selector and labels out of the template. */
function defaultReplicationController(controller: Fields): void {
  const spec = structAt(controller, 'spec')
  defaultTemplate(spec)
  const labels = labelsOf(structAt(spec, 'template'))
  if (Object.keys(labels).length === 0) return
  if (!isObject(spec['selector'])) spec['selector'] = { ...labels }
  const metadata = structAt(controller, 'metadata')
  if (!isObject(metadata['labels'])) metadata['labels'] = { ...labels }
}

function labelsOf(template: Fields): Fields {
  const { metadata } = template
  return isObject(metadata) && isObject(metadata['labels']) ? metadata['labels'] : {}
}

/** pkg/apis/apps/v1/defaults.go SetDefaults_Deployment. */
function defaultDeployment(deployment: Fields): void {
  const spec = structAt(deployment, 'spec')
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
  const strategy = structAt(spec, 'strategy')
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') {
    fill(structAt(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' })
  }
  defaultTemplate(spec)
}

/** pkg/apis/apps/v1/defaults.go SetDefaults_ReplicaSet. */
function defaultReplicaSet(replicaSet: Fields): void {
  const spec = structAt(replicaSet, 'spec')
  fill(spec, { replicas: 1 })
  defaultTemplate(spec)
}

/** pkg/apis/apps/v1/defaults.go SetDefaults_DaemonSet. */
function defaultDaemonSet(daemonSet: Fields): void {
  const spec = structAt(daemonSet, 'spec')
  fill(spec, { revisionHistoryLimit: 10 })
  const strategy = structAt(spec, 'updateStrategy')
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') {
    fill(structAt(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 })
  }
  defaultTemplate(spec)
}

/** pkg/apis/rbac/v1/defaults.go. */
function defaultRoleBinding(binding: Fields): void {
  fill(structAt(binding, 'roleRef'), { apiGroup: 'rbac.authorization.k8s.io' })
  each(binding['subjects'], (subject) => {
    if (subject['kind'] === 'User' || subject['kind'] === 'Group')
      fill(subject, { apiGroup: 'rbac.authorization.k8s.io' })
  })
}

/** pkg/apis/networking/v1/defaults.go SetDefaults_IngressClass. */
function defaultIngressClass(ingressClass: Fields): void {
  const { spec } = ingressClass
  if (isObject(spec) && isObject(spec['parameters'])) fill(spec['parameters'], { scope: 'Cluster' })
}
