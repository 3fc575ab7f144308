// Owns the formats of texts that custom resources are checked for; a format that is not known checks nothing.
// Source: kube-openapi pkg/validation/strfmt/default.go, apiextensions-apiserver pkg/apiserver/validation/formats.go.
import { isIP, isIPv4, isIPv6 } from 'node:net'

import { own } from '../../../base/json.ts'

const EMAIL = /^[^\s@<>"(),:;[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/
const HOSTNAME =
  /^(?=.{1,255}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/
const UUID = (version: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i')
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?$/
const DURATION = /^[+-]?(?:\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|s|m|h|d|w|[a-z]+)\s*)+$|^0$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: (text) => URL.canParse(text) || text.startsWith('/'),
  email: (text) => EMAIL.test(text),
  hostname: (text) => HOSTNAME.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (text) => /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(text),
  uuid: (text) => UUID('[0-9a-f]').test(text),
  uuid3: (text) => UUID('3').test(text),
  uuid4: (text) => UUID('4').test(text),
  uuid5: (text) => UUID('5').test(text),
  isbn: (text) => /^(?:[\d -]{9,16}[\dX])$/.test(text),
  isbn10: (text) => /^(?:\d[ -]?){9}[\dX]$/.test(text),
  isbn13: (text) => /^(?:\d[ -]?){13}$/.test(text),
  creditcard: (text) => /^(?:\d[ -]?){13,19}$/.test(text),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) => /^rgb\(\s*\d{1,3}%?\s*,\s*\d{1,3}%?\s*,\s*\d{1,3}%?\s*\)$/.test(text),
  byte: (text) => BASE64.test(text.replace(/[\r\n]/g, '')),
  password: () => true,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: (text) => DURATION.test(text),
  datetime: (text) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)),
  'k8s-short-name': (text) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= 63,
  'k8s-long-name': (text) =>
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text) && text.length <= 253,
}

// Numbers carry these; they say how large a number may be and are not checked.
const NUMERIC: ReadonlySet<string> = new Set(['int32', 'int64', 'float', 'double', 'int-or-string'])

/** True when a text is of a format; of one that nobody knows, everything is. */
export function isOfFormat(format: string, text: string): boolean {
  return own(checks, normal(format))?.(text) ?? true
}

/** True for formats that mean something. */
export function isKnownFormat(format: string): boolean {
  return NUMERIC.has(format) || Object.hasOwn(checks, normal(format))
}

// `date-time`, `bsonobjectid`: hyphens say nothing, except in names of Kubernetes.
function normal(format: string): string {
  return format.startsWith('k8s-') ? format : format.replaceAll('-', '')
}

function isCidr(text: string): boolean {
  const [address = '', bits = ''] = text.split('/')
  const family = isIP(address)
  return family > 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
}
