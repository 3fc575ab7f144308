// Owns the device plugins that eksctl installs beside node groups: DaemonSets that offer GPUs, Neuron chips and EFA adapters.
// Source: eksctl pkg/addons/device_plugin.go and the manifests in pkg/addons/assets.
import type { ClusterConfig } from '../config/cluster-config.ts'
import { daemonSets } from '../kubernetes/client/resources.ts'
import { eksRegistry } from '../rules/eks/registry-accounts.ts'
import {
  DEVICE_PLUGINS,
  isPluginImage,
  type DevicePlugin,
  type PluginName,
} from '../rules/eksctl/device-plugins.ts'
import { instanceTypesOf, taintsOf } from '../rules/eksctl/node-group-defaults.ts'
import { applyManifests, find, managerOf, type ApplyTarget, type SourcedObject } from './apply.ts'
import { isOurs } from './ownership.ts'
import type { StepResult } from './progress.ts'

const NAMESPACE = 'kube-system'
const NAMES: Readonly<Record<PluginName, string>> = {
  nvidia: 'nvidia-device-plugin-daemonset',
  neuron: 'neuron-device-plugin',
  efa: 'aws-efa-k8s-device-plugin',
}
const PLUGIN_DIRECTORY = '/var/lib/kubelet/device-plugins'
const UNPRIVILEGED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
const CRITICAL = { key: 'CriticalAddonsOnly', operator: 'Exists' }

type Object = SourcedObject['object']

/** The plugins that a config takes, but for those that the files bring themselves. */
export function devicePluginsOf(
  config: ClusterConfig,
  manifests: readonly SourcedObject[],
): readonly DevicePlugin[] {
  return DEVICE_PLUGINS.filter(
    (plugin) =>
      groupsFor(config, plugin).length > 0 && !manifests.some(({ object }) => brings(object, plugin)),
  )
}

function groupsFor({ managedNodeGroups = [], nodeGroups = [] }: ClusterConfig, plugin: DevicePlugin) {
  return [...managedNodeGroups, ...nodeGroups].filter((group) => plugin.isFor(group))
}

function brings({ kind, spec }: Object, plugin: DevicePlugin): boolean {
  if (kind !== 'DaemonSet') return false
  // As somebody wrote it: what is no pod spec has no images.
  const { template } = (spec ?? {}) as {
    template?: { spec?: { containers?: readonly { image?: string }[] } }
  }
  return template?.spec?.containers?.some(({ image = '' }) => isPluginImage(plugin, image)) ?? false
}

/** Installs a plugin, unless somebody else has. Its pods come up in their own time, as with eksctl. */
export async function ensureDevicePlugin(
  config: ClusterConfig,
  plugin: DevicePlugin,
  target: ApplyTarget,
): Promise<StepResult> {
  const present = await find(target.kubernetes, daemonSets, {
    namespace: NAMESPACE,
    name: NAMES[plugin.name],
  })
  if (present && !isOurs(present.metadata.annotations, target.project))
    return { outcome: 'unchanged', detail: `made by ${managerOf(present)}, left as it is` }
  const objects = objectsOf[plugin.name](config, plugin)
  return await applyManifests(
    target,
    objects.map((object) => ({ object, source: NAMES[plugin.name] })),
  )
}

const objectsOf: Readonly<
  Record<PluginName, (config: ClusterConfig, plugin: DevicePlugin) => readonly Object[]>
> = {
  nvidia: (config, plugin) => {
    // Those of the nodes with GPUs: the first taint with a key tells its value.
    const taints = groupsFor(config, plugin).flatMap((group) => taintsOf(group))
    const others = [...new Map(taints.toReversed().map((taint) => [taint.key, taint])).values()]
      .filter(({ key }) => key !== plugin.resource)
      .map(({ key, value }) => ({ key, ...(value ? { value } : {}) }))
    return [
      daemonSet(
        plugin.name,
        { name: 'nvidia-device-plugin-ds' },
        {
          tolerations: [{ key: plugin.resource, operator: 'Exists', effect: 'NoSchedule' }, ...others],
          priorityClassName: 'system-node-critical',
          containers: [
            {
              name: 'nvidia-device-plugin-ctr',
              image: 'nvcr.io/nvidia/k8s-device-plugin:v0.20.0',
              securityContext: UNPRIVILEGED,
              volumeMounts: [{ name: 'kubelet-device-plugins-dir', mountPath: PLUGIN_DIRECTORY }],
            },
          ],
          volumes: [
            { name: 'kubelet-device-plugins-dir', hostPath: { path: PLUGIN_DIRECTORY, type: 'Directory' } },
          ],
        },
      ),
    ]
  },
  neuron: (config, plugin) => {
    const { name } = plugin
    const labels = { name: 'neuron-device-plugin-ds', 'app.kubernetes.io/name': NAMES[name] }
    return [
      ...neuronAccess(NAMES[name]),
      daemonSet(name, labels, {
        serviceAccountName: NAMES[name],
        tolerations: [
          CRITICAL,
          { key: plugin.resource, operator: 'Exists', effect: 'NoSchedule' },
          {
            key: 'sagemaker.amazonaws.com/node-health-status',
            operator: 'Equal',
            value: 'Unschedulable',
            effect: 'NoSchedule',
          },
        ],
        priorityClassName: 'system-node-critical',
        affinity: onTypes(config, plugin, ['fargate', 'hybrid', 'auto']),
        containers: [
          {
            name: NAMES[name],
            image: 'public.ecr.aws/neuron/neuron-device-plugin:2.23.30.0',
            imagePullPolicy: 'IfNotPresent',
            env: [
              { name: 'KUBECONFIG', value: '/etc/kubernetes/kubelet.conf' },
              { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
            ],
            securityContext: UNPRIVILEGED,
            volumeMounts: [
              { name: 'device-plugin', mountPath: PLUGIN_DIRECTORY },
              { name: 'infa-map', mountPath: '/run' },
              { name: 'aws-config', mountPath: '/opt/aws', readOnly: true },
            ],
          },
        ],
        volumes: [
          { name: 'device-plugin', hostPath: { path: PLUGIN_DIRECTORY } },
          { name: 'infa-map', hostPath: { path: '/run' } },
          { name: 'aws-config', hostPath: { path: '/opt/aws' } },
        ],
      }),
    ]
  },
  efa: (config, plugin) => {
    const { name } = plugin
    return [
      daemonSet(
        name,
        { name: NAMES[name] },
        {
          tolerations: [CRITICAL, { key: 'aws.amazon.com/efa', operator: 'Exists', effect: 'NoSchedule' }],
          priorityClassName: 'system-node-critical',
          affinity: onTypes(config, plugin, ['auto']),
          hostNetwork: true,
          containers: [
            {
              name: NAMES[name],
              image: `${eksRegistry(config.metadata.region)}/eks/aws-efa-k8s-device-plugin:v0.5.4`,
              securityContext: { ...UNPRIVILEGED, runAsNonRoot: false },
              resources: { requests: { cpu: '10m', memory: '20Mi' } },
              volumeMounts: [
                { name: 'device-plugin', mountPath: PLUGIN_DIRECTORY },
                { name: 'infiniband-volume', mountPath: '/dev/infiniband/' },
              ],
            },
          ],
          volumes: [
            { name: 'device-plugin', hostPath: { path: PLUGIN_DIRECTORY } },
            { name: 'infiniband-volume', hostPath: { path: '/dev/infiniband/' } },
          ],
        },
      ),
    ]
  },
}

function daemonSet(plugin: PluginName, labels: Readonly<Record<string, string>>, spec: object): Object {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NAMES[plugin], namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate' },
      template: { metadata: { labels }, spec },
    },
  }
}

// eksctl's manifest lists every type that has such devices; those of the file are the ones that nodes can have.
function onTypes(config: ClusterConfig, plugin: DevicePlugin, notOn: readonly string[]): object {
  const types = new Set(groupsFor(config, plugin).flatMap((group) => instanceTypesOf(group)))
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'node.kubernetes.io/instance-type', operator: 'In', values: [...types].toSorted() },
              { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: notOn },
            ],
          },
        ],
      },
    },
  }
}

function neuronAccess(name: string): readonly Object[] {
  const apiGroup = 'rbac.authorization.k8s.io'
  const rule = (resource: string, ...verbs: string[]) => ({ apiGroups: [''], resources: [resource], verbs })
  const rules = [
    rule('nodes', 'get', 'list', 'watch'),
    rule('events', 'create', 'patch'),
    rule('pods', 'update', 'patch', 'get', 'list', 'watch'),
    rule('nodes/status', 'patch', 'update'),
  ]
  const role = { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata: { name }, rules }
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } }
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
  }
  return [role, account, binding]
}
