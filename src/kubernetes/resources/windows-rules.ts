// Owns the rules for what a pod says of the system of its nodes, and for what Windows alone has.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go
// (validateWindowsSecurityContextOptions, validateWindowsHostProcessPod, validateOS, validateWindows, validateLinux).
import type { Container, PodSpec, WindowsSecurityContextOptions } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { namedBy, valueAt } from './field-rules.ts'

const MOST = { credentialKiB: 64, domain: 256, user: 104 }
const CONTROL = /\p{Cc}/u
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`)
const NOT_OF_USERS = /["/\\:;|=,+*?<>@[\]]/

/** Findings for the options of Windows in a security context. */
export function validateWindowsOptions(options: WindowsSecurityContextOptions, at: string): FieldError[] {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: credential, runAsUserName: user } = options
  return [
    // Names a custom resource.
    ...(name === undefined ? [] : namedBy(`${at}.gmsaCredentialSpecName`, name, 'subdomain')),
    ...(credential === undefined ? [] : credentialErrors(credential, `${at}.gmsaCredentialSpec`)),
    ...(user === undefined
      ? []
      : userProblems(user).map((problem) => invalid(`${at}.runAsUserName`, user, problem))),
  ]
}

function credentialErrors(credential: string, field: string): FieldError[] {
  if (credential === '') return [invalid(field, '', 'gmsaCredentialSpec cannot be an empty string')]
  return Buffer.byteLength(credential) > MOST.credentialKiB * 1024
    ? [invalid(field, credential, `gmsaCredentialSpec size must be under ${MOST.credentialKiB} KiB`)]
    : []
}

function userProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if (CONTROL.test(name)) return ['runAsUserName cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const user = parts.at(-1) ?? ''
  const domain = parts.length > 1 ? parts[0] : undefined
  const isDomain = domain === undefined || NETBIOS.test(domain) || DOMAIN.test(domain)
  return [
    ...(Buffer.byteLength(domain ?? '') >= MOST.domain
      ? [`runAsUserName's Domain length must be under ${MOST.domain} characters`]
      : []),
    ...(isDomain ? [] : ["runAsUserName's Domain doesn't match the NetBios nor the DNS format"]),
    ...(user === '' ? ["runAsUserName's User cannot be empty"] : []),
    ...(Buffer.byteLength(user) > MOST.user
      ? [`runAsUserName's User length must not be longer than ${MOST.user} characters`]
      : []),
    ...(/^[. ]+$/.test(user) ? ["runAsUserName's User cannot contain only periods or spaces"] : []),
    ...(NOT_OF_USERS.test(user)
      ? ['runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]']
      : []),
  ]
}

/** Findings for the system that a pod names, and for what doesn't go together with it. */
export function validateSystem(spec: PodSpec, path: string): FieldError[] {
  const { os } = spec
  if (!os) return []
  if (!os.name) return [required(`${path}.os.name`)]
  if (os.name === 'linux') return linuxErrors(spec, path)
  if (os.name !== 'windows') return [unsupported(`${path}.os`, os.name, ['linux', 'windows'])]
  return notOfWindows(spec, path)
}

function linuxErrors(spec: PodSpec, path: string): FieldError[] {
  const text = 'windows options cannot be set for a linux pod'
  return [{ at: path, of: spec }, ...places(spec, path)].flatMap(({ at, of }) =>
    of.securityContext?.windowsOptions ? [forbidden(`${at}.securityContext.windowsOptions`, text)] : [],
  )
}

const OF_LINUX_PODS = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'securityContext.seccompProfile',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.sysctls',
  'shareProcessNamespace',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.supplementalGroups',
  'securityContext.supplementalGroupsPolicy',
  'securityContext.seLinuxChangePolicy',
]

const OF_LINUX_CONTAINERS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
].map((name) => `securityContext.${name}`)

function notOfWindows(spec: PodSpec, path: string): FieldError[] {
  const set = (of: object, at: string, fields: readonly string[]): FieldError[] =>
    fields
      .filter((field) => isSet(field, valueAt(of, field)))
      .map((field) => forbidden(`${at}.${field}`, 'cannot be set for a windows pod'))
  return [
    ...set(spec, path, OF_LINUX_PODS),
    ...places(spec, path).flatMap(({ at, of }) => set(of, at, OF_LINUX_CONTAINERS)),
  ]
}

// These two are no pointers in Go, and the list of sysctls counts by what is in it.
function isSet(field: string, value: unknown): boolean {
  if (field === 'hostPID' || field === 'hostIPC') return value === true
  return field.endsWith('.sysctls') ? Array.isArray(value) && value.length > 0 : value !== undefined
}

/** Findings for pods whose processes run on the node itself: all of them do, or none. */
export function validateHostProcesses(spec: PodSpec, path: string): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  const containers = places(spec, path)
  if (ofPod === undefined && !containers.some(({ of }) => of.securityContext?.windowsOptions)) return []
  const errors: FieldError[] = []
  let count = 0
  for (const { at, of } of containers) {
    const own = of.securityContext?.windowsOptions?.hostProcess
    if (own ?? ofPod) count++
    if (own === undefined || ofPod === undefined || own === ofPod) continue
    const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`
    errors.push(invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, text))
  }
  if (count === 0) return errors
  const isPart = count < containers.length
  const all = 'If pod contains any hostProcess containers then all containers must be HostProcess containers'
  const network = 'hostNetwork must be true if pod contains any hostProcess containers'
  return [
    ...errors,
    ...(isPart ? [invalid(path, '', all)] : []),
    ...(spec.hostNetwork ? [] : [invalid(`${path}.hostNetwork`, false, network)]),
  ]
}

interface Place {
  readonly at: string
  readonly of: Pick<Container, 'securityContext'>
}

/** All containers of a pod with their paths, in the order in which Kubernetes visits them. */
function places(spec: PodSpec, path: string): readonly Place[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    // Those of a body that nobody has looked at yet may be missing.
    (spec[list] ?? []).map((of, i) => ({ at: `${path}.${list}[${i}]`, of })),
  )
}
