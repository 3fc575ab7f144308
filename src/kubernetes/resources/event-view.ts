// Owns the Event kind of events.k8s.io: another view of the core group's events.
// Source: kubernetes pkg/apis/events/v1/conversion.go.
import type { Event, EventsEvent } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject, Resource } from '../client/client.ts'
import { events } from '../client/resources.ts'
import { eventKind } from './event.ts'
import { deepEqual } from '../../base/json.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { validateQualifiedName } from './naming.ts'
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
  const isShared = ['default', 'kube-system'].includes(namespace)
  const matches = about === namespace || (about === '' && namespace === 'default')
  // One that begins with a time of its own need not be about its own namespace.
  const isPlaced = event.eventTime ? about !== '' || isShared : matches
  return [
    ...(isPlaced ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')]),
    ...(event.eventTime ? reportErrors(event) : []),
  ]
}

const LONGEST = { note: 1024, others: 128 }

function reportErrors(event: EventsEvent): FieldError[] {
  const { reportingController: controller = '', reportingInstance, action, reason, note = '' } = event
  const said = (field: string, text = ''): FieldError[] =>
    text === '' ? [required(field)] : tooLongFor(field, text, LONGEST.others)
  return [
    ...(controller ? [] : [required('reportingController')]),
    ...validateQualifiedName('reportingController', controller),
    ...said('reportingInstance', reportingInstance),
    ...said('action', action),
    ...said('reason', reason),
    ...tooLongFor('message', note, LONGEST.note),
  ]
}

function tooLongFor(field: string, text: string, most: number): FieldError[] {
  return Buffer.byteLength(text) > most ? [invalid(field, '', `can have at most ${most} characters`)] : []
}

function seriesErrors({ series }: EventsEvent): FieldError[] {
  if (!series) return []
  return [
    ...(series.count < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ]
}

/** What holds for new events: nothing of the old form is in them. */
function validateCreate(event: EventsEvent): FieldError[] {
  const { type = '', deprecatedSource: source } = event
  const unset = (field: string, value: unknown): FieldError[] =>
    value ? [invalid(field, '', 'needs to be unset')] : []
  return [
    ...seriesErrors(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...unset('firstTimestamp', event.deprecatedFirstTimestamp),
    ...unset('lastTimestamp', event.deprecatedLastTimestamp),
    ...unset('count', event.deprecatedCount),
    ...unset('source', source?.component || source?.host),
  ]
}

/** Of an event only its series goes on; fields are named as the core group names them. */
function validateUpdate(event: EventsEvent, old: EventsEvent): FieldError[] {
  const fixed = (field: string, now: unknown, before: unknown): FieldError[] =>
    deepEqual(now, before) ? [] : [invalid(field, now, 'field is immutable')]
  return [
    ...(deepEqual(event.series ?? null, old.series ?? null) ? [] : seriesErrors(event)),
    ...fixed('involvedObject', printed(event.regarding ?? {}), printed(old.regarding ?? {})),
    ...fixed('reason', event.reason ?? '', old.reason ?? ''),
    ...fixed('message', event.note ?? '', old.note ?? ''),
    ...fixed('source', printedSource(event), printedSource(old)),
    ...fixed('firstTimestamp', event.deprecatedFirstTimestamp ?? null, old.deprecatedFirstTimestamp ?? null),
    ...fixed('lastTimestamp', event.deprecatedLastTimestamp ?? null, old.deprecatedLastTimestamp ?? null),
    ...fixed('count', event.deprecatedCount ?? 0, old.deprecatedCount ?? 0),
    ...fixed('type', event.type ?? '', old.type ?? ''),
    ...fixed('eventTime', event.eventTime ?? null, old.eventTime ?? null),
    ...fixed('action', event.action ?? '', old.action ?? ''),
    ...fixed('related', event.related && printed(event.related), old.related && printed(old.related)),
    ...fixed('reportingController', event.reportingController ?? '', old.reportingController ?? ''),
    ...fixed('reportingInstance', event.reportingInstance ?? '', old.reportingInstance ?? ''),
  ]
}

// As Go prints its own types.
function printed(about: NonNullable<EventsEvent['regarding']>): object {
  return {
    Kind: about.kind ?? '',
    Namespace: about.namespace ?? '',
    Name: about.name ?? '',
    UID: about.uid ?? '',
    APIVersion: about.apiVersion ?? '',
    ResourceVersion: about.resourceVersion ?? '',
    FieldPath: about.fieldPath ?? '',
  }
}

function printedSource({ deprecatedSource: source }: EventsEvent): object {
  return { Component: source?.component ?? '', Host: source?.host ?? '' }
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
  validateCreate,
  validateUpdate,
})
