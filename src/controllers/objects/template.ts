// Owns pod templates: their hash, equality, and the pods made from them.
// Source: kubernetes pkg/controller/controller_utils.go (ComputeHash, GetPodFromTemplate).
import { createHash } from 'node:crypto'

import type { ObjectMeta, Pod, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { canonicalJson, deepCopy, deepEqual } from '../../base/json.ts'
import type { Draft, KubernetesObject } from '../../kubernetes/client/client.ts'
import { controllerReference } from './owner.ts'

export const POD_TEMPLATE_HASH = 'pod-template-hash'

// rand.SafeEncodeString: the letters of generated names, so that no hash spells a word.
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** A stable hash of a template, 8 to 10 characters; a collision count gives another one. */
export function templateHash(template: PodTemplateSpec, collisionCount = 0): string {
  const digest = createHash('sha256').update(canonicalJson(template)).update(`/${collisionCount}`).digest()
  // Ten decimal digits at most, each mapped to a letter, as upstream does with its 32-bit hash.
  return safeLetters(String(digest.readUInt32BE(0)))
}

/** Digits written in the letters of generated names (rand.SafeEncodeString). */
export function safeLetters(digits: string): string {
  return Array.from(digits, safeLetter).join('')
}

function safeLetter(digit: string): string {
  return SAFE_ALPHABET.charAt(digit.charCodeAt(0) % SAFE_ALPHABET.length)
}

/** A hash of a text in `length` letters, in the alphabet of generated names. */
export function nameSuffix(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest()
  return Array.from(digest.subarray(0, length), (byte) => SAFE_ALPHABET[byte % SAFE_ALPHABET.length]).join('')
}

/** The template with labels added. */
export function withTemplateLabels(
  template: PodTemplateSpec,
  labels: Readonly<Record<string, string>>,
): PodTemplateSpec {
  const copy = deepCopy(template)
  // A template's metadata has neither name nor uid; the generated type asks for both.
  copy.metadata = { ...copy.metadata, labels: { ...copy.metadata?.labels, ...labels } } as ObjectMeta
  return copy
}

/** True when two templates differ at most in the hash label that the deployment controller adds. */
export function isSameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return deepEqual(withoutHash(a), withoutHash(b))
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { name: _name, creationTimestamp: _created, labels = {}, ...metadata } = template?.metadata ?? {}
  const { [POD_TEMPLATE_HASH]: _hash, ...rest } = labels
  return { spec: template?.spec, metadata: { ...metadata, labels: rest } }
}

/** A pod made from a template for its controller; the server generates the name. */
export function podFromTemplate(template: PodTemplateSpec, owner: KubernetesObject): Draft<Pod> {
  const { labels = {}, annotations = {}, finalizers } = template.metadata ?? {}
  const { namespace, name } = owner.metadata
  const spec = deepCopy(template.spec ?? { containers: [] })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels },
      ...(Object.keys(annotations).length > 0 ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec,
  }
}
