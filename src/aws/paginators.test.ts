// Every paginator of the AWS SDK whose operation is served: small pages give together what one large page gives.
import { expect, test } from 'vitest'

import { createSchemaLoader, type Member } from './protocol/schema.ts'
import type { ServiceName } from './protocol/services.ts'
import { createCrowd } from './testing/crowd/index.ts'
import { sdkPackages, type SdkPackage } from './testing/sdk-clients.ts'

type Page = Readonly<Record<string, unknown>>
type Paginate = (config: { client: object; stopOnSameToken: boolean }, input: object) => AsyncIterable<Page>

const schemas = createSchemaLoader()

/** What clients name the size of a page by, and what they go on with. */
const SIZES =
  /^(maxResults|MaxResults|MaxItems|PageSize|Limit|limit|MaxRecords|MaxKeys|MaxBuckets|ResourcesPerPage)$/
const TOKENS = /^(nextToken|NextToken|Marker|ContinuationToken|PaginationToken)$/

/** The smallest page that AWS gives is one, or five (much of EC2). */
const SMALL = [1, 5]

/** Whose pages no request can make smaller. Tokens are asked for all the same. */
const FIXED_SIZE: readonly ServiceName[] = ['cloudformation', 'resourcegroupstaggingapi']

/** What there is too little of to page through, and why. */
const TOO_FEW = new Set([
  'ecr DescribeImages: nothing can be pushed',
  'ec2 DescribeSpotPriceHistory: no price of Spot is known',
  'eks ListIdentityProviderConfigs: a cluster has one',
  'elb DescribeLoadBalancers: none are emulated',
  'elbv2 DescribeListenerCertificates: a listener of HTTP has none',
  'elbv2 DescribeTrustStoreAssociations: no listener of the crowd uses one',
  'iam ListAccountAliases: an account has one',
  'iam ListMFADevices: nobody knows the codes of a device',
  'kms ListKeyPolicies: a key has one',
])

function inputMembers(service: ServiceName, operation: string): readonly Member[] {
  const schema = schemas(service)
  const row = schema.operation(operation)
  if (!row) return []
  const shape = schema.shape(row.input)
  return shape.kind === 'structure' ? shape.members : []
}

interface Paginator {
  readonly service: ServiceName
  readonly operation: string
  readonly Client: SdkPackage['Client']
  readonly paginate: Paginate
  /** The members that name the size of a page and the token. */
  readonly size: string | undefined
  readonly token: string | undefined
}

function paginatorsOf({ service, operations, Client, exports }: SdkPackage): Paginator[] {
  return operations.flatMap((operation) => {
    const paginate = exports[`paginate${operation}`] as Paginate | undefined
    if (!paginate) return []
    const members = inputMembers(service, operation)
    const find = (names: RegExp) => members.find(({ name }) => names.test(name))?.name
    return [{ service, operation, Client, paginate, size: find(SIZES), token: find(TOKENS) }]
  })
}

/** @returns what each page lists: everything in any of its lists, except for metadata. */
async function pagesOf({ paginate }: Paginator, client: object, input: object): Promise<unknown[][]> {
  const pages: unknown[][] = []
  // The SDK writes its tokens into the input.
  for await (const { $metadata: _, ...page } of paginate({ client, stopOnSameToken: true }, { ...input })) {
    pages.push(
      Object.values(page)
        .filter((value) => Array.isArray(value))
        .flat(),
    )
    if (pages.length > 1000) throw new RangeError('it pages without an end')
  }
  return pages
}

/** @returns the pages of the smallest size that the operation allows, and that size. */
async function smallPagesOf(
  paginator: Paginator,
  client: object,
  input: object,
): Promise<[pages: unknown[][], size: number]> {
  for (const size of SMALL) {
    try {
      return [await pagesOf(paginator, client, { ...input, [paginator.size ?? '']: size }), size]
    } catch (error) {
      if (
        !(error instanceof Error) ||
        !/Expecting a value greater than|greater than or equal/.test(error.message)
      )
        throw error
    }
  }
  throw new RangeError(`no page of ${SMALL.join(' or ')} is allowed`)
}

const sorted = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(item)).toSorted()

/** @returns what is wrong with the pages of an operation; undefined when they are right. */
async function problemOf(paginator: Paginator, client: object, input: object): Promise<string | undefined> {
  const { service, operation, size } = paginator
  const whole = (await pagesOf(paginator, client, input)).flat()
  if (FIXED_SIZE.includes(service) && size === undefined)
    return whole.length > 0 ? undefined : 'nothing is listed'
  const [pages, most] = await smallPagesOf(paginator, client, input)
  if (sorted(pages.flat()).join() !== sorted(whole).join())
    return `${pages.flat().length} in small pages, ${whole.length} in one`
  if (pages.some((page) => page.length > most)) return `more than ${most} on a page`
  const isFew = [...TOO_FEW].some((reason) => reason.startsWith(`${service} ${operation}: `))
  if (isFew !== pages.length < 2) return `${pages.length} pages`
  return undefined
}

test('small pages give together what one page gives', { timeout: 120_000 }, async () => {
  const [region, questions] = await createCrowd()
  const settings = { ...region.client(await region.listen()), forcePathStyle: true }
  const paginators = (await sdkPackages()).flatMap(paginatorsOf)
  const wrong: string[] = []
  for (const paginator of paginators) {
    const { service, operation, token } = paginator
    const client = new paginator.Client(settings)
    const input = questions[service]?.[operation] ?? {}
    const problem = await problemOf(paginator, client, input).catch(String)
    if (problem !== undefined) wrong.push(`${service} ${operation}: ${problem}`)
    const forged = await pagesOf(paginator, client, { ...input, [token ?? '']: 'forged' }).catch(
      () => 'refused',
    )
    if (forged !== 'refused') wrong.push(`${service} ${operation}: takes a token that nobody gave out`)
  }
  expect(wrong).toEqual([])
  expect(paginators.length).toBeGreaterThan(120)
})
