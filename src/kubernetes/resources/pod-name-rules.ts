// Owns the rules for how a pod is called in its network and how it finds names: DNS settings, host name, runtime class.
// Source of rules and wording: kubernetes pkg/apis/core/validation (validatePodDNSConfig, validatePodHostName).
import type { PodSpec } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, required, tooLong, type FieldError } from './field-error.ts'
import { validateIp } from './ip-rules.ts'
import { nameProblems } from './naming.ts'

const MAXIMUM = { nameservers: 3, searches: 32, searchCharacters: 2048, hostNameBytes: 64 }

/** Findings for the DNS settings of a pod spec at `path`. */
export function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  const at = `${path}.dnsConfig`
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {}
  if (dnsPolicy === 'None' && !dnsConfig) {
    return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')]
  }
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    return [
      required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'),
    ]
  }
  const tooMany = (field: string, values: readonly string[], what: string): FieldError =>
    invalid(`${at}.${field}`, values, `must not have more than ${what}`)
  const characters = Buffer.byteLength(searches.join(' '))
  return [
    ...(nameservers.length > MAXIMUM.nameservers
      ? [tooMany('nameservers', nameservers, `${MAXIMUM.nameservers} nameservers`)]
      : []),
    ...nameservers.flatMap((ip, i) => validateIp(`${at}.nameservers[${i}]`, ip)),
    ...(searches.length > MAXIMUM.searches
      ? [tooMany('searches', searches, `${MAXIMUM.searches} search paths`)]
      : []),
    ...(characters > MAXIMUM.searchCharacters
      ? [
          tooMany(
            'searches',
            searches,
            `${MAXIMUM.searchCharacters} characters (including spaces) in the search list`,
          ),
        ]
      : []),
    ...searches.flatMap((search, i) => validateSearch(`${at}.searches[${i}]`, search)),
    ...options.flatMap(({ name }, i) => (name ? [] : [required(`${at}.options[${i}]`, 'must not be empty')])),
  ]
}

// The root alone, or a domain that may end with it.
function validateSearch(field: string, search: string): FieldError[] {
  if (search === '.') return []
  const domain = search.replace(/\.$/, '')
  return nameProblems(domain, 'search').map((problem) => invalid(field, domain, problem))
}

/** Findings for a host name that a pod spec at `path` has in place of its own. */
export function validateHostName(spec: PodSpec, path: string): FieldError[] {
  const { hostnameOverride: name, setHostnameAsFQDN, hostNetwork } = spec
  if (name === undefined) return []
  const at = `${path}.hostnameOverride`
  return [
    ...(setHostnameAsFQDN ? [forbidden(at, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(hostNetwork ? [forbidden(at, 'may not be specified when hostNetwork is true')] : []),
    ...(Buffer.byteLength(name) > MAXIMUM.hostNameBytes ? [tooLong(at, MAXIMUM.hostNameBytes)] : []),
    ...nameProblems(name, 'subdomain').map((problem) => invalid(at, name, problem)),
  ]
}

/** Findings for the name of a runtime class, which is none when it is empty. */
export function validateRuntimeClassName(name: string | undefined, path: string): FieldError[] {
  if (name === undefined) return []
  return nameProblems(name, 'subdomain').map((problem) => invalid(`${path}.runtimeClassName`, name, problem))
}
