// Owns the defaults of pods and pod templates (Kubernetes pkg/apis/core/v1/defaults.go).
import { isObject } from '../../base/json.ts'
import { each, fill, structAt, type Fields } from '../schema/default-fill.ts'

// 0644 and one hour, as the API spells them.
const FILE_MODE = 420
const TOKEN_SECONDS = 3600

/**
 * Fills in a pod spec (SetDefaults_PodSpec, SetDefaults_Container and those of their parts).
 * Requests out of limits, host ports of the host network and service links are set on pods, not on templates.
 */
export function defaultPodSpec(spec: Fields, { isTemplate }: { readonly isTemplate: boolean }): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
  })
  if (!isTemplate) {
    fill(spec, { enableServiceLinks: true })
    // conversion.go: a pod that has less than no time to end has a second.
    if (Number(spec['terminationGracePeriodSeconds']) < 0) spec['terminationGracePeriodSeconds'] = 1
  }
  structAt(spec, 'securityContext')
  mirrorServiceAccount(spec)
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    each(spec[list], (container) => {
      defaultContainer(container)
      if (isTemplate || list === 'ephemeralContainers') return
      requestWhatIsLimited(container)
      if (spec['hostNetwork'] === true) each(container['ports'], fillHostPort)
    })
  }
  each(spec['volumes'], defaultVolume)
}

/** conversion.go keeps the deprecated `serviceAccount` equal to `serviceAccountName`. */
function mirrorServiceAccount(spec: Fields): void {
  const name = spec['serviceAccountName'] ?? spec['serviceAccount']
  if (typeof name !== 'string' || name === '') return
  spec['serviceAccountName'] = name
  spec['serviceAccount'] = name
}

function defaultContainer(container: Fields): void {
  fill(container, {
    imagePullPolicy: pullPolicyOf(container['image']),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  })
  structAt(container, 'resources')
  each(container['ports'], (port) => fill(port, { protocol: 'TCP' }))
  each(container['env'], defaultVariable)
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (isObject(container[probe])) defaultProbe(container[probe])
  }
  if (!isObject(container['lifecycle'])) return
  for (const hook of ['postStart', 'preStop']) {
    const handler = container['lifecycle'][hook]
    if (isObject(handler)) defaultHandler(handler)
  }
}

/** SetDefaults_Container: `Always` for the tag latest, which no tag and no digest means too. */
export function pullPolicyOf(image: unknown): 'Always' | 'IfNotPresent' {
  if (typeof image !== 'string' || image === '') return 'IfNotPresent'
  const [name = '', digest] = image.split('@')
  const tag = /:([^/:]+)$/.exec(name)?.[1] ?? (digest === undefined ? 'latest' : '')
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultVariable(variable: Fields): void {
  const from = variable['valueFrom']
  if (isObject(from) && isObject(from['fieldRef'])) fill(from['fieldRef'], { apiVersion: 'v1' })
  if (isObject(from) && isObject(from['resourceFieldRef'])) fill(from['resourceFieldRef'], { divisor: '0' })
}

/** SetDefaults_Probe: a zero counts as not given. */
function defaultProbe(probe: Fields): void {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
  defaultHandler(probe)
}

function defaultHandler(handler: Fields): void {
  if (isObject(handler['httpGet'])) fill(handler['httpGet'], { path: '/', scheme: 'HTTP' })
}

/** SetDefaults_Pod: a limit without a request is the request. */
function requestWhatIsLimited(container: Fields): void {
  const resources = structAt(container, 'resources')
  if (isObject(resources['limits'])) fill(structAt(resources, 'requests'), resources['limits'])
}

/** SetDefaults_HostNetworkPorts. */
function fillHostPort(port: Fields): void {
  if (port['hostPort'] === undefined || port['hostPort'] === 0) port['hostPort'] = port['containerPort']
}

const SOURCES = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'glusterfs',
  'hostPath',
  'image',
  'iscsi',
  'nfs',
  'persistentVolumeClaim',
  'photonPersistentDisk',
  'portworxVolume',
  'projected',
  'quobyte',
  'rbd',
  'scaleIO',
  'secret',
  'storageos',
  'vsphereVolume',
]

/** SetDefaults_Volume and those of the sources: a volume without a source is an emptyDir. */
function defaultVolume(volume: Fields): void {
  if (!SOURCES.some((source) => volume[source] !== undefined)) volume['emptyDir'] = {}
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    if (isObject(volume[source])) fill(volume[source], { defaultMode: FILE_MODE })
  }
  if (isObject(volume['hostPath']) && volume['hostPath']['type'] === undefined)
    volume['hostPath']['type'] = ''
  if (isObject(volume['iscsi'])) fill(volume['iscsi'], { iscsiInterface: 'default' })
  const { downwardAPI, projected, ephemeral, image } = volume
  if (isObject(downwardAPI)) each(downwardAPI['items'], defaultDownwardItem)
  if (isObject(image)) fill(image, { pullPolicy: pullPolicyOf(image['reference']) })
  if (isObject(ephemeral) && isObject(ephemeral['volumeClaimTemplate'])) {
    structAt(ephemeral['volumeClaimTemplate'], 'metadata')
    fill(structAt(ephemeral['volumeClaimTemplate'], 'spec'), { volumeMode: 'Filesystem' })
  }
  if (!isObject(projected)) return
  each(projected['sources'], (source) => {
    if (isObject(source['serviceAccountToken']))
      fill(source['serviceAccountToken'], { expirationSeconds: TOKEN_SECONDS })
    if (isObject(source['downwardAPI'])) each(source['downwardAPI']['items'], defaultDownwardItem)
  })
}

function defaultDownwardItem(item: Fields): void {
  if (isObject(item['fieldRef'])) fill(item['fieldRef'], { apiVersion: 'v1' })
  if (isObject(item['resourceFieldRef'])) fill(item['resourceFieldRef'], { divisor: '0' })
}

/** Fills in the pod template of a workload's spec. */
export function defaultTemplate(spec: Fields): void {
  const template = structAt(spec, 'template')
  // A struct, which is there even where nothing is said in it.
  structAt(template, 'metadata')
  defaultPodSpec(structAt(template, 'spec'), { isTemplate: true })
}
