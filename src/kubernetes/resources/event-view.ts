// Owns the Event kind of events.k8s.io: another view of the core group's events.
// Source: kubernetes pkg/apis/events/v1/conversion.go.
import type { Event, EventsEvent } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject, Resource } from '../client/client.ts'
import { events } from '../client/resources.ts'
import { eventKind } from './event.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'

const resource: Resource<EventsEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
}

// What the two have under different names: view, stored.
const renamed = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const

function rename(
  object: KubernetesObject,
  apiVersion: string,
  names: readonly (readonly [string, string])[],
): KubernetesObject {
  const renames = new Map(names)
  const entries = Object.entries(object).map(([key, value]) => [renames.get(key) ?? key, value as unknown])
  // Only names change, and the fields under both names have the same types.
  return { ...(Object.fromEntries(entries) as KubernetesObject), apiVersion }
}

const toStored = (event: KubernetesObject): Event => rename(event, 'v1', renamed) as unknown as Event

function validate(event: EventsEvent): FieldError[] {
  const about = event.regarding?.namespace ?? ''
  const { namespace = '' } = event.metadata
  const matches = about === namespace || (about === '' && ['default', 'kube-system'].includes(namespace))
  return [
    ...(matches ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')]),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(event.reportingController ? [] : [required('reportingController')]),
    ...(event.action ? [] : [required('action')]),
    ...(event.reason ? [] : [required('reason')]),
  ]
}

export const eventViewKind = defineKind<EventsEvent>({
  resource,
  type: 'events/v1.Event',
  madeByPut: true,
  shortNames: ['ev'],
  columns: eventKind.columns.map((column) => ({
    ...column,
    cell: (event, nowMs) => column.cell(toStored(event), nowMs),
  })),
  storedAs: {
    resource: events,
    encode: toStored,
    decode: (stored) => {
      const names = renamed.map(([view, core]) => [core, view] as const)
      return rename(stored, 'events.k8s.io/v1', names) as unknown as EventsEvent
    },
  },
  // pkg/apis/events/v1/conversion.go: the regarding object, and the reporter under its new name alone.
  fields: (event) => {
    const stored = eventKind.fields?.({ ...toStored(event), involvedObject: event.regarding ?? {} }) ?? {}
    const { source: _source, reportingComponent = '', ...others } = stored
    const entries = Object.entries(others).map(([key, value]) => [
      key.replace('involvedObject', 'regarding'),
      value,
    ])
    // Only names change.
    return {
      ...(Object.fromEntries(entries) as Record<string, string>),
      reportingController: reportingComponent,
    }
  },
  validate,
})
