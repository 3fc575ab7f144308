// Owns the few facts about Kubernetes types that struct tags of fields do not carry.

// `+structType=atomic` stands on the type, not on a field. Source: the schema that client-go publishes
// (applyconfigurations/internal/internal.go): maps with `elementRelationship: atomic`.
const ATOMIC_STRUCTS: ReadonlySet<string> = new Set([
  'admissionregistration/v1.MatchResources',
  'admissionregistration/v1.NamedRuleWithOperations',
  'admissionregistration/v1.ParamKind',
  'admissionregistration/v1.ParamRef',
  'admissionregistration/v1.Variable',
  'autoscaling/v1.CrossVersionObjectReference',
  'core/v1.ConfigMapKeySelector',
  'core/v1.EndpointAddress',
  'core/v1.EndpointPort',
  'core/v1.FileKeySelector',
  'core/v1.LocalObjectReference',
  'core/v1.NodeSelector',
  'core/v1.NodeSelectorTerm',
  'core/v1.ObjectFieldSelector',
  'core/v1.ObjectReference',
  'core/v1.ResourceFieldSelector',
  'core/v1.ScopeSelector',
  'core/v1.SecretKeySelector',
  'core/v1.SecretReference',
  'core/v1.TopologySelectorTerm',
  'core/v1.TypedLocalObjectReference',
  'discovery/v1.EndpointPort',
  'meta/v1.LabelSelector',
  'meta/v1.OwnerReference',
  'networking/v1.ServiceBackendPort',
  'rbac/v1.RoleRef',
  'rbac/v1.Subject',
])

/** True for types that server-side apply replaces as a whole. */
export function isAtomicStruct(type: string): boolean {
  return ATOMIC_STRUCTS.has(type)
}

/** Named string lists that protobuf carries as a message `{repeated string items = 1}`. */
export const stringListMessages: ReadonlySet<string> = new Set([
  'authentication/v1.ExtraValue',
  'authorization/v1.ExtraValue',
  'certificates/v1.ExtraValue',
  'meta/v1.Verbs',
])

/** Types that the table refers to without defining (apimachinery pkg/apis/meta/v1/group_version.go). */
export const missingTypes = {
  'meta/v1.GroupVersionKind': {
    group: { type: 'string', pb: 1, required: true },
    version: { type: 'string', pb: 2, required: true },
    kind: { type: 'string', pb: 3, required: true },
  },
  'meta/v1.GroupVersionResource': {
    group: { type: 'string', pb: 1, required: true },
    version: { type: 'string', pb: 2, required: true },
    resource: { type: 'string', pb: 3, required: true },
  },
  'apiextensions/v1.CustomResourceSubresourceStatus': {},
}

/** Full names of the groups that the table abbreviates; the others are called as the table says. */
export const groupNames: Readonly<Record<string, string>> = {
  core: '',
  meta: '',
  admission: 'admission.k8s.io',
  admissionregistration: 'admissionregistration.k8s.io',
  apidiscovery: 'apidiscovery.k8s.io',
  apiextensions: 'apiextensions.k8s.io',
  authentication: 'authentication.k8s.io',
  authorization: 'authorization.k8s.io',
  certificates: 'certificates.k8s.io',
  coordination: 'coordination.k8s.io',
  discovery: 'discovery.k8s.io',
  events: 'events.k8s.io',
  flowcontrol: 'flowcontrol.apiserver.k8s.io',
  networking: 'networking.k8s.io',
  node: 'node.k8s.io',
  rbac: 'rbac.authorization.k8s.io',
  resource: 'resource.k8s.io',
  scheduling: 'scheduling.k8s.io',
  storage: 'storage.k8s.io',
}

/**
 * True for kinds whose protobuf form the table does not fully describe: custom resource definitions (unions)
 * and admission policies (a rule embedded in an embedded rule).
 */
export function lacksProtobufFacts(type: string): boolean {
  return /^apiextensions\/|^admissionregistration\/v1\.\w+AdmissionPolicy/.test(type)
}
