// Owns the Event kind of the core group; events.k8s.io shows the same objects in its own words.
import type { Event } from '../../../generated/kubernetes.d.ts'
import { events } from '../client/resources.ts'
import { age, nameColumn } from './columns.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { invalid, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'

// Events written through events.k8s.io may be about nothing.
function about(event: Event): Partial<Event['involvedObject']> {
  return event.involvedObject ?? {}
}

function firstSeen(event: Event, nowMs: number): string {
  return event.firstTimestamp ? age(event.firstTimestamp, nowMs) : age(event.eventTime, nowMs)
}

function lastSeen(event: Event, nowMs: number): string {
  if (event.series) return age(event.series.lastObservedTime, nowMs)
  return event.lastTimestamp ? age(event.lastTimestamp, nowMs) : firstSeen(event, nowMs)
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || ''
  const host = event.source?.host || event.reportingInstance
  return host ? `${component}, ${host}` : component
}

function validate(event: Event): FieldError[] {
  const { namespace: subject = '' } = about(event)
  const { namespace = '' } = event.metadata
  // Events about cluster-scoped objects live in `default` (or where their component runs: kube-system).
  const matches = subject === namespace || (subject === '' && ['default', 'kube-system'].includes(namespace))
  return matches ? [] : [invalid('involvedObject.namespace', subject, 'does not match event.namespace')]
}

// None of these is left out where it is empty (core/v1 types.go: no omitempty).
function defaultEvent(event: Fields): void {
  structAt(event, 'source')
  fill(event, { reportingComponent: '', reportingInstance: '' })
}

export const eventKind = defineKind<Event>({
  resource: events,
  type: 'core/v1.Event',
  madeByPut: true,
  defaults: defaultEvent,
  shortNames: ['ev'],
  columns: [
    { name: 'Last Seen', type: 'string', cell: lastSeen },
    { name: 'Type', type: 'string', cell: (event) => event.type ?? '' },
    { name: 'Reason', type: 'string', cell: (event) => event.reason ?? '' },
    {
      name: 'Object',
      type: 'string',
      cell: (event) => {
        const { kind = '', name } = about(event)
        return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase()
      },
    },
    {
      name: 'Subobject',
      type: 'string',
      priority: 1,
      cell: (event) => about(event).fieldPath ?? '',
    },
    { name: 'Source', type: 'string', priority: 1, cell: source },
    { name: 'Message', type: 'string', cell: (event) => (event.message ?? '').trim() },
    { name: 'First Seen', type: 'string', priority: 1, cell: firstSeen },
    {
      name: 'Count',
      type: 'string',
      priority: 1,
      cell: (event) => event.series?.count ?? event.count ?? 1,
    },
    { ...nameColumn, priority: 1 },
  ],
  fields: (event) => ({
    'involvedObject.kind': about(event).kind ?? '',
    'involvedObject.namespace': about(event).namespace ?? '',
    'involvedObject.name': about(event).name ?? '',
    'involvedObject.uid': about(event).uid ?? '',
    'involvedObject.apiVersion': about(event).apiVersion ?? '',
    'involvedObject.resourceVersion': about(event).resourceVersion ?? '',
    'involvedObject.fieldPath': about(event).fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent || event.source?.component || '',
    source: event.source?.component || event.reportingComponent || '',
    type: event.type ?? '',
  }),
  validate,
})
