// Owns the scenes in which the controllers of v1.35.4 were watched, as far as what they wrote tells: the objects that were
// there, and how long to wait. The recorded events and objects are in events.jsonl and objects.jsonl.
import { isPodReady } from '../../rules/scheduling/pod.ts'
import type { Stage } from './stage.ts'
import {
  cronJobs,
  endpoints,
  endpointSlices,
  events,
  jobs,
  persistentVolumes,
  pods,
  replicaSets,
} from '../../kubernetes/client/resources.ts'

type Json = Readonly<Record<string, unknown>>

const CORE = '/api/v1'
const C = `${CORE}/namespaces/c`
const APPS = '/apis/apps/v1/namespaces/c'
const BATCH = '/apis/batch/v1/namespaces/c'
const STORAGE = '/apis/storage.k8s.io/v1/storageclasses'

function template(labels: Json, spec: Json = {}): Json {
  return { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'n' }], ...spec } }
}

/** Waits for an event about an object. */
function told(stage: Stage, name: string, reason: string, text = ''): Promise<void> {
  return stage.until(`${reason} of ${name} ${text}`, async () => {
    const { items } = await stage.client.list(events)
    return items.some(
      (event) =>
        event.involvedObject.name?.startsWith(name) &&
        event.reason === reason &&
        event.message?.includes(text),
    )
  })
}

function job(stage: Stage, name: string, act: string, spec: Json = {}): Promise<void> {
  const metadata = { name, labels: { act } }
  const body = { metadata, spec: { template: template({ act }, { restartPolicy: 'Never' }), ...spec } }
  return stage.send('POST', `${BATCH}/jobs`, body)
}

async function playJobs(stage: Stage): Promise<void> {
  await stage.addNode('n1', { allocatable: { pods: '50' } })
  await job(stage, 'ok', 'succeed', { completions: 2, parallelism: 2 })
  await job(stage, 'bad', 'fail', { backoffLimit: 0 })
  await job(stage, 'ads', 'run', { activeDeadlineSeconds: 1 })
  const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 3 }
  await job(stage, 'idx', 'failidx1', { ...indexed, backoffLimitPerIndex: 0 })
  await job(stage, 'idxmax', 'fail', { ...indexed, backoffLimitPerIndex: 0, maxFailedIndexes: 1 })
  const onExitCodes = { containerName: 'c', operator: 'In', values: [42] }
  await job(stage, 'pfp', 'exit42', { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes }] } })
  const successPolicy = { rules: [{ succeededIndexes: '0' }] }
  await job(stage, 'succpol', 'succeed', { ...indexed, parallelism: 1, successPolicy })
  await job(stage, 'susp', 'run', { suspend: true })
  await told(stage, 'susp', 'Suspended')
  await stage.send('PATCH', `${BATCH}/jobs/susp`, { spec: { suspend: false } })
  await job(stage, 'run', 'run')
  await stage.until('run runs', async () => (await jobStatus(stage, 'run'))?.ready === 1)
  await stage.send('PATCH', `${BATCH}/jobs/run`, { spec: { suspend: true } })
  for (const [name, reason] of Object.entries({
    ok: 'Completed',
    bad: 'BackoffLimitExceeded',
    ads: 'DeadlineExceeded',
    idx: 'FailedIndexes',
    idxmax: 'MaxFailedIndexesExceeded',
    pfp: 'PodFailurePolicy',
    succpol: 'Completed',
    susp: 'Resumed',
    run: 'Suspended',
  })) {
    await told(stage, name, reason)
  }
  await stage.until('susp runs', async () => (await jobStatus(stage, 'susp'))?.ready === 1)
  await stage.until('run is gone', async () => {
    const status = await jobStatus(stage, 'run')
    return !status?.active && status?.terminating === 0
  })
}

async function jobStatus(stage: Stage, name: string) {
  return (await stage.client.get(jobs, { namespace: 'c', name })).status
}

async function playCronJobs(stage: Stage): Promise<void> {
  await stage.addNode('n1')
  for (const [name, act, concurrencyPolicy] of [
    ['cj', 'succeed', 'Allow'],
    ['forbid', 'run', 'Forbid'],
  ] as const) {
    const spec = { template: template({ act }, { restartPolicy: 'Never' }) }
    await stage.send('POST', `${BATCH}/cronjobs`, {
      metadata: { name },
      spec: {
        schedule: '* * * * *',
        concurrencyPolicy,
        jobTemplate: { metadata: { labels: { act } }, spec },
      },
    })
  }
  await told(stage, 'cj', 'SawCompletedJob')
  await told(stage, 'forbid', 'JobAlreadyActive')
  await stage.until('both have run', async () => {
    const { items } = await stage.client.list(jobs, { namespace: 'c' })
    const done = items.filter(({ status }) => status?.succeeded === 1)
    const { status } = await stage.client.get(cronJobs, { namespace: 'c', name: 'cj' })
    return done.length === 2 && !status?.active && items.some((each) => each.status?.ready === 1)
  })
}

async function playSets(stage: Stage): Promise<void> {
  await stage.addNode('n1')
  await stage.addNode('n2')
  await deploy(stage, 'dep', 2)
  await stage.send('POST', `${APPS}/daemonsets`, {
    metadata: { name: 'ds' },
    spec: { selector: { matchLabels: { app: 'ds' } }, template: template({ app: 'ds' }) },
  })
  await stage.send('POST', `${C}/replicationcontrollers`, {
    metadata: { name: 'rc' },
    spec: { replicas: 1, template: template({ app: 'rc' }) },
  })
  const access = { accessModes: ['ReadWriteOnce'] }
  for (const name of ['pvw1', 'pvw2']) {
    const source = { hostPath: { path: `/${name}` }, storageClassName: 'manual' }
    const spec = { ...access, ...source, capacity: { storage: '5Gi' } }
    await stage.send('POST', `${CORE}/persistentvolumes`, { metadata: { name }, spec })
  }
  const resources = { requests: { storage: '1Gi' } }
  const claim = { metadata: { name: 'www' }, spec: { ...access, resources, storageClassName: 'manual' } }
  await stage.send('POST', `${APPS}/statefulsets`, {
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template: template({ app: 'web' }),
      volumeClaimTemplates: [claim],
    },
  })
  const hard = { pods: '100', 'requests.cpu': '9', 'limits.memory': '9Gi' }
  await stage.send('POST', `${CORE}/namespaces`, { metadata: { name: 'q' } })
  await stage.send('POST', `${CORE}/namespaces/q/resourcequotas`, { metadata: { name: 'q' }, spec: { hard } })
  await ready(stage, { dep: 2, ds: 2, rc: 1, web: 2 })
  await stage.send('POST', '/apis/apps/v1/namespaces/q/replicasets', {
    metadata: { name: 'rsq' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'q' } }, template: template({ app: 'q' }) },
  })
  const changed = (image: string): Json => ({
    spec: { template: { spec: { containers: [{ name: 'c', image }] } } },
  })
  await stage.send('PATCH', `${APPS}/deployments/dep`, changed('n2'))
  await stage.send('PATCH', `${APPS}/daemonsets/ds`, changed('unready'))
  await stage.send('PATCH', `${APPS}/statefulsets/web`, changed('n2'))
  await stage.until('dep has rolled', async () => {
    const { items } = await stage.client.list(replicaSets, { namespace: 'c' })
    const sizes = items.map(({ status }) => `${status?.replicas} ${status?.availableReplicas ?? 0}`)
    return sizes.toSorted().join() === '0 0,2 2'
  })
  await ready(stage, { ds: 1 })
  await stage.until('web has rolled', async () => {
    const { items } = await stage.client.list(pods, { namespace: 'c', labelSelector: 'app=web' })
    return items.filter(({ spec }) => spec.containers[0]?.image === 'n2').length === 2
  })
  await stage.send('PATCH', `${APPS}/statefulsets/web`, { spec: { replicas: 1 } })
  await told(stage, 'web', 'SuccessfulDelete', 'web-1')
  await ready(stage, { web: 1 })
  await told(stage, 'rsq', 'FailedCreate', 'combined from similar events')
}

function deploy(stage: Stage, name: string, replicas: number): Promise<void> {
  return stage.send('POST', `${APPS}/deployments`, {
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template({ app: name }) },
  })
}

/** Waits until each application has so many pods that are ready, and no more. */
function ready(stage: Stage, counts: Readonly<Record<string, number>>): Promise<void> {
  return stage.until(`ready: ${JSON.stringify(counts)}`, async () => {
    const { items } = await stage.client.list(pods, { namespace: 'c' })
    return Object.entries(counts).every(([app, count]) => {
      const mine = items.filter(({ metadata }) => metadata.labels?.['app'] === app)
      return mine.filter(isPodReady).length === count
    })
  })
}

async function playAutoscalers(stage: Stage): Promise<void> {
  await stage.addNode('n1')
  await deploy(stage, 'dep', 2)
  await ready(stage, { dep: 2 })
  const targets = { h: ['Deployment', 'dep'], hmiss: ['Deployment', 'zzz'], hkind: ['Zzz', 'dep'] } as const
  for (const [name, [kind, target]] of Object.entries(targets)) {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind, name: target }
    await stage.send('POST', '/apis/autoscaling/v2/namespaces/c/horizontalpodautoscalers', {
      metadata: { name },
      spec: { scaleTargetRef, maxReplicas: 3 },
    })
  }
  await told(stage, 'hmiss', 'FailedGetScale')
  await told(stage, 'hkind', 'FailedGetScale')
  await told(stage, 'h', 'FailedComputeMetricsReplicas', 'could not find')
  await stage.send('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: 'c', name: 'nope' },
    },
  })
  await told(stage, 'h', 'FailedComputeMetricsReplicas', 'currently unable')
}

async function playBudgets(stage: Stage): Promise<void> {
  await stage.addNode('n1')
  await deploy(stage, 'dep', 2)
  const labels = { app: 'dep' }
  await stage.send('POST', `${C}/pods`, { metadata: { name: 'alone', labels }, spec: template({})['spec'] })
  await ready(stage, { dep: 3 })
  for (const [name, spec] of Object.entries({
    none: { minAvailable: 2, selector: { matchLabels: { app: 'none' } } },
    pdb2: { maxUnavailable: 1, selector: { matchLabels: labels } },
  })) {
    await stage.send('POST', '/apis/policy/v1/namespaces/c/poddisruptionbudgets', {
      metadata: { name },
      spec,
    })
  }
  await told(stage, 'none', 'NoPods')
  await told(stage, 'pdb2', 'UnmanagedPods')
}

async function playStorage(stage: Stage): Promise<void> {
  await stage.addNode('n2')
  for (const [name, volumeBindingMode] of Object.entries({
    later: 'WaitForFirstConsumer',
    now: 'Immediate',
  })) {
    await stage.send('POST', STORAGE, {
      metadata: { name },
      provisioner: 'ebs.csi.aws.com',
      volumeBindingMode,
    })
  }
  const access = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const volume = { accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' }, storageClassName: 'manual' }
  for (const [name, claim] of Object.entries({ pv1: 'c1', pvm: 'gone' })) {
    const spec = { ...volume, hostPath: { path: `/${name}` } }
    await stage.send('POST', `${CORE}/persistentvolumes`, { metadata: { name }, spec })
    await stage.send('POST', `${C}/persistentvolumeclaims`, {
      metadata: { name: claim },
      spec: { ...access, storageClassName: 'manual', volumeName: name },
    })
  }
  for (const [name, spec] of Object.entries({
    empty: { storageClassName: '' },
    ext: { storageClassName: 'now' },
    missing: { storageClassName: 'nope' },
    zzz: { storageClassName: 'zzz' },
    nosc: {},
    vol: { volumeName: 'nosuch' },
    wffc: { storageClassName: 'later' },
    wffc2: { storageClassName: 'later' },
  })) {
    await stage.send('POST', `${C}/persistentvolumeclaims`, {
      metadata: { name },
      spec: { ...access, ...spec },
    })
  }
  await told(stage, 'wffc2', 'WaitForFirstConsumer')
  await withClaim(stage, 'user', 'wffc2')
  for (const [name, reason] of Object.entries({
    empty: 'FailedBinding',
    ext: 'ExternalProvisioning',
    wffc2: 'ExternalProvisioning',
    missing: 'ProvisioningFailed',
    zzz: 'ProvisioningFailed',
    nosc: 'FailedBinding',
    wffc: 'WaitForFirstConsumer',
  })) {
    await told(stage, name, reason)
  }
  const phases = { pv1: 'Bound', pvm: 'Bound' }
  await volumesAre(stage, phases)
  await stage.send('DELETE', `${C}/persistentvolumeclaims/gone`)
  await volumesAre(stage, { ...phases, pvm: 'Released' })
}

function withClaim(stage: Stage, name: string, claimName: string): Promise<void> {
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName } }]
  return stage.send('POST', `${C}/pods`, { metadata: { name }, spec: template({}, { volumes })['spec'] })
}

function volumesAre(stage: Stage, phases: Readonly<Record<string, string>>): Promise<void> {
  return stage.until(JSON.stringify(phases), async () => {
    const { items } = await stage.client.list(persistentVolumes)
    return items.every(({ metadata, status }) => phases[metadata.name] === status?.phase)
  })
}

async function playServices(stage: Stage): Promise<void> {
  const ports = [{ port: 80 }]
  for (const [name, spec] of Object.entries({
    dep: { selector: { app: 'dep' } },
    lb: { selector: { app: 'dep' }, type: 'LoadBalancer' },
    nosel: {},
    web: { selector: { app: 'web' }, clusterIP: 'None' },
  })) {
    await stage.send('POST', `${C}/services`, { metadata: { name }, spec: { ports, ...spec } })
  }
  await stage.send('POST', `${C}/endpoints`, {
    metadata: { name: 'nosel', labels: { x: 'y' }, annotations: { q: 'r' } },
    subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }],
  })
  await stage.until('all are told', async () => {
    const slices = await stage.client.list(endpointSlices, { namespace: 'c' })
    const whole = await stage.client.list(endpoints, { namespace: 'c' })
    return slices.items.length === 4 && whole.items.length === 4
  })
}

async function playOneNode(stage: Stage): Promise<void> {
  await stage.addNode('n1', { allocatable: { pods: '1' } })
  await pod(stage, 'first')
  await told(stage, 'first', 'Scheduled')
  await pod(stage, 'second')
  await told(stage, 'second', 'FailedScheduling', 'Too many pods')
  await stage.send('PATCH', `${CORE}/nodes/n1`, {
    spec: { taints: [{ key: 'own', effect: 'NoSchedule' }] },
  })
  await told(stage, 'second', 'FailedScheduling', 'untolerated')
}

function pod(stage: Stage, name: string, spec: Json = {}, labels: Json = {}): Promise<void> {
  return stage.send('POST', `${C}/pods`, { metadata: { name, labels }, spec: template({}, spec)['spec'] })
}

async function playScheduling(stage: Stage): Promise<void> {
  await stage.addNode('n1', { taints: [{ key: 'own', effect: 'NoSchedule' }] })
  await stage.addNode('n2')
  await stage.addNode('n3', { labels: { disk: 'ssd' } })
  for (const [name, value] of Object.entries({ low: 1, high: 1000 })) {
    await stage.send('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name }, value })
  }
  const onSsd = { nodeSelector: { disk: 'ssd' } }
  const apart = (app: string): Json => ({
    affinity: { podAntiAffinity: required([near({ app })]) },
  })
  const port = { containers: [{ name: 'c', image: 'n', ports: [{ containerPort: 80, hostPort: 80 }] }] }
  // On both nodes that take pods, one keeps others clear of it.
  await pod(stage, 'a2', onNode('n2'), { app: 'a' })
  await pod(stage, 'a3', { ...onNode('n3'), ...port }, { app: 'a' })
  await pod(stage, 'keeper', {
    affinity: { ...(onNode('n2')['affinity'] as Json), ...(apart('b')['affinity'] as Json) },
  })
  await pod(stage, 'victim', { ...onSsd, ...asking({ cpu: '3' }), priorityClassName: 'low' })
  for (const name of ['a2', 'a3', 'keeper', 'victim']) await told(stage, name, 'Scheduled')
  const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }
  for (const [name, spec] of Object.entries({
    ports: { ...onSsd, ...port },
    large: asking({ cpu: '100', memory: '100Gi' }),
    gpu: { containers: [{ name: 'c', image: 'n', resources: { limits: { 'nvidia.com/gpu': '1' } } }] },
    nowhere: { nodeSelector: { disk: 'none' } },
    lonely: { affinity: { podAffinity: required([near({ app: 'none' })]) } },
    apart: apart('a'),
    spread: { topologySpreadConstraints: [spread] },
    tainted: onNode('n1'),
    unknown: onNode('nope'),
  })) {
    await pod(stage, name, spec)
    await told(stage, name, 'FailedScheduling')
  }
  await pod(stage, 'kept', onNode('n2'), { app: 'b' })
  await told(stage, 'kept', 'FailedScheduling')
  await withClaim(stage, 'no-claim', 'nosuch')
  await told(stage, 'no-claim', 'FailedScheduling')
  const access = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await stage.send('POST', `${C}/persistentvolumeclaims`, { metadata: { name: 'unbound' }, spec: access })
  await withClaim(stage, 'waits', 'unbound')
  await told(stage, 'waits', 'FailedScheduling')
  await pod(stage, 'preemptor', { ...onSsd, ...asking({ cpu: '3' }), priorityClassName: 'high' })
  await told(stage, 'victim', 'Preempted')
  await told(stage, 'n1', 'RegisteredNode')
}

function asking(requests: Json): Json {
  return { containers: [{ name: 'c', image: 'n', resources: { requests } }] }
}

function required(terms: readonly Json[]): Json {
  return { requiredDuringSchedulingIgnoredDuringExecution: terms }
}

function near(matchLabels: Json): Json {
  return { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' }
}

function onNode(name: string): Json {
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }]
  return {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  }
}

/** What is played for the rows of each scene. */
export const scenes: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  jobs: playJobs,
  cronjobs: playCronJobs,
  sets: playSets,
  autoscalers: playAutoscalers,
  budgets: playBudgets,
  storage: playStorage,
  services: playServices,
  'one node': playOneNode,
  scheduling: playScheduling,
}
