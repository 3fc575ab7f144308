import { describe, expect, it } from 'vitest'

import { readDescriptions } from './descriptions.ts'

const descriptions = readDescriptions()

// Of fields that refer to a type, of types that several groups have, and of names that the typings spell otherwise.
const FIELDS: readonly (readonly [type: string, field: string, begins: string])[] = [
  ['core/v1.PodSpec', 'containers', 'List of containers belonging to the pod.'],
  ['core/v1.PodSpec', 'affinity', "If specified, the pod's scheduling constraints"],
  ['core/v1.Pod', 'status', 'Most recently observed status of the pod. This data may not be up to date.'],
  [
    'core/v1.Pod',
    'apiVersion',
    'APIVersion defines the versioned schema of this representation of an object.',
  ],
  [
    'core/v1.Volume',
    'ephemeral',
    'ephemeral represents a volume that is handled by a cluster storage driver.',
  ],
  ['core/v1.Container', 'args', "Arguments to the entrypoint. The container image's CMD is used if"],
  ['core/v1.Event', 'involvedObject', 'The object that this event is about.'],
  ['events/v1.Event', 'regarding', 'regarding contains the object this Event is about.'],
  ['apps/v1.DeploymentSpec', 'replicas', 'Number of desired pods.'],
  ['autoscaling/v1.HorizontalPodAutoscalerSpec', 'maxReplicas', 'maxReplicas is the upper limit'],
  ['autoscaling/v2.HorizontalPodAutoscalerSpec', 'metrics', 'metrics contains the specifications for which'],
  ['rbac/v1.Subject', 'kind', 'Kind of object being referenced.'],
  ['flowcontrol/v1.Subject', 'kind', '`kind` indicates which one of the other fields is non-empty.'],
  ['meta/v1.ListMeta', 'continue', 'continue may be set if the user set a limit'],
  ['apiextensions/v1.JSONSchemaProps', 'x-kubernetes-list-type', 'x-kubernetes-list-type annotates an array'],
]

const TYPES: readonly (readonly [type: string, description: string])[] = [
  ['apps/v1.Deployment', 'Deployment enables declarative updates for Pods and ReplicaSets.'],
  ['core/v1.Container', 'A single application container that you want to run within a pod.'],
  [
    'autoscaling/v2.MetricTarget',
    'MetricTarget defines the target value, average value, or average utilization of a specific metric',
  ],
  ['authentication/v1.TokenRequest', 'TokenRequest requests a token for a given service account.'],
  ['storage/v1.TokenRequest', 'TokenRequest contains parameters of a service account token.'],
]

describe('readDescriptions', () => {
  it.each(FIELDS)('describes %s.%s', (type, field, begins) => {
    const found = descriptions[type]?.fields[field] ?? ''
    expect(found.slice(0, begins.length)).toBe(begins)
  })

  it.each(TYPES)('describes %s', (type, description) => {
    expect(descriptions[type]?.description).toBe(description)
  })

  it('has texts without what their source escapes', () => {
    const texts = Object.values(descriptions).flatMap(({ description, fields }) => [
      description,
      ...Object.values(fields),
    ])
    expect(texts.filter((text) => text === '' || /\\'|\*_\/|\n/.test(text))).toEqual([])
  })

  it('says the same object again while it is in use', () => {
    expect(readDescriptions()).toBe(descriptions)
  })
})
