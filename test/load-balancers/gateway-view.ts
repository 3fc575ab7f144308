// Owns what is looked at of Gateways, their routes, classes and configurations: all that a controller has written.
interface Shown {
  readonly apiVersion: string
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly status?: object
}

/** True for what Gateways are made of. */
export function isOfGateways({ apiVersion }: Shown): boolean {
  return apiVersion.startsWith('gateway.')
}

/** Status without times, in an order; annotations of the controller without versions. */
export function gatewayView({ metadata: { annotations = {} }, status = {} }: Shown): object {
  const own = Object.entries(annotations).filter(([key]) => key.startsWith('elbv2.k8s.aws/'))
  return {
    annotations: Object.fromEntries(own.map(([key, value]) => [key, value.replaceAll(/\d+/g, 'N')])),
    status: inOrder(status),
  }
}

/** What the lists of a status are told apart by. */
const KEYS = { conditions: 'type', listeners: 'name', supportedKinds: 'kind' } as const

function inOrder(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((each: unknown) => inOrder(each))
    const key = KEYS[name as keyof typeof KEYS]
    const text = (item: unknown): string => String((item as Readonly<Record<string, unknown>>)[key])
    return key === undefined ? items : items.toSorted((a, b) => (text(a) < text(b) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([key]) => key !== 'lastTransitionTime')
  return Object.fromEntries(entries.map(([key, each]) => [key, inOrder(each, key)]))
}
