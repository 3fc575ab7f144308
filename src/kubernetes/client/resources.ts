// Owns the typed names of the built-in resources, for use with a client.
import type * as k8s from '../../../generated/kubernetes.d.ts'
import { parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, Resource } from './client.ts'

function namespaced<T extends KubernetesObject>(
  groupVersion: string,
  plural: string,
  kind: string,
): Resource<T> {
  return { ...parseGroupVersion(groupVersion), plural, kind, namespaced: true }
}

function clusterScoped<T extends KubernetesObject>(
  groupVersion: string,
  plural: string,
  kind: string,
): Resource<T> {
  return { ...parseGroupVersion(groupVersion), plural, kind, namespaced: false }
}

export const namespaces = clusterScoped<k8s.Namespace>('v1', 'namespaces', 'Namespace')
export const pods = namespaced<k8s.Pod>('v1', 'pods', 'Pod')
export const services = namespaced<k8s.Service>('v1', 'services', 'Service')
export const endpoints = namespaced<k8s.Endpoints>('v1', 'endpoints', 'Endpoints')
export const configMaps = namespaced<k8s.ConfigMap>('v1', 'configmaps', 'ConfigMap')
export const secrets = namespaced<k8s.Secret>('v1', 'secrets', 'Secret')
export const serviceAccounts = namespaced<k8s.ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount')
export const nodes = clusterScoped<k8s.Node>('v1', 'nodes', 'Node')
export const events = namespaced<k8s.Event>('v1', 'events', 'Event')
export const limitRanges = namespaced<k8s.LimitRange>('v1', 'limitranges', 'LimitRange')
export const resourceQuotas = namespaced<k8s.ResourceQuota>('v1', 'resourcequotas', 'ResourceQuota')
export const leases = namespaced<k8s.Lease>('coordination.k8s.io/v1', 'leases', 'Lease')
export const deployments = namespaced<k8s.Deployment>('apps/v1', 'deployments', 'Deployment')
export const replicaSets = namespaced<k8s.ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet')
export const statefulSets = namespaced<k8s.StatefulSet>('apps/v1', 'statefulsets', 'StatefulSet')
export const controllerRevisions = namespaced<k8s.ControllerRevision>(
  'apps/v1',
  'controllerrevisions',
  'ControllerRevision',
)
export const replicationControllers = namespaced<k8s.ReplicationController>(
  'v1',
  'replicationcontrollers',
  'ReplicationController',
)
export const daemonSets = namespaced<k8s.DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet')
export const endpointSlices = namespaced<k8s.EndpointSlice>(
  'discovery.k8s.io/v1',
  'endpointslices',
  'EndpointSlice',
)
export const roles = namespaced<k8s.Role>('rbac.authorization.k8s.io/v1', 'roles', 'Role')
export const roleBindings = namespaced<k8s.RoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'rolebindings',
  'RoleBinding',
)
export const clusterRoles = clusterScoped<k8s.ClusterRole>(
  'rbac.authorization.k8s.io/v1',
  'clusterroles',
  'ClusterRole',
)
export const clusterRoleBindings = clusterScoped<k8s.ClusterRoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
)
export const ingressClasses = clusterScoped<k8s.IngressClass>(
  'networking.k8s.io/v1',
  'ingressclasses',
  'IngressClass',
)
export const apiServices = clusterScoped<k8s.APIService>(
  'apiregistration.k8s.io/v1',
  'apiservices',
  'APIService',
)
export const mutatingWebhookConfigurations = clusterScoped<k8s.MutatingWebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
)
export const validatingWebhookConfigurations = clusterScoped<k8s.ValidatingWebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
)
export const validatingAdmissionPolicies = clusterScoped<k8s.ValidatingAdmissionPolicy>(
  'admissionregistration.k8s.io/v1',
  'validatingadmissionpolicies',
  'ValidatingAdmissionPolicy',
)
export const validatingAdmissionPolicyBindings = clusterScoped<k8s.ValidatingAdmissionPolicyBinding>(
  'admissionregistration.k8s.io/v1',
  'validatingadmissionpolicybindings',
  'ValidatingAdmissionPolicyBinding',
)
export const priorityClasses = clusterScoped<k8s.PriorityClass>(
  'scheduling.k8s.io/v1',
  'priorityclasses',
  'PriorityClass',
)
export const jobs = namespaced<k8s.Job>('batch/v1', 'jobs', 'Job')
export const cronJobs = namespaced<k8s.CronJob>('batch/v1', 'cronjobs', 'CronJob')
export const horizontalPodAutoscalers = namespaced<k8s.AutoscalingHorizontalPodAutoscaler>(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
)
export const podDisruptionBudgets = namespaced<k8s.PodDisruptionBudget>(
  'policy/v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
)
export const podTemplates = namespaced<k8s.PodTemplate>('v1', 'podtemplates', 'PodTemplate')
export const persistentVolumes = clusterScoped<k8s.PersistentVolume>(
  'v1',
  'persistentvolumes',
  'PersistentVolume',
)
export const persistentVolumeClaims = namespaced<k8s.PersistentVolumeClaim>(
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
)
export const componentStatuses = clusterScoped<k8s.ComponentStatus>(
  'v1',
  'componentstatuses',
  'ComponentStatus',
)
export const runtimeClasses = clusterScoped<k8s.RuntimeClass>(
  'node.k8s.io/v1',
  'runtimeclasses',
  'RuntimeClass',
)
const NETWORKING = 'networking.k8s.io/v1'
export const ingresses = namespaced<k8s.Ingress>(NETWORKING, 'ingresses', 'Ingress')
export const networkPolicies = namespaced<k8s.NetworkPolicy>(NETWORKING, 'networkpolicies', 'NetworkPolicy')
export const serviceCidrs = clusterScoped<k8s.ServiceCIDR>(NETWORKING, 'servicecidrs', 'ServiceCIDR')
export const ipAddresses = clusterScoped<k8s.IPAddress>(NETWORKING, 'ipaddresses', 'IPAddress')
const STORAGE = 'storage.k8s.io/v1'
export const storageClasses = clusterScoped<k8s.StorageClass>(STORAGE, 'storageclasses', 'StorageClass')
export const csiDrivers = clusterScoped<k8s.CSIDriver>(STORAGE, 'csidrivers', 'CSIDriver')
export const csiNodes = clusterScoped<k8s.CSINode>(STORAGE, 'csinodes', 'CSINode')
export const csiStorageCapacities = namespaced<k8s.CSIStorageCapacity>(
  STORAGE,
  'csistoragecapacities',
  'CSIStorageCapacity',
)
export const volumeAttachments = clusterScoped<k8s.VolumeAttachment>(
  STORAGE,
  'volumeattachments',
  'VolumeAttachment',
)
export const volumeAttributesClasses = clusterScoped<k8s.VolumeAttributesClass>(
  STORAGE,
  'volumeattributesclasses',
  'VolumeAttributesClass',
)
const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1'
export const flowSchemas = clusterScoped<k8s.FlowSchema>(FLOW_CONTROL, 'flowschemas', 'FlowSchema')
export const priorityLevelConfigurations = clusterScoped<k8s.PriorityLevelConfiguration>(
  FLOW_CONTROL,
  'prioritylevelconfigurations',
  'PriorityLevelConfiguration',
)
export const certificateSigningRequests = clusterScoped<k8s.CertificateSigningRequest>(
  'certificates.k8s.io/v1',
  'certificatesigningrequests',
  'CertificateSigningRequest',
)
export const customResourceDefinitions = clusterScoped<k8s.CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
)
