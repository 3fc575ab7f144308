// Owns the choice of a media type for an answer, from the Accept header.
// Source: apiserver pkg/endpoints/handlers/negotiation/negotiate.go, go-restful for what matches nothing at all.
import { StatusError } from '../../base/errors.ts'

export const JSON_TYPE = 'application/json'
export const YAML_TYPE = 'application/yaml'
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf'

const MEDIA_TYPES = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE] as const
const STREAM_TYPES = [JSON_TYPE, PROTOBUF_TYPE].map((type) => `${type};stream=watch`)

export type MediaType = (typeof MEDIA_TYPES)[number]

/** What an object may be turned into on its way out. */
export type Transform = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'

/** What was agreed upon. */
export interface Accepted {
  readonly type: MediaType
  readonly as?: Transform
  /** Of meta.k8s.io; set with `as`. */
  readonly version?: 'v1' | 'v1beta1'
  /** For people: indented. */
  readonly pretty: boolean
}

export interface Offer {
  /** The endpoint turns objects into tables and metadata. */
  readonly transforms: boolean
  /** The object has a protobuf form. */
  readonly protobuf: boolean
  /** The answer may be a stream of events. */
  readonly streams?: boolean
}

const EVERYTHING: Offer = { transforms: true, protobuf: true }

interface Clause {
  readonly type: string
  readonly quality: number
  readonly parameters: ReadonlyMap<string, string>
}

/** The best media type that both sides know. @throws StatusError NotAcceptable. */
export function negotiate(accept: string | undefined, offer: Offer = EVERYTHING): Accepted {
  const served = MEDIA_TYPES.filter((type) => offer.protobuf || type !== PROTOBUF_TYPE)
  const clauses = parseAccept(accept || '*/*')
  if (!clauses.some((clause) => served.some((type) => matches(clause, type)))) {
    const streams = offer.streams ? STREAM_TYPES : []
    const available = [...MEDIA_TYPES, ...streams].join(', ')
    throw new StatusError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${available}`)
  }
  for (const clause of clauses) {
    for (const type of served) {
      const accepted = matches(clause, type) ? acceptedBy(clause, type, offer) : undefined
      if (accepted) return accepted
    }
  }
  throw notAcceptable()
}

/** The refusal of a form that no media type has. */
export function notAcceptable(): StatusError {
  return new StatusError(
    'NotAcceptable',
    `only the following media types are accepted: ${MEDIA_TYPES.join(', ')}`,
  )
}

// By quality and, among equals, in the order of the header; wildcards come last (goautoneg).
function parseAccept(header: string): readonly Clause[] {
  const known = parsed.get(header)
  if (known) return known
  const clauses = clausesOf(header)
  if (parsed.size >= MOST_PARSED) parsed.clear()
  parsed.set(header, clauses)
  return clauses
}

// Programs send the same one with each request. A bound, as clients make up what they like.
const parsed = new Map<string, readonly Clause[]>()
const MOST_PARSED = 100

function clausesOf(header: string): readonly Clause[] {
  return header
    .split(',')
    .map((text): Clause => {
      const [type = '', ...rest] = text.split(';').map((part) => part.trim())
      const parameters = new Map(rest.map((part) => split(part)))
      const quality = Number(parameters.get('q') ?? 1)
      return { type, quality: Number.isNaN(quality) ? 1 : quality, parameters }
    })
    .toSorted((a, b) => b.quality - a.quality || wildness(a) - wildness(b))
}

function split(parameter: string): [string, string] {
  const at = parameter.indexOf('=')
  return at < 0 ? [parameter, ''] : [parameter.slice(0, at).trim(), parameter.slice(at + 1).trim()]
}

function wildness({ type }: Clause): number {
  return type === '*/*' ? 2 : Number(type.endsWith('/*'))
}

function matches({ type }: Clause, served: string): boolean {
  return type === served || type === '*/*' || type === 'application/*'
}

function acceptedBy({ parameters }: Clause, type: MediaType, offer: Offer): Accepted | undefined {
  const pretty = parameters.get('pretty') === '1'
  const stream = parameters.get('stream') ?? ''
  if (stream !== '' && (stream !== 'watch' || type === YAML_TYPE)) return undefined
  const as = parameters.get('as')
  const isPlain = as === undefined && !parameters.has('g') && !parameters.has('v')
  if (isPlain) return { type, pretty }
  const version = parameters.get('v')
  if (!offer.transforms || parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (as === 'Table') return type === PROTOBUF_TYPE ? undefined : { type, as, version, pretty }
  if (as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined
  return { type, as, version, pretty }
}
